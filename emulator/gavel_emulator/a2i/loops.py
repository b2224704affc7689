"""Human loops as values, and what may happen to one.

    InProgress ─ last answer ─► Completed        Every end is decided first (`ending`, under the store's lock), then
    InProgress ─ stopped ─────► Stopped          `output.json` is written, then the status changes, then the event is
         └ while held ► Stopping ─► Stopped      sent. Whoever decided carries the rest out, so each happens once.
    InProgress ─ expired, failed ► Failed

A task is one of the loop's `task_count` places for an answer. A worker may hold one before answering; a hold that its
time limit ends goes back to the pool.
"""

import hashlib
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

WORKER_ID = re.compile(r"[0-9a-f]{16}")


class Status(StrEnum):
    IN_PROGRESS = "InProgress"
    STOPPING = "Stopping"
    COMPLETED = "Completed"
    FAILED = "Failed"
    STOPPED = "Stopped"


RUNNING = (Status.IN_PROGRESS, Status.STOPPING)
"""What counts against the quota of loops in flight."""


class FailureCode(StrEnum):
    VALIDATION_ERROR = "ValidationError"
    EXPIRED = "Expired"
    INTERNAL_ERROR = "InternalError"


class NotNow(Exception):
    """The loop, as it stands, doesn't allow this; the text is for whoever asked."""


@dataclass(frozen=True, slots=True)
class LoopKey:
    """A loop's name is its own within one account and region."""

    account_id: str
    region: str
    name: str

    @property
    def arn(self) -> str:
        return f"arn:aws:sagemaker:{self.region}:{self.account_id}:human-loop/{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """How the loops of one flow definition are reviewed: fixed when the loop starts, since flow definitions are."""

    flow_created_at: datetime
    """Tells a flow definition from a deleted one of the same name."""
    source: str | None
    """The built-in task type, or None for a custom one."""
    workteam_arn: str
    identity: Mapping[str, str]
    """`identityProviderType` and `issuer` of the team's workers; empty for the public workforce."""
    task_title: str
    task_ui_arn: str
    template: str
    """The task UI's: deleting it leaves the loops that have started as they are."""
    task_count: int
    lifetime: timedelta
    time_limit: timedelta
    output_bucket: str
    output_prefix: str
    """Empty, or ending in a slash."""
    kms_key_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LoopInput:
    """What StartHumanLoop was given besides the name: a repeat with an equal one is the same loop."""

    flow_arn: str
    content: str
    """The text of a JSON object."""
    classifiers: tuple[str, ...] = ()

    @property
    def flow_name(self) -> str:
        return self.flow_arn.rpartition("/")[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """A worker has opened a task and not answered yet."""

    worker_id: str
    accepted_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    worker_id: str
    content: Mapping[str, Any]
    accepted_at: datetime
    submitted_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    status: Status
    failure_code: FailureCode | None = None
    failure_reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Loop:
    key: LoopKey
    input: LoopInput
    review: Review
    created_at: datetime
    status: Status = Status.IN_PROGRESS
    holds: tuple[Hold, ...] = ()
    answers: tuple[Answer, ...] = ()
    ending: Ending | None = None

    @property
    def is_running(self) -> bool:
        return self.status in RUNNING

    @property
    def end(self) -> Ending | None:
        """How the loop ended; None while it runs, even when its ending is decided."""
        return None if self.is_running else self.ending

    @property
    def expires_at(self) -> datetime:
        return self.created_at + self.review.lifetime

    @property
    def output_key(self) -> str:
        folder = f"{self.input.flow_name}/{self.created_at:%Y/%m/%d/%H/%M/%S}/{self.key.name}"
        return f"{self.review.output_prefix}{folder}/output.json"

    @property
    def output_uri(self) -> str:
        return f"s3://{self.review.output_bucket}/{self.output_key}"


def worker_id(review: Review, name: str) -> str:
    """A2I's sixteen hexadecimal digits: kept when `name` is that already, else the same for the same name and team."""
    if WORKER_ID.fullmatch(name):
        return name
    return hashlib.sha256(f"{review.workteam_arn}\x1f{name}".encode()).hexdigest()[:16]


def next_worker_id(loop: Loop) -> str:
    """A worker of the team who has neither answered this loop nor holds one of its tasks."""
    taken = _answered_by(loop) | {hold.worker_id for hold in loop.holds}
    candidates = (worker_id(loop.review, f"worker-{number}") for number in range(1, len(taken) + 2))
    return next(candidate for candidate in candidates if candidate not in taken)


def worker_sub(worker_id: str) -> str:
    """The worker's subject at the identity provider."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, worker_id))


def held(loop: Loop, worker_id: str, at: datetime) -> Loop:
    _require_open(loop, worker_id)
    if any(hold.worker_id == worker_id for hold in loop.holds):
        return loop
    if loop.status is Status.STOPPING:
        raise NotNow(f"{loop.key.name} is Stopping: no task is given out any more")
    _require_free_task(loop)
    return replace(loop, holds=(*loop.holds, Hold(worker_id=worker_id, accepted_at=at)))


def released(loop: Loop, worker_id: str) -> Loop:
    if not any(hold.worker_id == worker_id for hold in loop.holds):
        raise NotNow(f"worker {worker_id} holds no task of {loop.key.name}")
    return _given_back(loop, {worker_id})


def answered(loop: Loop, worker_id: str, content: Mapping[str, Any], at: datetime, spent: timedelta | None) -> Loop:
    """With one more answer; the last one decides the ending. `spent` overrides the time since the hold."""
    _require_open(loop, worker_id)
    hold = next((hold for hold in loop.holds if hold.worker_id == worker_id), None)
    if hold is None:
        if loop.status is Status.STOPPING:
            raise NotNow(f"{loop.key.name} is Stopping: only a worker who holds a task can still answer")
        _require_free_task(loop)
    accepted_at = at - spent if spent is not None else hold.accepted_at if hold else at
    answer = Answer(worker_id=worker_id, content=content, accepted_at=accepted_at, submitted_at=at)
    loop = replace(
        loop,
        answers=(*loop.answers, answer),
        holds=tuple(other for other in loop.holds if other is not hold),
    )
    if loop.status is Status.IN_PROGRESS and len(loop.answers) == loop.review.task_count:
        return replace(loop, ending=Ending(status=Status.COMPLETED))
    return _stopped_when_idle(loop)


def stopped(loop: Loop) -> Loop:
    """Tasks that nobody holds end at once. Nothing changes for a loop that is stopping, ending or over."""
    if loop.status is not Status.IN_PROGRESS or loop.ending:
        return loop
    return _stopped_when_idle(replace(loop, status=Status.STOPPING))


def cut_off(loop: Loop) -> Loop:
    """Stopped at once, whoever holds its tasks."""
    if not loop.is_running or loop.ending:
        return loop
    return replace(loop, ending=Ending(status=Status.STOPPED), holds=())


def completed_without_more(loop: Loop) -> Loop:
    """Completed with the answers there are, none perhaps: it happens, and consumers must not take it for consent."""
    _require_running(loop)
    return replace(loop, ending=Ending(status=Status.COMPLETED), holds=())


def failed(loop: Loop, code: FailureCode, reason: str) -> Loop:
    _require_running(loop)
    return replace(loop, ending=Ending(status=Status.FAILED, failure_code=code, failure_reason=reason), holds=())


def expired(loop: Loop) -> Loop:
    """Answers given so far stay, and so does their place in output.json; whether A2I keeps them isn't documented."""
    seconds = int(loop.review.lifetime.total_seconds())
    return failed(loop, FailureCode.EXPIRED, f"The human loop was not completed within {seconds} seconds.")


def after_time_passed(loop: Loop, at: datetime) -> Loop:
    """Holds whose time limit is over go back to the pool, and a loop whose lifetime is over expires."""
    if not loop.is_running or loop.ending:
        return loop
    if at >= loop.expires_at:
        return expired(loop)
    late = {hold.worker_id for hold in loop.holds if at >= hold.accepted_at + loop.review.time_limit}
    return _given_back(loop, late) if late else loop


def ended(loop: Loop, ending: Ending) -> Loop:
    """The ending carried out: the decided one, or what came of trying."""
    return replace(loop, status=ending.status, ending=ending, holds=())


def _given_back(loop: Loop, worker_ids: set[str]) -> Loop:
    return _stopped_when_idle(
        replace(loop, holds=tuple(hold for hold in loop.holds if hold.worker_id not in worker_ids))
    )


def _stopped_when_idle(loop: Loop) -> Loop:
    if loop.status is Status.STOPPING and not loop.holds:
        return replace(loop, ending=Ending(status=Status.STOPPED))
    return loop


def _answered_by(loop: Loop) -> set[str]:
    return {answer.worker_id for answer in loop.answers}


def _require_running(loop: Loop) -> None:
    if not loop.is_running or loop.ending:
        raise NotNow(f"{loop.key.name} is {loop.ending.status if loop.ending else loop.status}")


def _require_open(loop: Loop, worker_id: str) -> None:
    _require_running(loop)
    if worker_id in _answered_by(loop):
        raise NotNow(f"worker {worker_id} has answered {loop.key.name} already: answers come from distinct workers")


def _require_free_task(loop: Loop) -> None:
    if len(loop.answers) + len(loop.holds) >= loop.review.task_count:
        raise NotNow(f"every task of {loop.key.name} is answered or held by a worker")
