"""A bulk run from its list to its files; and anew from wherever a crash, Ctrl-C or a cancellation has left it."""

import asyncio
import math
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec

from cli.bulk.jobs import POLL_S, Jobs
from cli.bulk.pipeline import TICK_S, Pipeline
from cli.bulk.plan import Mode, Plan, judged_by, resume_problems
from cli.bulk.sources import Line, lines
from cli.bulk.standing import CANCELLED, DONE, LISTED, PLAN, existing, plan_of, state_path
from cli.bulk.state import PAGE, Counts, State
from cli.bulk.summary import Summary, write_files
from cli.connection import Connection
from cli.run_state import forget
from cli.runs import NothingThere, PlanProblems, RunProblem, alone, interruptible
from shared.aws.clients import open_clients
from shared.aws.policies import S3PolicyStore
from shared.aws.sqs import SqsOutbox
from shared.clock import utc_now
from shared.errors import GavelError, Transient

MANIFESTS: Final = (".jsonl", ".json", ".manifest")
RETRY: Final = "retry"
WINDOW_S: Final = 20
LEAST_WINDOW: Final = 100
TELL_S: Final = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How a run is gone about: nothing of it changes what is found. `folder` is where runs are kept on this machine."""

    folder: Path
    price_usd: float
    calls_per_s: float
    watch: Callable[[str, Counts], None] = lambda phase, counts: None
    poll_s: float = POLL_S
    tick_s: float = TICK_S


class Forecast(msgspec.Struct, frozen=True, kw_only=True):
    """What a run may cost at the most. `duration_s` is None for jobs of Rekognition's, which say nothing of theirs."""

    run: str
    lines: int
    images: int
    invalid: int
    cost_usd: float
    duration_s: float | None


@dataclass(slots=True, kw_only=True)
class Teller:
    """Tells `watch` how far the run is, once a second at the most: counting reads the whole state."""

    state: State
    watch: Callable[[str, Counts], None]
    clock_s: Callable[[], float] = time.monotonic
    _quiet_until_s: float = -math.inf

    def tell(self, phase: str) -> None:
        if self.clock_s() >= self._quiet_until_s:
            self.watch(phase, self.state.counts())
            self._quiet_until_s = self.clock_s() + TELL_S


async def forecast(plan: Plan, connection: Connection, way: Way) -> Forecast:
    """Lists the source and asks nobody. Raises as `start` does. Objects that are named twice count twice here."""
    await _judged(plan, connection)
    total = invalid = 0
    async for line in lines(connection.s3, plan):
        total += 1
        invalid += line.code is not None
    if not total:
        raise _nothing_in(plan)
    asked = total - invalid
    return Forecast(
        run=plan.run,
        lines=total,
        images=asked,
        invalid=invalid,
        cost_usd=asked * way.price_usd,
        duration_s=asked / way.calls_per_s if plan.mode is Mode.FAN_OUT else None,
    )


async def start(plan: Plan, connection: Connection, way: Way) -> Summary:
    """A new run. Raises RunProblem, PlanProblems and GavelError; `resume` goes on behind what was done until then. One
    that never came to the end of its list has asked nobody, and leaves its name to whatever is begun next."""
    path = state_path(way.folder, plan.run)
    with alone(path.with_name("lock")), State(path) as state:
        before = state.fact(PLAN, Plan)
        if before is not None and state.fact(LISTED, datetime) is not None:
            if problems := resume_problems(before, plan):
                raise PlanProblems(problems)
            raise RunProblem(
                f"there is this run already: `gavel bulk resume {plan.run}` goes on with it, "
                f"`gavel bulk results {plan.run}` shows it, another --name makes another"
            )
        try:
            await _judged(plan, connection)
            state.keep_fact(PLAN, plan)
            state.drop_fact(CANCELLED)
            return await _run(plan, state, connection, way)
        except (NothingThere, PlanProblems, GavelError):
            if state.fact(LISTED, datetime) is None:
                forget(path)
            raise


async def resume(run: str, connection: Connection, way: Way, *, errors: bool = False) -> Summary:
    """Goes on with a run, one that was cancelled too; with `errors` also with lines that have one. Raises as `start`
    does."""
    path = existing(way.folder, run)
    with alone(path.with_name("lock")), State(path) as state:
        plan = plan_of(state, run)
        state.drop_fact(CANCELLED)
        if errors:
            _begin_errors_anew(state)
        return await _run(plan, state, connection, way)


def _begin_errors_anew(state: State) -> None:
    with state.together():
        if state.begin_errors_anew():
            state.keep_fact(RETRY, (state.fact(RETRY, int) or 0) + 1)
            state.drop_fact(DONE)


def results(folder: Path, run: str, to: Path, *, price_usd: float) -> Summary:
    """Writes the files as far as the run has come. Raises NothingThere."""
    with State(existing(folder, run)) as state:
        is_cancelled = state.fact(CANCELLED, datetime) is not None
        return write_files(plan_of(state, run), state, to, price_usd=price_usd, is_cancelled=is_cancelled)


async def _run(plan: Plan, state: State, connection: Connection, way: Way) -> Summary:
    interrupted = asyncio.Event()
    with interruptible(interrupted):
        if state.fact(LISTED, datetime) is None:
            await _list(plan, state, connection, way, interrupted)
        if not interrupted.is_set():
            plan = await _settled(plan, state, connection)
            await _ask(plan, state, connection, way, interrupted)
    is_cancelled = state.fact(CANCELLED, datetime) is not None
    summary = write_files(plan, state, state.path.parent, price_usd=way.price_usd, is_cancelled=is_cancelled)
    if not summary.waiting and state.fact(LISTED, datetime) is not None:
        state.keep_fact(DONE, utc_now())
    return summary


async def _list(plan: Plan, state: State, connection: Connection, way: Way, interrupted: asyncio.Event) -> None:
    state.begin_list()
    teller = Teller(state=state, watch=way.watch)
    page: list[Line] = []
    async for line in lines(connection.s3, plan):
        page.append(line)
        if len(page) == PAGE:
            state.add_lines(page)
            page.clear()
            teller.tell("listing")
            if interrupted.is_set():
                return
    state.add_lines(page)
    if not state.counts().lines:
        raise _nothing_in(plan)
    state.keep_fact(LISTED, utc_now())


def _nothing_in(plan: Plan) -> NothingThere:
    is_manifest = plan.place is not None and plan.source.endswith(MANIFESTS)
    hint = ", no folder of that name: of manifests it takes those that are files on this machine" if is_manifest else ""
    return NothingThere(f"{plan.source} has nothing in it{hint}")


async def _settled(plan: Plan, state: State, connection: Connection) -> Plan:
    """The plan with what its policy asks for, as it is when the run first asks anybody."""
    if plan.policy is None or state.fact("policy", str) is not None:
        return plan
    settled, version = await _judged(plan, connection)
    with state.together():
        state.keep_fact(PLAN, settled)
        state.keep_fact("policy", version)
    return settled


async def _judged(plan: Plan, connection: Connection) -> tuple[Plan, str | None]:
    """The plan with what its policy asks for now, and that policy's version. Raises PlanProblems where it can't judge
    this run."""
    if plan.policy is None:
        return plan, None
    try:
        policy = await S3PolicyStore(connection.s3, connection.outputs.policy_bucket).current(plan.policy)
    except Transient as error:
        if error.code == "policy-missing":
            raise PlanProblems([f"--policy {plan.policy!r}: this stack has no such policy"]) from error
        raise
    return judged_by(plan, policy), policy.version


async def _ask(plan: Plan, state: State, connection: Connection, way: Way, interrupted: asyncio.Event) -> None:
    def goes_on() -> bool:
        return not interrupted.is_set()

    def may_begin() -> bool:
        return goes_on() and state.fact(CANCELLED, datetime) is None

    outputs, teller = connection.outputs, Teller(state=state, watch=way.watch)
    async with AsyncExitStack() as opened:
        if plan.mode is Mode.MEDIA_ANALYSIS:
            clients = await opened.enter_async_context(open_clients("rekognition", region=outputs.region))
            await Jobs(
                rekognition=clients["rekognition"],
                s3=connection.s3,
                bucket=outputs.evidence_bucket,
                plan=plan,
                state=state,
                may_begin=may_begin,
                goes_on=goes_on,
                watch=lambda: teller.tell("analysing"),
                poll_s=way.poll_s,
            ).run()
            if plan.policy is None or not goes_on() or any(not part.is_done for part in state.parts()):
                return
        await Pipeline(
            s3=connection.s3,
            bucket=outputs.evidence_bucket,
            ledger=connection.ledger,
            events=SqsOutbox(connection.sqs, outputs.queues["media-events"]),
            tenants=await S3PolicyStore(connection.s3, outputs.policy_bucket).tenants(),
            plan=plan,
            state=state,
            window=max(LEAST_WINDOW, int(way.calls_per_s * WINDOW_S)),
            may_begin=may_begin,
            goes_on=goes_on,
            watch=lambda: teller.tell("judging" if plan.mode is Mode.MEDIA_ANALYSIS else "asking"),
            retry=state.fact(RETRY, int) or 0,
            tick_s=way.tick_s,
        ).run()
