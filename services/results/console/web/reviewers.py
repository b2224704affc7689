"""Reviewers, under their pseudonyms: how far they agree, how they do on golden items, how long they take, and what is
declined. Their work is that of a team and not of a tenant's, so it is for those who see every tenant's items."""

from collections import Counter
from datetime import timedelta
from typing import Final

from aiohttp import web

from services.results.api.domain.callers import Permission
from services.results.console.reviewing import GOLDEN, LOOKED_AT, OPEN, REVIEWED, agreement, declined, golden_scores
from services.results.console.web.shown import console_of, operator_of, page, permitted
from shared.declines import DeclineReason
from shared.ledger.search import Wanted

routes = web.RouteTableDef()

SPANS: Final = (7, 30, 90)
"""Days."""
WHY: Final = {
    DeclineReason.TOO_MUCH: "it is too much",
    DeclineReason.KNOWS_SOMEBODY: "knows somebody in it",
    DeclineReason.CANNOT_JUDGE: "can't judge it",
    DeclineReason.DOES_NOT_LOAD: "it doesn't load",
}


@routes.get("/reviewers")
async def show(request: web.Request) -> web.StreamResponse:
    permitted(request, Permission.READ)
    if not operator_of(request).sees_everything:
        raise web.HTTPForbidden
    console = console_of(request)
    days = next((each for each in SPANS if str(each) == request.query.get("days")), 30)
    now = console.clock()
    since = now - timedelta(days=days)
    tenants = tuple(tenant.name for tenant in (await console.policies.tenants()).tenants)
    wanted = Wanted(tenants=tenants, since=since, until=now + timedelta(seconds=1))
    stats, is_all = await agreement(console.search, console.ledger, wanted)
    golden, is_all_golden = await golden_scores(console.golden, since)
    cases, why, is_all_cases = (
        await declined(console.ledger, console.declines) if console.declines else ([], Counter(), True)
    )
    return page(
        request,
        "reviewers.html",
        days=days,
        spans=SPANS,
        stats=stats,
        is_all=is_all,
        golden=golden,
        is_all_golden=is_all_golden,
        tells_declines=console.declines is not None,
        cases=cases,
        why=why,
        is_all_cases=is_all_cases,
        reasons=WHY,
        bounds={"looked_at": LOOKED_AT, "reviewed": REVIEWED, "golden": GOLDEN, "open": OPEN},
    )
