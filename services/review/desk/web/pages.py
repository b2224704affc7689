"""Renders the desk's own pages. Everything is escaped; nothing in a page runs but the desk's one script."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Final

import jinja2
from aiohttp import web

from services.review.desk.web.desk import desk_of
from shared.declines import DeclineReason
from shared.signin.visits import SIGN_IN_PAGES, VISIT, WORDS

FOLDER: Final = Path(__file__).parent.parent / "pages"

NOTICES: Final[Mapping[str, tuple[str, str]]] = {
    "answered": ("good", "Thank you: your answer is in."),
    "released": ("plain", "You gave the task back. Somebody else can take it now."),
    "declined": ("plain", "You declined the task. You won't be asked about it again."),
    "taken": ("warn", "Somebody else has just taken that task."),
    "over": ("warn", "That task is over already: it was answered, stopped, or nobody came in time."),
    "stopping": ("warn", "That task is being stopped, so nobody can take it any more."),
    "already": ("plain", "You have answered that task already; your first answer counts."),
    "not-held": ("warn", "Your time for that task was over, so it went back to the pool. You can take it again."),
    "excluded": ("warn", "You have judged this item before. Another person has to this time."),
    "unshowable": ("warn", "That task can't be shown: something is wrong with its page. It was ended with the reason."),
    "nothing": ("plain", "Nothing is waiting for you right now."),
    "signed-out": ("plain", "You are signed out."),
    "comfort": ("good", "Saved. It counts from the next task on."),
}
SIGN_IN_PROBLEMS: Final[Mapping[str, str]] = {
    **WORDS,
    "unsupported": "Your account wants a way of signing in that this desk doesn't have. Ask whoever invited you.",
    "team": "You are signed in, but in no team that reviews here. Ask whoever invited you to add you to one.",
}
DECLINE_REASONS: Final[Mapping[DeclineReason, str]] = {
    DeclineReason.TOO_MUCH: "It is too much for me",
    DeclineReason.KNOWS_SOMEBODY: "I know somebody in it",
    DeclineReason.CANNOT_JUDGE: "I can't judge it",
    DeclineReason.DOES_NOT_LOAD: "It doesn't load",
}
PROBLEMS: Final[Mapping[str, tuple[str, str]]] = {
    "not-found": ("There is no such page", "Perhaps the task is over, or it belongs to another team."),
    "forged": ("That didn't come from this page", "Go back, load the page anew, and try once more. Nothing was done."),
    "unavailable": ("The desk can't do that right now", "Nothing of yours is lost. Try again in a moment."),
    "too-large": ("That is too much", "What was sent is larger than any answer can be."),
}


def page(request: web.Request, name: str, *, status: int = 200, **values: object) -> web.Response:
    visit, desk = request.get(VISIT), desk_of(request)
    notice = NOTICES.get(request.query.get("notice", ""))
    html = (
        _environment()
        .get_template(name)
        .render(
            visit=visit,
            member=visit.member if visit else None,
            csrf=visit.session.csrf if visit else "",
            notice=notice,
            now=desk.clock(),
            path=request.path,
            **values,
        )
    )
    return web.Response(text=html, content_type="text/html", charset="utf-8", status=status)


def part(name: str, **values: object) -> str:
    """A piece of a page, for its script to put in the place of the one that is there."""
    return _environment().get_template(name).render(**values)


def problem(request: web.Request, which: str, status: int) -> web.Response:
    title, text = PROBLEMS[which]
    return page(request, "problem.html", status=status, title=title, text=text)


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader([FOLDER, SIGN_IN_PAGES]),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
    )
    environment.globals |= {"root": "", "sign_in_heading": "Sign in", "invited": "Reviewers"}
    environment.filters |= {"span": span, "seconds": seconds, "clock": clock}
    return environment


def span(length: timedelta) -> str:
    """A length of time in its largest unit: `45 s`, `12 min`, `3 h`, `2 d`."""
    total = max(int(length.total_seconds()), 0)
    for size, unit in ((86_400, "d"), (3600, "h"), (60, "min")):
        if total >= size:
            return f"{total // size} {unit}"
    return f"{total} s"


def seconds(value: float | None) -> str:
    if value is None:
        return "—"
    return f"{value:.0f} s" if value < 90 else f"{value / 60:.1f} min"


def clock(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"
