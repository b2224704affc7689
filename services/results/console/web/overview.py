"""The whole flow at a glance: what came in, what became of it, how fast, and what waits."""

import asyncio
from collections.abc import Awaitable
from datetime import timedelta
from typing import Final, TypeVar
from urllib.parse import urlencode

from aiohttp import web

from services.results.api.domain.callers import Permission
from services.results.console.domain.backlog import Backlog, Case, case
from services.results.console.domain.flow import OUTCOMES, Flow
from services.results.console.ports import Console, Depth
from services.results.console.web.items import seen
from services.results.console.web.shown import console_of, operator_of, page, permitted
from shared.contracts.messages import PolicyRef
from shared.contracts.words import Status
from shared.errors import Permanent, Transient
from shared.ledger.search import Place, Wanted
from shared.telemetry.logs import event_logger

log = event_logger(__name__)

routes = web.RouteTableDef()

T = TypeVar("T")

PERIODS: Final = {
    "1h": (timedelta(hours=1), 12),
    "24h": (timedelta(hours=24), 24),
    "7d": (timedelta(days=7), 28),
    "30d": (timedelta(days=30), 30),
}
"""How far back is looked, and in how many stretches it is told."""
USUAL: Final = "24h"
LOOKED_AT: Final = 10_000
"""Items that a look is made of at the most, the newest: some 25 requests and 5 MB out of DynamoDB."""
PAGE: Final = 1_000
CASES: Final = 1_000
"""Of each status, those of the operator's own tenants that have stood there longest."""
CASES_LOOKED_AT: Final = 10_000
"""Of each status to find them, other tenants' included."""
CASES_SHOWN: Final = 8


@routes.get("/")
async def show(request: web.Request) -> web.StreamResponse:
    caller, console = permitted(request, Permission.READ), console_of(request)
    tenants = seen(caller, tuple(tenant.name for tenant in (await console.policies.tenants()).tenants))
    tenant = request.query.get("tenant", "")
    chosen = (tenant,) if tenant in tenants else tuple(tenants)
    period = request.query.get("period", USUAL)
    period = period if period in PERIODS else USUAL
    found, backlog, depths = await asyncio.gather(
        _had(_flow(console, chosen, period)),
        _had(_backlog(console, frozenset(chosen))),
        # Queues are everybody's: how full they are is for those who see everybody's items.
        _had(_depths(console)) if operator_of(request).sees_everything else _none(),
    )
    flow, is_complete = found or (None, True)
    counted = {"since": f"{console.clock() - PERIODS[period][0]:%Y-%m-%dT%H:%M:%SZ}"}
    return page(
        request,
        "overview.html",
        periods=tuple(PERIODS),
        period=period,
        tenants=tenants,
        tenant=tenant if tenant in tenants else "",
        # A number leads to the items that it counts, not to those of another time.
        counted=urlencode(counted | ({"tenant": tenant} if tenant in tenants else {})),
        flow=flow,
        totals=flow.totals if flow else {},
        outcomes=[outcome for outcome in OUTCOMES if flow and any(slot.outcomes[outcome] for slot in flow.slots)],
        is_complete=is_complete,
        looked_at=LOOKED_AT,
        backlog=backlog,
        cases=backlog.cases[:CASES_SHOWN] if backlog else (),
        depths=depths,
        sees_queues=operator_of(request).sees_everything,
    )


async def _flow(console: Console, tenants: tuple[str, ...], period: str) -> tuple[Flow, bool]:
    length, slots = PERIODS[period]
    until = console.clock()
    flow = Flow(until - length, until, slots)
    wanted = Wanted(tenants=tenants, since=until - length, until=until + timedelta(seconds=1))
    after: Place | None = None
    looked_at = 0
    while looked_at < LOOKED_AT:
        found = await console.search.page(wanted, limit=PAGE, after=after)
        for item in found.items:
            flow.add(item)
        looked_at, after = looked_at + len(found.items), found.after
        if after is None:
            return flow, True
    return flow, False


async def _backlog(console: Console, tenants: frozenset[str]) -> Backlog:
    targets: dict[PolicyRef, int | None] = {}
    cases: list[Case] = []
    is_all = True
    for status in (Status.REVIEWING, Status.APPEALED):
        looked_at = own = 0
        async for item in console.ledger.by_status(status):
            if looked_at == CASES_LOOKED_AT or own == CASES:
                is_all = False
                break
            looked_at += 1
            if item.tenant not in tenants:
                continue
            own += 1
            if item.policy is not None and item.policy not in targets:
                policy = await _had(console.policies.at(item.policy))
                targets[item.policy] = policy.review.target_s if policy else None
            cases.append(case(item, targets[item.policy] if item.policy else None, console.clock()))
    return Backlog(cases=sorted(cases, key=lambda each: each.waiting, reverse=True), is_all=is_all)


async def _depths(console: Console) -> list[Depth]:
    return await console.depths.depths()


async def _had(asked: Awaitable[T]) -> T | None:
    """None of what can't be had now: one part's trouble, which is when somebody looks here, leaves the others be."""
    try:
        return await asked
    except (Transient, Permanent) as error:
        log.warning("overview.part_unavailable", code=error.code)
        return None


async def _none() -> None:
    return None
