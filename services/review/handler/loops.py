"""Concludes human loops when they end, and asks after those whose end nobody told."""

from datetime import datetime, timedelta
from typing import assert_never

from services.review.domain.agreed import agreed_segments
from services.review.domain.appeals import ruled_outcome, unruled_outcome
from services.review.domain.outcomes import fail_closed_outcome, human_outcome
from services.review.domain.rulings import LoopState, Next, after, loop_ended
from services.review.domain.tasks import answers, loop_state
from services.review.domain.verified import words_of
from services.review.handler.cases import Case, case_of, open_round
from services.review.handler.golden import score, sweep_golden
from services.review.handler.overdue import warn_if_overdue
from services.review.handler.ports import Ports
from services.review.handler.waiting import Waiting
from shared.consumer.ports import Message
from shared.contracts.cloudevents import CloudEvent
from shared.contracts.messages import OutcomeReached
from shared.contracts.words import Action, MediaKind, Status
from shared.errors import GavelError, Permanent, Transient
from shared.identity import parse_loop_name
from shared.ledger.entries import AnswerGiven, LoopEnded, LoopOpened
from shared.ledger.record import Record
from shared.ledger.views import answers_in, first_round, loop, loop_end, newest_loop, reviewers, verdict
from shared.telemetry import metrics, spans
from shared.telemetry.context import about
from shared.telemetry.logs import event_logger

log = event_logger(__name__)


async def on_loop_event(message: Message, ports: Ports) -> None:
    state = loop_state(message.body)
    if state.is_over:
        await conclude(state, ports)


async def conclude(state: LoopState, ports: Ports) -> None:
    """Record how a loop ended and take the next step; a repeat arrives at the same end and the same step."""
    parsed = parse_loop_name(state.name)
    about(parsed[0] if parsed else None)
    record = await ports.ledger.record(parsed[0]) if parsed else None
    golden = await ports.golden.loop(parsed[0]) if parsed and record is None else None
    if golden is not None and golden.opened.name == state.name:
        await score(state, golden, ports)
        return
    if parsed is None or record is None:
        about(None)
        raise Permanent("unknown-loop", "no item has this loop; does the event rule match other flow definitions?")
    media_id, round_ = parsed
    opened = loop(record, round_)
    if opened is None:
        # Rekognition's own loops can end before REVIEW has read the evidence that names them.
        raise Transient("loop-not-recorded", retry_after_s=5, media_id=media_id)
    with spans.resumed("conclude loop", opened.traceparent):
        case = await case_of(record, ports)
        end = loop_end(record, round_) or await _end(state, opened, case, ports)
        await _follow(record, opened, case, end, ports)


async def sweep(ports: Ports, *, holder: str, grace: timedelta, interval: timedelta) -> int:
    """Ask after every loop older than `grace`, and warn of cases that are late; one task sweeps at a time.

    Returns how many loops had ended untold.
    """
    now = ports.clock()
    if not await ports.ledger.lease("loop-sweep", holder, now=now, ttl_s=int(interval.total_seconds())):
        return 0
    found = 0
    waiting = Waiting(now)
    for status in (Status.REVIEWING, Status.APPEALED):
        async for summary in ports.ledger.by_status(status, before=now - grace):
            try:
                found += await _look_after(summary.media_id, ports, waiting, grace=grace)
            except GavelError as error:
                # The others must not wait for this one; the next sweep asks again.
                log.warning("sweep.failed", code=error.code, media_id=summary.media_id)
    waiting.tell(ports.backends)
    return found + await sweep_golden(ports, before=now - grace)


async def _look_after(media_id: str, ports: Ports, waiting: Waiting, *, grace: timedelta) -> bool:
    record = await ports.ledger.record(media_id)
    opened = newest_loop(record) if record else None
    if record is None or opened is None:
        return False
    if ports.clock() - opened.at >= grace and await _ask_after(record, opened, ports):
        return True
    waiting.note(opened)
    await warn_if_overdue(record, opened, ports)
    return False


async def _ask_after(record: Record, opened: LoopOpened, ports: Ports) -> bool:
    """Whether the loop had ended; then what follows has been done."""
    case = await case_of(record, ports)
    end = loop_end(record, opened.round)
    if end is not None:
        await _follow(record, opened, case, end, ports)
        return True
    state = await ports.backend(opened.backend).describe(opened.name)
    if state is None:
        # Written, but never started: the crash came in between and its message is gone.
        await open_round(case, opened.round, ports, appeal_of=opened.appeal_of)
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
        _count(opened, end, given)
        return end
    first = await ports.ledger.entry(media_id, end.key)
    return first if isinstance(first, LoopEnded) else end


def _count(opened: LoopOpened, end: LoopEnded, given: tuple[AnswerGiven, ...]) -> None:
    how = {metrics.BACKEND: opened.backend, metrics.OUTCOME: end.outcome}
    metrics.record(metrics.LOOPS_ENDED, 1, how)
    metrics.record(metrics.LOOP_DURATION, max(0.0, (end.at - opened.at).total_seconds()), how)
    for answer in given if end.action is not None else ():
        agrees = "true" if answer.action is end.action else "false"
        metrics.record(metrics.ANSWERS, 1, {metrics.BACKEND: opened.backend, metrics.AGREES: agrees})


async def _follow(record: Record, opened: LoopOpened, case: Case, end: LoopEnded, ports: Ports) -> None:
    step = after(end, case.policy, first_round=first_round(record, opened))
    match step:
        case Next.NOTHING:
            return
        case Next.NEW_ROUND:
            # Read anew, for whoever answered in the round that has just ended.
            now_known = await ports.ledger.record(case.submission.media_id) or record
            excluded = reviewers(now_known)
            await open_round(case, end.round + 1, ports, excluded=excluded, appeal_of=opened.appeal_of)
        case Next.CONCLUDE | Next.FAIL_CLOSED:
            action = end.action if step is Next.CONCLUDE else None
            # Read anew, for what was answered.
            record = await ports.ledger.record(case.submission.media_id) or record
            outcome = _outcome(record, opened, case, end, action, ports.clock())
            await ports.outcomes.send(outcome, group=case.submission.tenant)
            if action is not None and opened.kind is MediaKind.IMAGE:
                await _verify(record, case, ports)
            # Last: the sweep, whose finds no message brings back, goes by the status.
            await ports.ledger.advance(
                case.submission.media_id, Status.DECIDED, outcome.time, is_listed=False, is_sent_on=True
            )
        case _:
            assert_never(step)


async def _verify(record: Record, case: Case, ports: Ports) -> None:
    """Keep what everybody said of the model's predictions: after the outcome, which needn't wait for it. Where it fails
    the message comes again, and finds what was done; what a sweep has found, the next one, unless the verdict is there
    by then."""
    given = [entry for entry in record.entries if isinstance(entry, AnswerGiven)]
    await ports.verified.save(list(words_of(case.submission, case.readable, case.evidence, given)))


def _outcome(
    record: Record, opened: LoopOpened, case: Case, end: LoopEnded, action: Action | None, at: datetime
) -> CloudEvent[OutcomeReached]:
    """`action` is the ruling; without one, what was appealed against stays, and anything else fails closed."""
    previous = verdict(record, opened.appeal_of) if opened.appeal_of is not None else None
    confirmed = agreed_segments(answers_in(record, end.round))
    if previous is not None and action is not None:
        return ruled_outcome(case.submission, case.decision, previous, end, action, at, confirmed=confirmed)
    if previous is not None:
        return unruled_outcome(case.submission, previous, end, at)
    if action is not None:
        return human_outcome(case.submission, case.decision, end, action, at, confirmed=confirmed)
    return fail_closed_outcome(case.submission, case.decision, end, case.policy, at)
