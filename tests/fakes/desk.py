"""A desk in memory: its own pages, with whatever tasks and notes a test wants to see on them."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final

from services.review.desk.domain.loops import FailureCode, Refusal, Refused, Reviewer
from services.review.desk.domain.waiting import Count
from services.review.desk.domain.work import Comfort, Exposure, Given
from services.review.desk.ports import Task
from services.review.desk.web.desk import Desk
from shared.clock import utc_now
from shared.declines import DeclineReason
from shared.signin.ports import BadToken, Challenge, Member, NotLetIn, Session
from shared.verification.port import Verified
from shared.verification.sets import Part, VerificationSet
from tests.fakes.verified import MemoryVerified

GROUP: Final = "gavel-test-moderators"
COOKIE: Final = "the-only-cookie"
CSRF: Final = "csrf"
WRONG: Final = "wrong"
EXPIRED: Final = "expired"
ANOTHER: Final = "another"
ISSUER: Final = "https://cognito.example/pool"


class OpenDoor:
    """Lets everybody in as one and the same reviewer, whose token is their group; `ANOTHER` is the token of another."""

    async def sign_in(self, username: str, password: str) -> str | Challenge:
        if password == WRONG:
            raise NotLetIn("wrong")
        return GROUP

    async def respond(self, challenge: Challenge, answer: str) -> str | Challenge:
        return GROUP

    async def member(self, token: str) -> Member:
        if token == EXPIRED:
            raise BadToken("ExpiredSignatureError")
        until = utc_now() + timedelta(hours=1)
        if token == ANOTHER:
            return _member(ANOTHER, GROUP, until)
        return _member("somebody", token, until)


def _member(subject: str, group: str, until: datetime) -> Member:
    return Member(
        issuer=ISSUER, subject=subject, email=f"{subject}@example.com", groups=frozenset({group}), until=until
    )


@dataclass
class MemorySessions:
    """`COOKIE` is signed in already."""

    kept: dict[str, Session] = field(default_factory=lambda: {COOKIE: Session(csrf=CSRF, token=GROUP)})

    async def get(self, cookie: str) -> Session | None:
        return self.kept.get(cookie)

    async def keep(self, cookie: str, session: Session, *, until: datetime) -> None:
        self.kept[cookie] = session

    async def end(self, cookie: str) -> None:
        self.kept.pop(cookie, None)


@dataclass
class MemoryTasks:
    """`tasks` are in the order that they are listed in; one page is everybody's. Answers are refused with `refusal`."""

    template: str = "<crowd-form></crowd-form>"
    task_input: Mapping[str, Any] = field(default_factory=dict)
    tasks: dict[str, Task] = field(default_factory=dict)
    behind: int = 0
    failed: dict[str, tuple[FailureCode, str]] = field(default_factory=dict)
    refusal: Refusal | None = None

    async def by_urgency(self, groups: Sequence[str], worker: str) -> AsyncIterator[Task]:
        for task in list(self.tasks.values()):
            if task.group in groups:
                yield task

    async def count(self, groups: Sequence[str]) -> Count:
        return Count(number=len(self.tasks) + self.behind)

    async def get(self, name: str, worker: str) -> Task | None:
        return self.tasks.get(name)

    async def claim(self, name: str, worker: str) -> Task:
        now = utc_now()
        held = replace(self.tasks[name], free=0, accepted_at=now, held_until=now + timedelta(minutes=30))
        self.tasks[name] = held
        return held

    async def release(self, name: str, worker: str) -> None:
        self.tasks[name] = replace(self.tasks[name], free=1, accepted_at=None, held_until=None)

    async def answer(self, name: str, reviewer: Reviewer, content: dict[str, Any]) -> Task:
        if self.refusal is not None:
            raise Refused(self.refusal)
        return replace(self.tasks.pop(name), given=content, answered_at=utc_now())

    async def fail(self, name: str, code: FailureCode, reason: str) -> None:
        self.failed[name] = (code, reason)
        del self.tasks[name]

    async def page(self, name: str) -> tuple[str, Mapping[str, Any]]:
        return self.template, self.task_input


@dataclass
class MemoryNotebook:
    given_before: list[Given] = field(default_factory=list)
    declined: dict[str, DeclineReason] = field(default_factory=dict)
    drafts: dict[str, str] = field(default_factory=dict)
    held: tuple[str, ...] = ()
    shown: Comfort = field(default_factory=Comfort)
    seen: Exposure = field(default_factory=Exposure)

    async def given(self, worker: str, *, day: str | None = None, limit: int = 50) -> list[Given]:
        return [each for each in self.given_before if day in (None, f"{each.at:%Y-%m-%d}")][:limit]

    async def keep_given(self, worker: str, given: Given) -> None:
        self.given_before.insert(0, given)

    async def barred(self, worker: str, loops: Sequence[str]) -> set[str]:
        return set(loops) & set(self.declined)

    async def decline(self, worker: str, loop: str, reason: DeclineReason, at: datetime) -> None:
        self.declined[loop] = reason

    async def holding(self, worker: str) -> tuple[str, ...]:
        return self.held

    async def keep_holding(self, worker: str, loops: Sequence[str]) -> None:
        self.held = tuple(loops)

    async def draft(self, worker: str, loop: str) -> str | None:
        return self.drafts.get(loop)

    async def keep_draft(self, worker: str, loop: str, content: str | None, at: datetime) -> None:
        self.drafts[loop] = content or ""

    async def comfort(self, worker: str) -> Comfort:
        return self.shown

    async def keep_comfort(self, worker: str, comfort: Comfort) -> None:
        self.shown = comfort

    async def exposure(self, worker: str) -> Exposure:
        return self.seen

    async def keep_exposure(self, worker: str, exposure: Exposure) -> None:
        self.seen = exposure


@dataclass
class Media:
    """Everything is shown from `origin`, where a test serves it."""

    origin: str = "https://media.example"

    def grant(self, uri: str, version: str | None = None) -> str:
        of = f"?versionId={version}" if version else ""
        return f"{self.origin}/media/{uri.removeprefix('s3://')}{of}"

    def origins(self) -> list[str]:
        return [self.origin]


@dataclass
class MemoryParts:
    """By tenant, set and number."""

    kept: dict[tuple[str, str, int], Part] = field(default_factory=dict)

    async def part(self, set_: VerificationSet, number: int) -> Part:
        return self.kept[set_.tenant, set_.name, number]


def memory_desk(
    tasks: MemoryTasks,
    notebook: MemoryNotebook,
    media: Media,
    sessions: MemorySessions,
    verified: Verified | None = None,
    parts: MemoryParts | None = None,
) -> Desk:
    return Desk(
        tasks=tasks,
        notebook=notebook,
        sessions=sessions,
        door=OpenDoor(),
        media=media,
        verified=verified or MemoryVerified(),
        parts=parts or MemoryParts(),
        groups=frozenset({GROUP}),
        break_after=40,
        break_s=600,
        is_secure=False,
        clock=utc_now,
    )
