"""Opens golden loops beside real ones, and scores what reviewers answer. No case comes to know of any of it.

    real loop ─► drawn? ─► item ─► draw ─► loop ─► start ─► … ─► answers ─► end
                          (write) (write) (write)               (write)  (write)

The sweep goes on with a loop that was written and not started, or whose end nobody told. One that ends without an
answer is gone.
"""

from datetime import datetime, timedelta

from services.review.domain.golden import (
    candidates,
    golden_answer,
    golden_input,
    golden_loop,
    golden_outcome,
    is_drawn,
)
from services.review.domain.rulings import LoopState
from services.review.domain.tasks import answers
from services.review.handler.ports import Ports
from shared.contracts.messages import Submission
from shared.contracts.words import Status
from shared.errors import GavelError, Permanent
from shared.identity import random_id
from shared.ledger.entries import LoopOpened
from shared.ledger.golden import GoldenLoop
from shared.ledger.views import reviewers
from shared.policy.model import Policy
from shared.telemetry import metrics
from shared.telemetry.context import about
from shared.telemetry.logs import event_logger

log = event_logger(__name__)


async def open_beside(case: Submission, beside: LoopOpened, policy: Policy, severity: int, ports: Ports) -> None:
    """Open a golden loop beside this real one, where it is drawn and there is a golden item to show.

    Nothing that fails here is the case's matter, which has its loop: at worst there is a golden loop less.
    """
    if beside.integrated or not is_drawn(policy, case.media_id, beside.round):
        return
    try:
        drawn = await ports.golden.drawn(policy.name, beside.name)
        loop = drawn or await _draw(case, beside, policy, severity, ports)
        if loop is not None and await ports.golden.open(loop):
            await _start(loop, policy, ports)
    except GavelError as error:
        log.warning("golden.not_opened", code=error.code)


async def score(state: LoopState, loop: GoldenLoop, ports: Ports) -> None:
    """Keep every answer beside the right one, then the loop's end; a repeat finds both and counts nothing again."""
    if loop.outcome is not None:
        return
    about(loop.id)
    policy, people, now = await ports.policies.at(loop.policy), ports.backend(loop.opened.backend), ports.clock()
    output = None
    if state.status == "Completed" and state.output_uri:
        output = await people.output(state.output_uri)
    given = answers(output, policy, loop.opened.round, now)
    for each in given:
        answer = golden_answer(loop, each)
        if await ports.golden.add_answer(answer):
            right = "true" if answer.is_right else "false"
            metrics.record(metrics.GOLDEN_ANSWERS, 1, {metrics.BACKEND: loop.opened.backend, metrics.RIGHT: right})
    await ports.golden.end(loop, golden_outcome(state, given), now)


async def sweep_golden(ports: Ports, *, before: datetime) -> int:
    """Ask after every golden loop opened before then; returns how many had ended untold."""
    found = 0
    async for loop in ports.golden.open_loops(before=before):
        try:
            found += await _look_after(loop, ports)
        except GavelError as error:
            log.warning("sweep.failed", code=error.code, loop=loop.opened.name)
    return found


async def _look_after(loop: GoldenLoop, ports: Ports) -> bool:
    state = await ports.backend(loop.opened.backend).describe(loop.opened.name)
    if state is not None:
        if state.is_over:
            await score(state, loop, ports)
        return state.is_over
    policy, now = await ports.policies.at(loop.policy), ports.clock()
    if now - loop.opened.at >= timedelta(seconds=policy.review.expires_after_s):
        await ports.golden.end(loop, "not-started", now)
        return False
    try:
        await _start(loop, policy, ports)
    except Permanent as error:
        log.warning("golden.refused", code=error.code)
        await ports.golden.end(loop, "refused", now)
    return False


async def _draw(case: Submission, beside: LoopOpened, policy: Policy, severity: int, ports: Ports) -> GoldenLoop | None:
    now = ports.clock()
    busy_until = now + timedelta(seconds=policy.review.expires_after_s)
    for item in candidates(await ports.golden.items(policy.name), case, beside, now):
        record = await ports.ledger.record(item.media_id)
        if record is None or record.summary.status is not Status.DONE:
            # Under appeal, it is before reviewers in earnest, and its right answer in doubt.
            continue
        # Whoever has judged the item knows it again, be it as a real one or as a golden one.
        known_to = {*reviewers(record), *await ports.golden.answered_by(policy.name, item.media_id)}
        loop = golden_loop(
            item,
            record,
            policy,
            beside,
            loop_id=random_id(),
            severity=severity,
            excluded=tuple(sorted(known_to)),
            at=now,
        )
        if (drawn := await ports.golden.draw(loop, busy_until=busy_until)) is not None:
            return drawn
    return None


async def _start(loop: GoldenLoop, policy: Policy, ports: Ports) -> None:
    record = await ports.ledger.record(loop.item)
    content = golden_input(loop, record, policy) if record else None
    if content is None:
        raise Permanent("golden-item-incomplete", loop.item)
    await ports.backend(loop.opened.backend).start(loop.opened, policy, content)
