"""What is done to human loops: by A2I's API, by Rekognition, by the workers' hooks and by time.

Every function leaves the loop in the store, and carries out its end when it was the one that decided it: `output.json`,
status, event, in this order, so that who hears the event finds the rest. A function that takes a key raises NoSuchLoop,
and NotNow when the loop doesn't allow it.
"""

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from gavel_emulator.a2i import loops, reports
from gavel_emulator.a2i.loops import Ending, FailureCode, Loop, LoopInput, LoopKey, Review, Status
from gavel_emulator.a2i.pages import failure_reason
from gavel_emulator.a2i.refusals import conflict, quota_exceeded
from gavel_emulator.a2i.settings import PRIVATE_QUOTA, PUBLIC_QUOTA, Settings
from gavel_emulator.a2i.store import LoopStore, NoSuchLoop, QuotaReached
from shared.worker_templates.problem import TemplateProblem


class OutputRefused(Exception):
    """`output.json` can't be put where the flow definition says; the text is the loop's failure reason."""


class World(Protocol):
    """Where a loop's end is reported to."""

    def write_output(self, loop: Loop, body: bytes) -> None:
        """Put `body` to the loop's output key. Raises OutputRefused when S3 won't take it."""
        ...

    def send_event(self, loop: Loop, entry: Mapping[str, Any]) -> None:
        """Put one entry on the default event bus of the loop's account and region."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    store: LoopStore
    world: World
    settings: Settings
    clock: Callable[[], datetime]
    """The time, in whole milliseconds."""
    wake_at: Callable[[datetime, LoopKey], None]
    """Have `wake` called for the loop at that time, or later."""
    page: Callable[[Loop], str]
    """The loop's task page. Raises TemplateProblem; takes some seconds at the worst."""
    publish_soon: Callable[[LoopKey], None]
    """Have `publish` called for the loop, by somebody else."""


def start(ports: Ports, key: LoopKey, given: LoopInput, review: Callable[[], Review]) -> Loop:
    """Open a loop. A repeat of the same name and input gets the loop that is there, even when it is over; `review` is
    asked only for a new one.

    Raises Refused: ConflictException for a name with other input, ServiceQuotaExceededException.
    """
    try:
        kept = ports.store.get(key)
    except NoSuchLoop:
        kept = _open(ports, Loop(key=key, input=given, review=review(), created_at=ports.clock()))
    if kept.input != given:
        raise conflict(f"A human loop named {key.name} with different input data exists.")
    return kept


def publish(ports: Ports, key: LoopKey) -> None:
    """The loop's task becomes a page for workers; one that can't be rendered ends the loop, soon after its start."""
    try:
        ports.page(ports.store.get(key))
    except TemplateProblem as problem:
        with contextlib.suppress(loops.NotNow, NoSuchLoop):
            fail(ports, key, FailureCode.VALIDATION_ERROR, failure_reason(problem))
    except NoSuchLoop:
        return


def stop(ports: Ports, key: LoopKey) -> Loop:
    return _change(ports, key, loops.stopped)


def delete(ports: Ports, key: LoopKey) -> None:
    """Forget a loop that is over; its name is free then."""

    def check(loop: Loop) -> None:
        if loop.is_running:
            raise loops.NotNow(f"{key.name} is {loop.status}: stop it first")

    ports.store.remove(key, check)


def hold(ports: Ports, key: LoopKey, worker_id: str) -> Loop:
    at = ports.clock()
    loop = _change(ports, key, lambda loop: loops.held(loop, worker_id, at))
    ports.wake_at(at + loop.review.time_limit, key)
    return loop


def release(ports: Ports, key: LoopKey, worker_id: str) -> Loop:
    return _change(ports, key, lambda loop: loops.released(loop, worker_id))


def answer(
    ports: Ports, key: LoopKey, worker_id: str, content: Mapping[str, Any], spent: timedelta | None = None
) -> Loop:
    at = ports.clock()
    return _change(ports, key, lambda loop: loops.answered(loop, worker_id, content, at, spent))


def complete_without_more(ports: Ports, key: LoopKey) -> Loop:
    return _change(ports, key, loops.completed_without_more)


def fail(ports: Ports, key: LoopKey, code: FailureCode, reason: str) -> Loop:
    return _change(ports, key, lambda loop: loops.failed(loop, code, reason))


def expire(ports: Ports, key: LoopKey) -> Loop:
    return _change(ports, key, loops.expired)


def wake(ports: Ports, key: LoopKey) -> None:
    """Time has passed for this loop. Nothing happens when it was deleted or when it isn't time yet."""
    at = ports.clock()
    with contextlib.suppress(NoSuchLoop):
        _change(ports, key, lambda loop: loops.after_time_passed(loop, at))


def cut_off(ports: Ports, flow_arn: str) -> None:
    """The flow definition is deleted: its loops stop, whoever holds their tasks."""
    for loop in ports.store.all():
        if loop.input.flow_arn == flow_arn and loop.is_running:
            _change(ports, loop.key, loops.cut_off)


def _open(ports: Ports, loop: Loop) -> Loop:
    """The new loop, or the one that another request has opened in the meantime."""
    arn = loop.input.flow_arn
    quota = ports.settings.of(arn).in_flight_quota
    if quota is None:
        quota = PUBLIC_QUOTA if ":workteam/public-crowd/" in loop.review.workteam_arn else PRIVATE_QUOTA
    try:
        kept = ports.store.add(loop, quota=quota)
    except QuotaReached:
        raise quota_exceeded(f"{arn} has {quota} human loops in flight, as many as it may.") from None
    if kept is loop:
        ports.wake_at(loop.expires_at, loop.key)
        ports.publish_soon(loop.key)
    return kept


def _change(ports: Ports, key: LoopKey, change: Callable[[Loop], Loop]) -> Loop:
    """Change the loop, and end it if this change decided its end; later changes can't, a decided end refuses them."""
    before, after = ports.store.change(key, change)
    if before.ending or not after.ending:
        return after
    ending = after.ending
    if after.answers or ending.status is Status.COMPLETED:
        try:
            ports.world.write_output(after, reports.output(after))
        except OutputRefused as error:
            ending = Ending(status=Status.FAILED, failure_code=FailureCode.VALIDATION_ERROR, failure_reason=str(error))
    _, over = ports.store.change(key, lambda loop: loops.ended(loop, ending))
    for _ in range(ports.settings.of(over.input.flow_arn).event_copies):
        ports.world.send_event(over, reports.event(over))
    return over
