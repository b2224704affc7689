"""A human loop of the desk's own, and what may happen to one.

    running ─ last answer ─────────► Completed      The ending is decided by one conditional write. Then comes
    running ─ stopped ─────────────► Stopped        `output.json`, then the event, then `is_told`; whoever finds an
         └ while held ► stopping ──► Stopped        ending that isn't told carries it out again.
    running ─ expired, failed ─────► Failed

A task is one of the loop's `answers_wanted` places. A reviewer holds one before answering; a hold that its time limit
ends goes back to the pool. The words of the statuses are A2I's.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from shared.identity import worker_id


class FailureCode(StrEnum):
    """A2I's."""

    VALIDATION_ERROR = "ValidationError"
    EXPIRED = "Expired"
    INTERNAL_ERROR = "InternalError"


class Refusal(StrEnum):
    """Why a reviewer can't do that now."""

    OVER = "over"
    STOPPING = "stopping"
    TAKEN = "taken"
    ANSWERED = "answered"
    NOT_HELD = "not-held"
    EXCLUDED = "excluded"


class Refused(Exception):
    """The loop, as it stands, doesn't allow this."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.value)
        self.refusal = refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewer:
    """The pool's address and its id of the reviewer: no name, no e-mail address. `output.json` has both, as A2I's."""

    issuer: str
    subject: str

    @property
    def worker(self) -> str:
        """The pseudonym that everything else knows: sixteen hexadecimal digits, as A2I's worker ids."""
        return worker_id(self.issuer.rpartition("/")[2], self.subject)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """A reviewer has opened a task and not answered yet."""

    worker: str
    accepted_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One reviewer's answer; `reviewer` is who that is for the identity provider."""

    reviewer: Reviewer
    content: dict[str, Any]
    accepted_at: datetime
    submitted_at: datetime

    @property
    def worker(self) -> str:
        return self.reviewer.worker


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    status: str
    failure_code: FailureCode | None = None
    failure_reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What the list of tasks shows of a loop without opening its input."""

    title: str
    kind: str
    category: str = ""
    severity: int = 0
    round: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Loop:
    """`group` is the team's group in the user pool: its members see the loop. `flow` is the ARN that stands for how it
    is reviewed, in the place of A2I's flow definition; `template` is the digest of the worker
    template, fixed when the loop starts; `excluded` are reviewers who have judged the item before."""

    name: str
    flow: str
    group: str
    about: About
    created_at: datetime
    expires_at: datetime
    time_limit_s: int
    answers_wanted: int
    output_uri: str
    template: str
    excluded: tuple[str, ...] = ()
    holds: tuple[Hold, ...] = ()
    answers: tuple[Answer, ...] = ()
    is_stopping: bool = False
    ending: Ending | None = None
    is_told: bool = False

    @property
    def status(self) -> str:
        """A2I's word. An ending counts once it is told: who hears of it finds `output.json` there."""
        if self.ending is not None and self.is_told:
            return self.ending.status
        return "Stopping" if self.is_stopping else "InProgress"

    @property
    def is_open(self) -> bool:
        return self.ending is None

    @property
    def arn(self) -> str:
        head, _, _ = self.flow.partition(":flow-definition/")
        return f"{head}:human-loop/{self.name}"

    def hold_of(self, worker: str) -> Hold | None:
        return next((hold for hold in self.holds if hold.worker == worker), None)

    def answer_of(self, worker: str) -> Answer | None:
        return next((answer for answer in self.answers if answer.worker == worker), None)

    def held_until(self, hold: Hold) -> datetime:
        """A hold never outlives the loop."""
        return min(hold.accepted_at + timedelta(seconds=self.time_limit_s), self.expires_at)


def output_key(folder: str, flow: str, created_at: datetime, name: str) -> str:
    """Where `output.json` goes, built as A2I builds it (SageMaker developer guide, "Use Output Data")."""
    flow_name = flow.rpartition("/")[2]
    return f"{folder}/{flow_name}/{created_at:%Y/%m/%d/%H/%M/%S}/{name}/output.json"


def claimed(loop: Loop, worker: str, at: datetime) -> Loop:
    """With a task held by this reviewer; nothing changes when that is so already."""
    _require_open(loop)
    if loop.answer_of(worker) is not None:
        raise Refused(Refusal.ANSWERED)
    if worker in loop.excluded:
        raise Refused(Refusal.EXCLUDED)
    if loop.hold_of(worker) is not None:
        return loop
    if loop.is_stopping:
        raise Refused(Refusal.STOPPING)
    if len(loop.answers) + len(loop.holds) >= loop.answers_wanted:
        raise Refused(Refusal.TAKEN)
    return replace(loop, holds=(*loop.holds, Hold(worker=worker, accepted_at=at)))


def released(loop: Loop, worker: str) -> Loop:
    """Without this reviewer's hold; nothing changes when there is none."""
    return _without(loop, {worker}) if loop.is_open and loop.hold_of(worker) else loop


def answered(loop: Loop, reviewer: Reviewer, content: dict[str, Any], at: datetime) -> Loop:
    """With this reviewer's answer; the last one completes the loop.

    The same answer again changes nothing, so that a submit whose reply got lost can be sent again.
    """
    given = loop.answer_of(reviewer.worker)
    if given is not None:
        if given.content == content:
            return loop
        raise Refused(Refusal.ANSWERED)
    _require_open(loop)
    hold = loop.hold_of(reviewer.worker)
    if hold is None:
        raise Refused(Refusal.NOT_HELD)
    answer = Answer(reviewer=reviewer, content=content, accepted_at=hold.accepted_at, submitted_at=at)
    loop = replace(loop, answers=(*loop.answers, answer), holds=tuple(each for each in loop.holds if each is not hold))
    if not loop.is_stopping and len(loop.answers) >= loop.answers_wanted:
        return replace(loop, ending=Ending(status="Completed"), holds=())
    return _ended_when_idle(loop)


def stopped(loop: Loop) -> Loop:
    """Tasks that nobody holds end at once; whoever holds one may still answer it."""
    return _ended_when_idle(replace(loop, is_stopping=True)) if loop.is_open else loop


def failed(loop: Loop, code: FailureCode, reason: str) -> Loop:
    if not loop.is_open:
        return loop
    ending = Ending(status="Failed", failure_code=code, failure_reason=reason)
    return replace(loop, ending=ending, holds=())


def after_time_passed(loop: Loop, at: datetime) -> Loop:
    """Holds whose time limit is over go back to the pool, and a loop whose lifetime is over fails as expired."""
    if not loop.is_open:
        return loop
    if at >= loop.expires_at:
        seconds = int((loop.expires_at - loop.created_at).total_seconds())
        return failed(loop, FailureCode.EXPIRED, f"The human loop was not completed within {seconds} seconds.")
    late = {hold.worker for hold in loop.holds if at >= loop.held_until(hold)}
    return _without(loop, late) if late else loop


def _without(loop: Loop, workers: set[str]) -> Loop:
    return _ended_when_idle(replace(loop, holds=tuple(hold for hold in loop.holds if hold.worker not in workers)))


def _ended_when_idle(loop: Loop) -> Loop:
    return replace(loop, ending=Ending(status="Stopped")) if loop.is_stopping and not loop.holds else loop


def _require_open(loop: Loop) -> None:
    if not loop.is_open:
        raise Refused(Refusal.OVER)
