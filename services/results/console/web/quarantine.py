"""Quarantine: what couldn't be processed and why, the message itself, and what becomes of it."""

from typing import Any, Final

import msgspec
from aiohttp import web

from services.results.api.domain.callers import Permission
from services.results.console.domain.printable import body, printable
from services.results.console.ports import ROOT
from services.results.console.web.shown import console_of, operator_of, page, permitted
from shared import quarantine
from shared.contracts.words import Status
from shared.errors import GavelError
from shared.ledger.entries import Quarantined
from shared.ledger.record import Record
from shared.ledger.views import quarantined
from shared.quarantine import REASON_LIMIT, Refusal
from shared.signin.visits import form_of
from shared.telemetry.logs import event_logger

log = event_logger(__name__)

routes = web.RouteTableDef()

LISTED: Final = 200
LOOKED_AT: Final = 5_000
"""Of all that stands in quarantine, other tenants' and other reasons' included."""
CONFIRMED: Final = "yes"


class Message(msgspec.Struct, frozen=True):
    """What is kept of a message, as far as people are shown it."""

    body: str
    group: str | None = None
    attributes: dict[str, str] = {}
    sent_at: str | None = None


@routes.get("/quarantine")
async def list_(request: web.Request) -> web.StreamResponse:
    caller, console = permitted(request, Permission.OPERATE), console_of(request)
    code = request.query.get("code") or None
    waiting, is_all = await quarantine.listed(
        console.ledger, limit=LISTED, code=code, may_see=caller.may_see, look_at=LOOKED_AT
    )
    return page(
        request,
        "quarantine.html",
        waiting=waiting,
        is_all=is_all,
        code=code,
        bounds=(LISTED, LOOKED_AT),
        printable=printable,
    )


@routes.get("/quarantine/{id}")
async def show(request: web.Request) -> web.StreamResponse:
    return await _page(request, await _record(request))


@routes.post("/quarantine/{id}/redrive")
async def redrive(request: web.Request) -> web.StreamResponse:
    record, form = await _record(request), await form_of(request)
    if form.get("confirm") != CONFIRMED:
        return _ask(request, record, "redrive")
    console, by = console_of(request), _operator(request)
    became = await quarantine.sent_again(
        console.ledger, record.summary.media_id, console.redrive, by=by, clock=console.clock
    )
    return await _done(request, record, became, "redriven")


@routes.post("/quarantine/{id}/discard")
async def discard(request: web.Request) -> web.StreamResponse:
    record, form = await _record(request), await form_of(request)
    reason = form.get("reason", "").strip()
    if form.get("confirm") != CONFIRMED or not 0 < len(reason) <= REASON_LIMIT:
        return _ask(request, record, "discard", reason=reason, is_wrong=form.get("confirm") == CONFIRMED)
    console, by = console_of(request), _operator(request)
    became = await quarantine.discarded(
        console.ledger, record.summary.media_id, reason=reason, by=by, clock=console.clock
    )
    return await _done(request, record, became, "discarded")


async def _record(request: web.Request) -> Record:
    """Of what was quarantined once; another tenant's is as if it were not there, and so is what was no tenant's for
    whoever doesn't see all of them."""
    caller = permitted(request, Permission.OPERATE)
    record = await console_of(request).ledger.record(request.match_info["id"])
    if record is None or quarantined(record) is None or not caller.may_see(record.summary.tenant):
        raise web.HTTPNotFound
    return record


async def _page(
    request: web.Request, record: Record, *, refusal: Refusal | None = None, status: int = 200
) -> web.StreamResponse:
    entry = _entry(record)
    message, problem = await _message(request, entry)
    text, is_whole = body(message.body) if message else ("", True)
    return page(
        request,
        "quarantined.html",
        status=status,
        record=record,
        entry=entry,
        entries=quarantine.told(record),
        stands=record.summary.status is Status.QUARANTINED,
        message=message,
        text=text,
        is_whole=is_whole,
        problem=problem,
        refusal=refusal,
        printable=printable,
    )


async def _message(request: web.Request, entry: Quarantined) -> tuple[Message | None, str | None]:
    """What is kept of it, or why nothing can be shown."""
    try:
        kept: Any = await console_of(request).evidence.get_json(entry.body_uri)
        return msgspec.convert(kept, Message), None
    except GavelError as error:
        return None, error.code
    except msgspec.ValidationError:
        return None, "quarantine-unreadable"


def _ask(
    request: web.Request, record: Record, what: str, *, reason: str = "", is_wrong: bool = False
) -> web.StreamResponse:
    """Nothing is done before somebody has said so twice."""
    return page(
        request,
        "quarantine_confirm.html",
        status=400 if is_wrong else 200,
        record=record,
        entry=_entry(record),
        what=what,
        reason=reason,
        is_wrong=is_wrong,
        limit=REASON_LIMIT,
    )


async def _done(request: web.Request, record: Record, became: Quarantined | Refusal, notice: str) -> web.StreamResponse:
    if isinstance(became, Refusal):
        return await _page(request, record, refusal=became, status=409)
    log.info("console.quarantine_settled", how=notice, media_id=record.summary.media_id, by=_operator(request))
    raise web.HTTPSeeOther(f"{ROOT}/quarantine?notice={notice}")


def _operator(request: web.Request) -> str:
    """As records know who did it: by pseudonym."""
    return f"console/{operator_of(request).pseudonym}"


def _entry(record: Record) -> Quarantined:
    entry = quarantined(record)
    if entry is None:
        raise web.HTTPNotFound
    return entry
