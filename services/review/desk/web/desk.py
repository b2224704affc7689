"""What the pages work with."""

from dataclasses import dataclass
from typing import Final, Protocol

from aiohttp import web

from services.review.desk.domain.loops import Reviewer
from services.review.desk.ports import Notebook, Tasks
from shared.clock import Clock
from shared.signin.ports import Door, Sessions
from shared.signin.visits import member_of
from shared.verification.port import Verified
from shared.verification.sets import Part, VerificationSet

COOKIE: Final = "gavel_desk"


class Media(Protocol):
    def grant(self, uri: str, version: str | None = None) -> str: ...

    def origins(self) -> list[str]: ...


class Parts(Protocol):
    async def part(self, set_: VerificationSet, number: int) -> Part:
        """Images of a set that people verify, PART of them at the most. Raises Transient while it isn't there."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """`groups` are those whose members may work here. `is_secure`: browsers come over https."""

    tasks: Tasks
    notebook: Notebook
    sessions: Sessions
    door: Door
    media: Media
    verified: Verified
    parts: Parts
    groups: frozenset[str]
    break_after: int
    break_s: int
    is_secure: bool
    clock: Clock


DESK: Final = web.AppKey("desk", Desk)


def desk_of(request: web.Request) -> Desk:
    return request.app[DESK]


def reviewer_of(request: web.Request) -> Reviewer:
    """Who is signed in."""
    member = member_of(request)
    return Reviewer(issuer=member.issuer, subject=member.subject)
