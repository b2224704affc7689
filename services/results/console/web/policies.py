"""Policies: their versions, how two of them differ, and what a changed one would have made of the newest items."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from aiohttp import web

from services.results.api.domain.callers import Caller, Permission
from services.results.console.domain.diffs import Line, diff
from services.results.console.web.shown import console_of, page, permitted
from shared.contracts.messages import PolicyRef
from shared.ledger.search import Wanted
from shared.policy.differences import Difference, differences
from shared.policy.history import NoSuchPolicy, Version
from shared.policy.load import PolicyError, Problem, load
from shared.policy.model import Policy
from shared.policy.simulate import CHANGES_LISTED
from shared.signin.visits import form_of
from shared.simulation import simulated

routes = web.RouteTableDef()

LIMITS: Final = (100, 500, 2_000)
"""Items of a simulation, the newest: at most the last of these."""
LOOK_BACK: Final = timedelta(days=30)
BUDGET_S: Final = 40.0
"""The load balancer gives up on an answer after 60."""
SIMULATING: Final = web.AppKey("simulating", asyncio.Lock)
"""One simulation at a time in a task: each may hold a long video's findings in memory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A policy that some tenants of the operator's are judged by."""

    name: str
    tenants: tuple[str, ...]
    versions: Sequence[Version]

    @property
    def current(self) -> Version | None:
        return next((each for each in self.versions if each.is_current), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What became of an edited text: its problems, or the policy and what it changes."""

    text: str
    problems: tuple[Problem, ...] = ()
    policy: Policy | None = None
    differences: Sequence[Difference] = ()
    told: dict[str, Any] | None = None
    answers_a_day_before: float | None = None
    is_busy: bool = False

    def line(self, number: int) -> str:
        lines = self.text.splitlines()
        return lines[number - 1] if 0 < number <= len(lines) else ""


@routes.get("/policies")
async def list_(request: web.Request) -> web.StreamResponse:
    caller = permitted(request, Permission.READ)
    users = await _users(request, caller)
    histories = await asyncio.gather(*(_versions(request, name) for name in users))
    known = [
        Known(name=name, tenants=tenants, versions=versions)
        for (name, tenants), versions in zip(users.items(), histories, strict=True)
    ]
    return page(request, "policies.html", policies=known)


@routes.get("/policies/{name}")
async def show(request: web.Request) -> web.StreamResponse:
    """`before` and `after` are versions to compare: the newest with the one that came before it, unless asked."""
    known, _ = await known_policy(request)
    edited = await _text(request, known, request.query.get("edit") or _in_force(known))
    return await _page(request, known, Tried(text=edited), limit=LIMITS[0])


@routes.post("/policies/{name}")
async def try_(request: web.Request) -> web.StreamResponse:
    known, caller = await known_policy(request)
    form = await form_of(request)
    limit = next((each for each in LIMITS if str(each) == form.get("items")), LIMITS[0])
    text = form.get("text", "").replace("\r\n", "\n")
    tried = await asyncio.to_thread(_checked, text, known.name)
    if tried.policy is not None:
        tried = await _compared(request, known, tried.text, tried.policy)
        if form.get("do") == "simulate" and tried.policy is not None:
            tried = await _simulated(request, caller, known, tried, tried.policy, limit)
    return await _page(request, known, tried, limit=limit, status=400 if tried.problems else 200)


def _checked(text: str, name: str) -> Tried:
    """As `gavel policy check`; and that it is still this policy, since items are found by its name."""
    try:
        policy = load(text, origin=name)
    except PolicyError as error:
        return Tried(text=text, problems=error.problems)
    if policy.name != name:
        line = next((n for n, each in enumerate(text.splitlines(), start=1) if each.startswith("name:")), 1)
        return Tried(text=text, problems=(Problem(line, "name", f"is `{name}`: this is what becomes of its items"),))
    return Tried(text=text, policy=policy)


async def _compared(request: web.Request, known: Known, text: str, policy: Policy) -> Tried:
    if known.current is None:
        return Tried(text=text, policy=policy)
    in_force = await console_of(request).policies.at(PolicyRef(name=known.name, version=known.current.version))
    return Tried(text=text, policy=policy, differences=differences(in_force, policy))


async def _simulated(
    request: web.Request, caller: Caller, known: Known, tried: Tried, policy: Policy, limit: int
) -> Tried:
    console, busy = console_of(request), request.app[SIMULATING]
    if busy.locked():
        return Tried(text=tried.text, policy=policy, differences=tried.differences, is_busy=True)
    now = console.clock()
    wanted = Wanted(tenants=known.tenants, since=now - LOOK_BACK, until=now + timedelta(seconds=1), policy=known.name)
    async with busy:
        told = await simulated(
            policy,
            wanted,
            limit=limit,
            search=console.search,
            ledger=console.ledger,
            evidence=console.evidence,
            budget_s=BUDGET_S,
        )
    return Tried(
        text=tried.text,
        policy=policy,
        differences=tried.differences,
        told=told,
        answers_a_day_before=await _answers_a_day_before(request, known, told),
    )


async def _answers_a_day_before(request: web.Request, known: Known, told: dict[str, Any]) -> float | None:
    """By the version in force: those that judged the items may have wanted others."""
    if known.current is None:
        return None
    policy = await console_of(request).policies.at(PolicyRef(name=known.name, version=known.current.version))
    before: int = told["reviews"]["before"]
    return before * policy.review.answers / max(float(told["days"]), 1 / 24)


async def _page(
    request: web.Request, known: Known, tried: Tried, *, limit: int, status: int = 200
) -> web.StreamResponse:
    after = request.query.get("after") or known.versions[0].version
    before = request.query.get("before") or _before(known, after)
    return page(
        request,
        "policy.html",
        status=status,
        known=known,
        before=before,
        after=after,
        lines=await _lines(request, known, before, after),
        tried=tried,
        in_force=await _text(request, known, _in_force(known)),
        limits=LIMITS,
        limit=limit,
        look_back=LOOK_BACK.days,
        listed=CHANGES_LISTED,
    )


async def _lines(request: web.Request, known: Known, before: str | None, after: str) -> list[Line] | None:
    """None where there is but one version."""
    if before is None:
        return None
    texts = [await _text(request, known, version) for version in (before, after)]
    return await asyncio.to_thread(diff, *texts)


async def known_policy(request: web.Request) -> tuple[Known, Caller]:
    """The policy that the address names, if it is one that tenants of the operator's are judged by."""
    caller, name = permitted(request, Permission.READ), request.match_info["name"]
    tenants = (await _users(request, caller)).get(name)
    if tenants is None:
        raise web.HTTPNotFound
    versions = await _versions(request, name)
    if not versions:
        raise web.HTTPNotFound
    return Known(name=name, tenants=tenants, versions=versions), caller


async def _versions(request: web.Request, name: str) -> Sequence[Version]:
    """None of a policy that the tenants' list names before it is deployed."""
    try:
        return await console_of(request).history.versions(name)
    except NoSuchPolicy:
        return ()


async def _users(request: web.Request, caller: Caller) -> dict[str, tuple[str, ...]]:
    """The policies by name, each with those of its tenants that the operator may see."""
    tenants = (await console_of(request).policies.tenants()).tenants
    seen = [tenant for tenant in tenants if caller.may_see(tenant.name)]
    return {
        name: tuple(tenant.name for tenant in seen if tenant.policy == name)
        for name in sorted({tenant.policy for tenant in seen})
    }


async def _text(request: web.Request, known: Known, version: str) -> str:
    if version not in {each.version for each in known.versions}:
        raise web.HTTPNotFound
    return await console_of(request).history.text(PolicyRef(name=known.name, version=version))


def _in_force(known: Known) -> str:
    return (known.current or known.versions[0]).version


def _before(known: Known, version: str) -> str | None:
    """The version that was deployed before this one."""
    older = [each.version for each in known.versions]
    return next(iter(older[older.index(version) + 1 :]), None) if version in older else None
