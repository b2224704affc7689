"""What a web application that people sign in to is made with, and what it knows of one request."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

from aiohttp import web

from shared.clock import Clock
from shared.signin.ports import Door, Member, Session, Sessions
from shared.web import BROKEN


class Page(Protocol):
    def __call__(self, request: web.Request, name: str, *, status: int = 200, **values: object) -> web.Response: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """One application's own way of signing in. `root` is the path that it is served under, empty for all of the host;
    `policy` its pages' content-security policy; `is_secure`: browsers come over https.

    `admitted` gives those of a member's groups that count here: without one nobody is let in. `page` renders the
    application's `sign_in.html` and `challenge.html`, `problem` tells what can't be done: forged, not-found,
    unavailable, too-large; `words` are for the reasons that somebody isn't let in for. `keeps_in_browser`: its scripts
    do, and whoever signs out has it cleared away, of everything that is served under the same host.
    """

    root: str
    cookie: str
    policy: str
    sessions: Sessions
    door: Door
    admitted: Callable[[frozenset[str]], frozenset[str]]
    page: Page
    problem: Callable[[web.Request, str, int], web.Response]
    words: Mapping[str, str]
    is_secure: bool
    clock: Clock
    keeps_in_browser: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """The browser's session, new ones included, and who is signed in with it."""

    cookie: str
    session: Session
    member: Member | None
    groups: tuple[str, ...] = ()


SIGN_IN: Final = web.AppKey("sign-in", SignIn)
SIGN_IN_PAGES: Final = Path(__file__).parent / "pages"
"""Templates of `sign_in.html` and `challenge.html`, to be laid out by the application's own `base.html`. They ask its
environment for `root`, `sign_in_heading`, and `invited`: whom one signs in as."""
VISIT: Final = web.RequestKey("visit", Visit)

WORDS: Final[Mapping[str, str]] = {
    "wrong": "That isn't right. Check your e-mail address and your password; capitals count. "
    "The password of an invitation works for some days only: ask for another one when it is older.",
    "password": "That password is too weak: at least 14 characters, with capitals, small letters and digits.",
    "again": "That took too long. Please sign in again.",
    "reset": "Your password was reset. Ask whoever invited you for a new one.",
    "mismatch": "The two passwords aren't the same.",
}
"""What is the same wherever one signs in; `unsupported` and `team` each application says itself."""


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
    """The form's fields; files aren't any, and a form that can't be read has none, so nobody's token either."""
    try:
        fields: Any = await request.post()
    except BROKEN:
        return {}
    return {name: value for name, value in fields.items() if isinstance(value, str)}
