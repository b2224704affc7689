"""Items: the list with the API's filters, and one item."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlencode

from aiohttp import web

from services.results.api.domain.callers import EVERY_TENANT, Caller, Permission
from services.results.api.domain.problems import Problem
from services.results.api.domain.queries import PAGING, PARAMETERS, asked, cursor
from services.results.console.ports import ROOT
from services.results.console.web.shown import console_of, page, permitted
from shared.contracts.words import Action, DecidedBy, MediaKind, Status
from shared.identity import MEDIA_ID
from shared.ledger.record import Summary
from shared.taxonomy.labels import taxonomy

routes = web.RouteTableDef()

CHOICES: Final = {
    "status": tuple(Status),
    "verdict": tuple(Action),
    "decided_by": tuple(DecidedBy),
    "kind": tuple(MediaKind),
}


@routes.get("/items")
async def find(request: web.Request) -> web.StreamResponse:
    caller, console = permitted(request, Permission.READ), console_of(request)
    tenants = tuple(tenant.name for tenant in (await console.policies.tenants()).tenants)
    given = filters(request)
    mistakes: Mapping[str, str] = {}
    items: tuple[Summary, ...] = ()
    more: str | None = None
    try:
        wish = asked(given, caller, tenants, console.clock())
    except Problem as told:
        mistakes = {each["parameter"]: each["detail"] for each in told.errors} or {"tenant": told.detail}
    else:
        found = await console.search.page(wish.wanted, limit=wish.limit, after=wish.after)
        items = found.items
        if found.after is not None:
            # The times as they were read, so that "now" doesn't move from page to page.
            span = {"since": wish.wanted.since.isoformat(), "until": wish.wanted.until.isoformat()}
            more = urlencode({**given, **span, "after": cursor(found.after)})
    return page(
        request,
        "items.html",
        status=400 if mistakes else 200,
        items=items,
        more=more,
        given=defaultdict(str, given),
        mistakes=mistakes,
        tenants=seen(caller, tenants),
        choices=CHOICES,
        labels=sorted(taxonomy().labels),
    )


@routes.get("/find")
async def open_by_id(request: web.Request) -> web.StreamResponse:
    """The search of every page's head: what isn't a media id is looked for nowhere."""
    media_id = request.query.get("id", "").strip().lower()
    raise web.HTTPSeeOther(f"{ROOT}/items/{media_id}" if MEDIA_ID.fullmatch(media_id) else f"{ROOT}/items?notice=no-id")


def filters(request: web.Request) -> dict[str, str]:
    """What was filled in: a form sends its empty fields too."""
    names = PARAMETERS | PAGING
    return {name: text.strip() for name, text in request.query.items() if name in names and text.strip()}


def seen(caller: Caller, tenants: tuple[str, ...]) -> list[str]:
    return [tenant for tenant in tenants if EVERY_TENANT in caller.tenants or tenant in caller.tenants]
