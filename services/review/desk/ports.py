"""What the desk's pages need: tasks to show, a reviewer's own notes, somebody to ask who a reviewer is."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

import msgspec

from services.review.desk.domain.loops import About, FailureCode, Reviewer
from services.review.desk.domain.waiting import Count
from services.review.desk.domain.work import Comfort, DeclineReason, Exposure, Given
from shared.contracts.words import BackendName


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


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """What the desk knows of a browser. Before sign-in only `csrf`; in the middle of it what Cognito wants next."""

    csrf: str
    token: str | None = None
    username: str | None = None
    challenge: str | None = None
    challenge_session: str | None = None


class Sessions(Protocol):
    """Sessions by the cookie's value, which nobody can read out of the store."""

    async def get(self, cookie: str) -> Session | None: ...

    async def keep(self, cookie: str, session: Session, *, until: datetime) -> None: ...

    async def end(self, cookie: str) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """Who a valid token is of."""

    reviewer: Reviewer
    email: str
    groups: frozenset[str]
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenge:
    """What Cognito asks before it lets somebody in: `kind` is its word for it."""

    kind: str
    username: str
    session: str


class NotLetIn(Exception):
    """`reason`: `wrong` (e-mail address, password or code), `password` (the new one is too weak), `again` (it took too
    long; from the beginning), `unsupported` (a challenge that the desk has no page for)."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class BadToken(Exception):
    """Expired, of another pool or client, or not signed by the pool."""


class Door(Protocol):
    """The user pool."""

    async def sign_in(self, username: str, password: str) -> str | Challenge:
        """The id token, or what has to be done first. Raises NotLetIn."""
        ...

    async def respond(self, challenge: Challenge, answer: str) -> str | Challenge: ...

    async def member(self, token: str) -> Member:
        """Raises BadToken."""
        ...
