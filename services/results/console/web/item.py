"""One item: its media, what was seen in it, what was decided and why, and its way through the pipeline."""

from collections.abc import Iterator
from dataclasses import dataclass

from aiohttp import web

from services.results.api.domain.callers import Permission
from services.results.console.domain.labels import tree
from services.results.console.domain.timeline import timeline
from services.results.console.domain.waterfall import Part, waterfall
from services.results.console.ports import Console
from services.results.console.web.shown import console_of, operator_of, page, permitted
from shared.contracts.words import MediaKind
from shared.errors import Permanent, Transient
from shared.identity import MEDIA_ID
from shared.ledger.entries import (
    AnswerGiven,
    ContentRead,
    DecisionMade,
    EvidenceFound,
    LoopOpened,
    SubmissionOpened,
    VerdictGiven,
    VideoStarted,
)
from shared.ledger.record import Record
from shared.ledger.views import only
from shared.telemetry.carrier import span_named
from shared.telemetry.context import about
from shared.telemetry.logs import event_logger

log = event_logger(__name__)

routes = web.RouteTableDef()


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """How the media are shown: at an address that is good for some minutes, or why they aren't."""

    url: str | None = None
    why_not: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Elsewhere:
    """A trace, where browsers find it."""

    title: str
    url: str


@routes.get("/items/{media_id}")
async def show(request: web.Request) -> web.StreamResponse:
    record, console = await own_record(request), console_of(request)
    decision, evidence = (
        only(record, DecisionMade),
        [each for each in record.entries if isinstance(each, EvidenceFound)],
    )
    verdicts = [entry for entry in record.entries if isinstance(entry, VerdictGiven)]
    telling = verdicts[-1] if verdicts and verdicts[-1].segments else decision
    reasons = decision.reasons if decision else ()
    parts = await _parts(console, record.summary.media_id)
    return page(
        request,
        "item.html",
        summary=record.summary,
        submission=only(record, SubmissionOpened),
        content=only(record, ContentRead),
        shown=_shown(request, console, record),
        is_video=record.summary.kind is MediaKind.VIDEO,
        looks=[(each.evidence, tree(each.evidence, reasons)) for each in evidence],
        decision=decision,
        verdicts=verdicts[::-1],
        segments=telling.segments if telling else (),
        answers=[entry for entry in record.entries if isinstance(entry, AnswerGiven)],
        moments=timeline(record),
        parts=parts,
        spans=sum(len(part.rows) for part in parts or ()),
        elsewhere=list(_elsewhere(console.trace_url, record)),
        draws_traces=console.spans is not None,
    )


async def own_record(request: web.Request) -> Record:
    """The item that the address names. For whoever may not know of it there is none."""
    caller, media_id = permitted(request, Permission.READ), request.match_info["media_id"]
    record = await console_of(request).ledger.record(media_id) if MEDIA_ID.fullmatch(media_id) else None
    if record is None or not caller.may_see(record.summary.tenant):
        raise web.HTTPNotFound
    about(media_id)
    return record


def _shown(request: web.Request, console: Console, record: Record) -> Shown:
    content = only(record, ContentRead)
    if not operator_of(request).may(Permission.VIEW, record.summary.tenant):
        return Shown(why_not="Your groups may not see media.")
    if content is None:
        return Shown(why_not="The content has not been read.")
    try:
        url = console.media.grant(content.readable)
    except Permanent:
        return Shown(why_not="The media are where this stack shows nothing of.")
    log.info("media.address_given", by=f"console/{operator_of(request).pseudonym}")
    return Shown(url=url)


async def _parts(console: Console, media_id: str) -> tuple[Part, ...] | None:
    """None of what can't be had now; the record is worth a look without it."""
    if console.spans is None:
        return ()
    try:
        return waterfall(await console.spans.about(media_id), media_id)
    except Transient as error:
        log.warning("item.trace_unavailable", code=error.code)
        return None


def _elsewhere(trace_url: str | None, record: Record) -> Iterator[Elsewhere]:
    """The traces that the ledger knows of: an item's first one, and those in which its waits began."""
    if trace_url is None:
        return
    told: set[str] = set()
    for entry in record.entries:
        match entry:
            case SubmissionOpened():
                title = "from the producer on"
            case VideoStarted():
                title = f"video job, attempt {entry.attempt}"
            case LoopOpened():
                title = f"opening of round {entry.round}"
            case _:
                continue
        span = span_named(entry.traceparent)
        if span is None:
            continue
        trace_id = f"{span.trace_id:032x}"
        if trace_id not in told:
            told.add(trace_id)
            yield Elsewhere(title=title, url=_address(trace_url, trace_id))


def _address(trace_url: str, trace_id: str) -> str:
    """X-Ray has names of its own for the same traces:
    https://docs.aws.amazon.com/xray/latest/devguide/xray-api-sendingdata.html"""
    return trace_url.replace("{trace_id}", trace_id).replace("{xray_id}", f"1-{trace_id[:8]}-{trace_id[8:]}")
