"""What the desk's pages need: tasks to show, and a reviewer's own notes."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from services.review.desk.domain.loops import About, FailureCode, Reviewer
from services.review.desk.domain.waiting import Count
from services.review.desk.domain.work import Comfort, Exposure, Given
from shared.contracts.words import BackendName
from shared.declines import DeclineReason


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A loop as one reviewer sees it.

    `free` is how many of its places nobody holds or has answered; `is_excluded` that the reviewer has judged the item
    before. `held_until` is set while the reviewer holds a place, `given` and `answered_at` once there is an answer.
    """

    name: str
    backend: BackendName
    group: str
    about: About
    created_at: datetime
    expires_at: datetime
    is_open: bool
    free: int
    is_excluded: bool = False
    accepted_at: datetime | None = None
    held_until: datetime | None = None
    answered_at: datetime | None = None
    given: Mapping[str, Any] | None = None


class Tasks(Protocol):
    """Where loops are kept. What the loop doesn't allow raises Refused; a name that nobody has, KeyError."""

    def by_urgency(self, groups: Sequence[str], worker: str) -> AsyncIterator[Task]:
        """What the members of these groups could work on, or others of them are at: the most urgent first, and no more
        read than is asked for."""
        ...

    async def count(self, groups: Sequence[str]) -> Count:
        """How many those are, or were some seconds ago."""
        ...

    async def get(self, name: str, worker: str) -> Task | None: ...

    async def claim(self, name: str, worker: str) -> Task:
        """Hold a task for this reviewer alone; a repeat changes nothing."""
        ...

    async def release(self, name: str, worker: str) -> None: ...

    async def answer(self, name: str, reviewer: Reviewer, content: dict[str, Any]) -> Task:
        """Give the reviewer's answer. The same once more is no mistake: a reply may have been lost."""
        ...

    async def fail(self, name: str, code: FailureCode, reason: str) -> None: ...

    async def page(self, name: str) -> tuple[str, Mapping[str, Any]]:
        """The task's worker template and its `task.input`."""
        ...


class Notebook(Protocol):
    """What the desk remembers of a reviewer, by pseudonym."""

    async def given(self, worker: str, *, day: str | None = None, limit: int = 50) -> list[Given]:
        """The newest answers first; of one day (UTC, `YYYY-MM-DD`) where that is asked."""
        ...

    async def keep_given(self, worker: str, given: Given) -> None: ...

    async def barred(self, worker: str, loops: Sequence[str]) -> set[str]:
        """Those of these loops that this reviewer has declined, or whose item they answered or declined before."""
        ...

    async def decline(self, worker: str, loop: str, reason: DeclineReason, at: datetime) -> None: ...

    async def holding(self, worker: str) -> tuple[str, ...]:
        """The tasks that this reviewer took last: all that are held by them are among these."""
        ...

    async def keep_holding(self, worker: str, loops: Sequence[str]) -> None: ...

    async def draft(self, worker: str, loop: str) -> str | None: ...

    async def keep_draft(self, worker: str, loop: str, content: str | None, at: datetime) -> None: ...

    async def comfort(self, worker: str) -> Comfort: ...

    async def keep_comfort(self, worker: str, comfort: Comfort) -> None: ...

    async def exposure(self, worker: str) -> Exposure: ...

    async def keep_exposure(self, worker: str, exposure: Exposure) -> None: ...
