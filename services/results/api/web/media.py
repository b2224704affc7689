"""Items: to find, to read, to look at, to submit, to appeal against, to send again."""

from datetime import datetime, timedelta
from typing import Annotated, Final
from urllib.parse import urlencode

import msgspec
from aiohttp import web

from services.results.api.domain import documents
from services.results.api.domain.callers import Caller, Permission
from services.results.api.domain.problems import Problem, not_found
from services.results.api.domain.queries import asked, cursor
from services.results.api.ports import API, GRANTED_S
from services.results.api.web.bodies import answer, read
from services.results.api.web.guard import permitted
from services.results.api.web.single import single
from shared.contracts.cloudevents import CloudEvent, event_id
from shared.contracts.messages import APPEAL_REQUESTED, MEDIA_SUBMITTED, AppealRequested, MediaRef, MediaSubmitted
from shared.contracts.words import Lane, Status
from shared.errors import ContractError
from shared.identity import MEDIA_ID
from shared.identity import media_id as identify
from shared.ledger.appeals import is_under_appeal, refusal
from shared.ledger.entries import ContentRead
from shared.ledger.record import Record
from shared.ledger.views import only, quarantined
from shared.quarantine import redriven
from shared.telemetry.context import about
from shared.telemetry.logs import event_logger

log = event_logger(__name__)

routes = web.RouteTableDef()

SOURCE: Final = "gavel/api"
IDEMPOTENCY_KEY: Final = "Idempotency-Key"

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=256)]


class Place(msgspec.Struct, forbid_unknown_fields=True):
    bucket: Annotated[str, msgspec.Meta(min_length=3, max_length=63, pattern="^[a-z0-9.-]+$")]
    key: Annotated[str, msgspec.Meta(min_length=1, max_length=1024)]
    version_id: Annotated[str, msgspec.Meta(min_length=1, max_length=1024)] | None = None


class Submit(msgspec.Struct, forbid_unknown_fields=True):
    """`tenant` may be left out by a caller who has just one."""

    media: Place
    tenant: Name | None = None
    external_id: Name | None = None
    lane: Lane = Lane.LIVE


class Appeal(msgspec.Struct, forbid_unknown_fields=True):
    """`verdict` is the number of the verdict that is appealed against, the current one if left out."""

    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=2_000)]
    verdict: Annotated[int, msgspec.Meta(ge=1)] | None = None


@routes.get("/v1/media")
async def find(request: web.Request) -> web.StreamResponse:
    caller, api = permitted(request, Permission.READ), request.app[API]
    tenants = tuple(tenant.name for tenant in (await api.policies.tenants()).tenants)
    query = single(request.query)
    wish = asked(query, caller, tenants, api.clock())
    page = await api.search.page(wish.wanted, limit=wish.limit, after=wish.after)
    after = cursor(page.after) if page.after else None
    headers = {}
    if after is not None:
        # The times as they were read, so that "now" doesn't move from page to page.
        span = {"since": wish.wanted.since.isoformat(), "until": wish.wanted.until.isoformat()}
        headers["Link"] = f'<{request.path}?{urlencode({**query, **span, "after": after})}>; rel="next"'
    return answer({"items": [documents.item(each) for each in page.items], "next": after}, headers=headers)


@routes.get("/v1/media/{media_id}")
async def read_one(request: web.Request) -> web.StreamResponse:
    record = await _record(request, permitted(request, Permission.READ))
    document = documents.whole(record)
    tag = documents.etag(document)
    known = {given.strip().removeprefix("W/") for given in request.headers.get("If-None-Match", "").split(",")}
    if not known.isdisjoint({tag, "*"}):
        return web.Response(status=304, headers={"ETag": tag})
    return answer(document, headers={"ETag": tag})


@routes.get("/v1/media/{media_id}/content")
async def look(request: web.Request) -> web.StreamResponse:
    """Where the media can be read for some minutes: what was judged, in a form that browsers show."""
    caller, api = permitted(request, Permission.VIEW), request.app[API]
    record = await _record(request, caller)
    content = only(record, ContentRead)
    if content is None:
        raise Problem(409, "no-content", "the item's content has not been read")
    until: datetime = api.clock() + timedelta(seconds=GRANTED_S)
    url = api.addresses.grant(content.readable)
    log.info("media.address_given", by=f"api/{caller.id}")
    return answer({"url": url, "expires_at": until, "format": content.format})


@routes.post("/v1/media")
async def submit(request: web.Request) -> web.StreamResponse:
    """For producers that can't reach SQS. The same Idempotency-Key sends the same event, which is judged once."""
    caller, api = permitted(request, Permission.SUBMIT), request.app[API]
    wanted = await read(request, Submit)
    tenant = _tenant(wanted.tenant, caller, [each.name for each in (await api.policies.tenants()).tenants])
    media = MediaRef(bucket=wanted.media.bucket, key=wanted.media.key, version_id=wanted.media.version_id)
    try:
        (await api.policies.tenants()).route(media.bucket, media.key, tenant)
    except ContractError as error:
        raise Problem(422, error.code, "the tenant doesn't own this part of this bucket") from error
    now = api.clock()
    key = request.headers.get(IDEMPOTENCY_KEY) or now.isoformat()
    event = CloudEvent(
        id=event_id(MEDIA_SUBMITTED, caller.id, tenant, media.bucket, media.key, media.version_id or "", key),
        source=SOURCE,
        type=MEDIA_SUBMITTED,
        subject=wanted.external_id or media.key,
        time=now,
        data=MediaSubmitted(media=media, tenant=tenant, external_id=wanted.external_id, lane=wanted.lane),
    )
    item = identify(media.bucket, media.key, media.version_id) if media.version_id is not None else None
    about(item)
    await api.submissions.send(event, group=tenant)
    if item is None:
        return answer({"event_id": event.id, "media_id": None}, status=202)
    return answer({"event_id": event.id, "media_id": item}, status=202, headers={"Location": f"/v1/media/{item}"})


@routes.post("/v1/media/{media_id}/appeal")
async def appeal(request: web.Request) -> web.StreamResponse:
    caller, api = permitted(request, Permission.APPEAL), request.app[API]
    record = await _record(request, caller)
    wanted = await read(request, Appeal)
    refused = refusal(record, wanted.verdict)
    if refused is not None:
        raise Problem(409, refused.code, refused.text)
    summary = record.summary
    if is_under_appeal(record):
        raise Problem(409, "appeal-under-way", f"people are looking at verdict {summary.verdict_number} again already")
    event = CloudEvent(
        id=event_id(APPEAL_REQUESTED, summary.media_id, str(summary.verdict_number)),
        source=SOURCE,
        type=APPEAL_REQUESTED,
        subject=summary.media_id,
        time=api.clock(),
        data=AppealRequested(
            media_id=summary.media_id,
            reason=wanted.reason,
            verdict=summary.verdict_number,
            by=f"api/{caller.id}",
        ),
    )
    await api.appeals.send(event, group=summary.tenant)
    return answer({"media_id": summary.media_id, "verdict": summary.verdict_number}, status=202)


@routes.post("/v1/media/{media_id}/requeue")
async def requeue(request: web.Request) -> web.StreamResponse:
    """Send a quarantined item's message again: what was wrong is mended, as far as the caller knows."""
    caller, api = permitted(request, Permission.OPERATE), request.app[API]
    record = await _record(request, caller)
    entry = quarantined(record)
    if record.summary.status is not Status.QUARANTINED or entry is None:
        raise Problem(409, "not-quarantined", f"the item is {record.summary.status}; only a quarantined one goes again")
    media_id = record.summary.media_id
    await redriven(api.ledger, media_id, entry, api.redrive, by=f"api/{caller.id}", at=api.clock())
    return answer({"media_id": media_id, "queue": entry.queue}, status=202)


async def _record(request: web.Request, caller: Caller) -> Record:
    media_id = request.match_info["media_id"]
    record = await request.app[API].ledger.record(media_id) if MEDIA_ID.fullmatch(media_id) else None
    if record is None or not caller.may_see(record.summary.tenant):
        raise not_found()
    return record


def _tenant(named: str | None, caller: Caller, every: list[str]) -> str:
    mine = [tenant for tenant in every if caller.may_see(tenant)]
    if named is not None and named not in mine:
        raise Problem(403, "tenant-not-yours", "your token has no scope for this tenant")
    if named is None and len(mine) != 1:
        raise Problem(400, "tenant-ambiguous", f"say `tenant`: one of {', '.join(mine) or 'none that you have'}")
    return named or mine[0]
