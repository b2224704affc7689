"""Concludes human loops when they end, and asks after those whose end nobody told."""

from datetime import timedelta
from typing import assert_never

from shared.telemetry.logs import event_logger

from services.review.domain.outcomes import fail_closed_outcome, human_outcome
from services.review.domain.rulings import LoopState, Next, after, loop_ended
from services.review.domain.tasks import answers, loop_state
from services.review.handler.cases import Case, case_of, open_round
from services.review.handler.ports import Ports
from shared.consumer.ports import Message
from shared.contracts.words import Status
from shared.errors import GavelError, Permanent, Transient
from shared.identity import parse_loop_name
from shared.ledger.entries import LoopEnded, LoopOpened
from shared.ledger.views import loop, loop_end, newest_loop

log = event_logger(__name__)


async def on_loop_event(message: Message, ports: Ports) -> None:
    state = loop_state(message.body)
    if state.is_over:
        await conclude(state, ports)


async def conclude(state: LoopState, ports: Ports) -> None:
    """Record how a loop ended and take the next step; a repeat arrives at the same end and the same step."""
    parsed = parse_loop_name(state.name)
    record = await ports.ledger.record(parsed[0]) if parsed else None
    if parsed is None or record is None:
        raise Permanent("unknown-loop", "no item has this loop; does the event rule match other flow definitions?")
    media_id, round_ = parsed
    opened = loop(record, round_)
    if opened is None:
        # Rekognition's own loops can end before REVIEW has read the evidence that names them.
        raise Transient("loop-not-recorded", retry_after_s=5, media_id=media_id)
    case = await case_of(record, ports)
    end = loop_end(record, round_) or await _end(state, opened, case, ports)
    await _follow(case, end, ports)


async def sweep(ports: Ports, *, holder: str, grace: timedelta, interval: timedelta) -> int:
    """Ask after every loop older than `grace`; returns how many had ended untold. One task sweeps at a time."""
    now = ports.clock()
    if not await ports.ledger.lease("loop-sweep", holder, now=now, ttl_s=int(interval.total_seconds())):
        return 0
    found = 0
    async for summary in ports.ledger.by_status(Status.REVIEWING, before=now - grace):
        try:
            found += await _ask_after(summary.media_id, ports, grace=grace)
        except GavelError as error:
            # The others must not wait for this one; the next sweep asks again.
            log.warning("sweep.failed", code=error.code, media_id=summary.media_id)
    return found


async def _ask_after(media_id: str, ports: Ports, *, grace: timedelta) -> bool:
    record = await ports.ledger.record(media_id)
    opened = newest_loop(record) if record else None
    if record is None or opened is None or ports.clock() - opened.at < grace:
        return False
    case = await case_of(record, ports)
    end = loop_end(record, opened.round)
    if end is not None:
        await _follow(case, end, ports)
        return True
    state = await ports.backend(opened.backend).describe(opened.name)
    if state is None:
        # Written, but never started: the crash came in between and its message is gone.
        await open_round(case, opened.round, ports)
        return False
    if state.is_over:
        await conclude(state, ports)
    return state.is_over


async def _end(state: LoopState, opened: LoopOpened, case: Case, ports: Ports) -> LoopEnded:
    """Keep every answer, then the loop's end."""
    media_id, now = case.submission.media_id, ports.clock()
    output = None
    if state.status == "Completed" and state.output_uri:
        output = await ports.backend(opened.backend).output(state.output_uri)
    given = answers(output, case.policy, opened.round, now)
    for answer in given:
        await ports.ledger.add(media_id, answer)
    end = loop_ended(state, opened, given, case.policy, now)
    if await ports.ledger.add(media_id, end):
        return end
    first = await ports.ledger.entry(media_id, end.key)
    return first if isinstance(first, LoopEnded) else end


async def _follow(case: Case, end: LoopEnded, ports: Ports) -> None:
    now, step = ports.clock(), after(end, case.policy)
    match step:
        case Next.NOTHING:
            return
        case Next.NEW_ROUND:
            await open_round(case, end.round + 1, ports)
            return
        case Next.CONCLUDE if end.action is not None:
            outcome = human_outcome(case.submission, case.decision, end, end.action, now)
        case Next.CONCLUDE | Next.FAIL_CLOSED:
            outcome = fail_closed_outcome(case.submission, case.decision, end, case.policy, now)
        case _:
            assert_never(step)
    await ports.ledger.advance(case.submission.media_id, Status.DECIDED, now)
    await ports.outcomes.send(outcome, group=case.submission.tenant)
