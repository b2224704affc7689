"""Renders the console's pages. Everything is escaped; nothing in a page runs but the console's own scripts."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Final

import jinja2
from aiohttp import web

from services.results.api.domain.callers import Caller, Permission
from services.results.console.domain.operators import Operator, grants
from services.results.console.ports import CONSOLE, ROOT, Console
from shared.policy.words import in_words
from shared.signin.visits import SIGN_IN_PAGES, VISIT, WORDS, member_of, visit_of
from shared.timecode import timecode

FOLDER: Final = Path(__file__).parent.parent / "pages"

NAVIGATION: Final = (
    ("/", "Overview"),
    ("/items", "Items"),
    ("/policies", "Policies"),
    ("/reviewers", "Reviewers"),
    ("/quarantine", "Quarantine"),
)
"""Where the pages' heads lead to, by path below the console's root."""
NOTICES: Final[Mapping[str, tuple[str, str]]] = {
    "signed-out": ("plain", "You are signed out."),
    "redriven": ("good", "Sent again. An item leaves this list when it moves on, what never became one at once."),
    "discarded": ("good", "Discarded. Its record and its message stay."),
    "no-id": ("warn", "That is no media id: they have 26 characters of a-z and 2-7."),
}
"""What a page says once, by the word in its address: its tone (good, plain, warn) and its text."""
SIGN_IN_PROBLEMS: Final[Mapping[str, str]] = {
    **WORDS,
    "unsupported": "Your account wants a way of signing in that the console doesn't have. Ask whoever invited you.",
    "team": "You are signed in, but in no group that may use the console. Ask whoever runs this stack for one.",
}
PROBLEMS: Final[Mapping[str, tuple[str, str]]] = {
    "not-found": ("There is no such page", "Perhaps the item is another tenant's, or its address is cut off."),
    "not-yours": ("That isn't for your group", "Ask whoever runs this stack for the right to see or do this."),
    "forged": ("That didn't come from this page", "Go back, load the page anew, and try once more. Nothing was done."),
    "unavailable": (
        "That can't be done right now",
        "Something that the console asks doesn't answer. Try again in a moment.",
    ),
    "too-large": ("That is too much", "What was sent is larger than any form of the console."),
}


def console_of(request: web.Request) -> Console:
    return request.app[CONSOLE]


def operator_of(request: web.Request) -> Operator:
    """Who is signed in, with what their groups allow."""
    member = member_of(request)
    return Operator(
        pseudonym=member.pseudonym,
        email=member.email,
        grants=grants(visit_of(request).groups, console_of(request).groups),
    )


def permitted(request: web.Request, permission: Permission) -> Caller:
    """The operator as a caller of the API who may do this, for some tenants. Raises HTTPForbidden for whom there are
    none."""
    caller = operator_of(request).as_caller(permission)
    if not caller.permissions:
        raise web.HTTPForbidden
    return caller


def places(operator: Operator) -> list[tuple[str, str]]:
    """Where the head leads an operator: to no page that would be refused."""
    closed = set[str]()
    if not operator.as_caller(Permission.OPERATE).tenants:
        closed.add("/quarantine")
    if not operator.sees_everything:
        closed.add("/reviewers")
    return [place for place in NAVIGATION if place[0] not in closed]


def page(request: web.Request, name: str, *, status: int = 200, **values: object) -> web.Response:
    visit = request.get(VISIT)
    operator = operator_of(request) if visit and visit.member else None
    html = (
        environment()
        .get_template(name)
        .render(
            navigation=places(operator) if operator else [],
            path=request.path.removeprefix(ROOT),
            operator=operator,
            csrf=visit.session.csrf if visit else "",
            notice=NOTICES.get(request.query.get("notice", "")),
            now=console_of(request).clock(),
            **values,
        )
    )
    return web.Response(text=html, content_type="text/html", charset="utf-8", status=status)


def problem(request: web.Request, which: str, status: int) -> web.Response:
    title, text = PROBLEMS[which]
    return page(request, "problem.html", status=status, title=title, text=text)


@cache
def environment() -> jinja2.Environment:
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader([FOLDER, SIGN_IN_PAGES]),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals |= {"root": ROOT, "sign_in_heading": "Sign in to the console", "invited": "Operators"}
    made.filters |= {
        "in_words": in_words,
        "timecode": timecode,
        "instant": instant,
        "length_of": length,
        "share": share,
        "number": number,
        "date": date,
    }
    return made


def instant(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S}"


def date(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M}"


def length(value: timedelta | float | None) -> str:
    """A length of time in three digits: `420 ms`, `4.2 s`, `12 min`, `3.5 h`, `2.1 d`; an em dash for none."""
    if value is None:
        return "—"
    seconds = value.total_seconds() if isinstance(value, timedelta) else value
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s")):
        if abs(seconds) >= size - size / 120:  # what would be told as 60 of the next smaller unit
            told = seconds / size
            return f"{told:.1f} {unit}" if abs(told) < 10 and unit != "min" else f"{told:.0f} {unit}"
    return f"{seconds * 1000:.0f} ms"


def share(value: float | None) -> str:
    """`0.0123` is `1.2 %`."""
    return "—" if value is None else f"{value * 100:.1f} %"


def number(value: float | None) -> str:
    return "—" if value is None else f"{value:,.0f}" if value == int(value) else f"{value:,.2f}"
