"""What the pages work with, and what they know of one request."""

from dataclasses import dataclass
from typing import Any, Final, Protocol

from aiohttp import web

from services.review.desk.ports import Door, Member, Notebook, Session, Sessions, Tasks
from shared.clock import Clock

COOKIE: Final = "gavel_desk"


class Media(Protocol):
    def grant(self, uri: str) -> str: ...

    def origins(self) -> list[str]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """`groups` are those whose members may work here. `is_secure`: browsers come over https."""

    tasks: Tasks
    notebook: Notebook
    sessions: Sessions
    door: Door
    media: Media
    groups: frozenset[str]
    break_after: int
    break_s: int
    is_secure: bool
    clock: Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """The browser's session, new ones included, and who is signed in with it."""

    cookie: str
    session: Session
    member: Member | None
    groups: tuple[str, ...] = ()


DESK: Final = web.AppKey("desk", Desk)
VISIT: Final = web.RequestKey("visit", Visit)


def desk_of(request: web.Request) -> Desk:
    return request.app[DESK]


def visit_of(request: web.Request) -> Visit:
    return request[VISIT]


def member_of(request: web.Request) -> Member:
    """Who is signed in; the middleware lets nobody else come this far."""
    member = visit_of(request).member
    if member is None:
        raise web.HTTPForbidden
    return member


def wants_json(request: web.Request) -> bool:
    """Asked by the page's script, not by a form."""
    return "application/json" in request.headers.get("Accept", "")


async def form_of(request: web.Request) -> dict[str, str]:
    """The form's fields; files aren't any."""
    fields: Any = await request.post()
    return {name: value for name, value in fields.items() if isinstance(value, str)}
