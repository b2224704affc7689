"""A reviewer's own page: answers given, numbers, and how media are shown at first."""

import json
import re
from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

from aiohttp import web

from services.review.desk.domain.work import Comfort, numbers
from services.review.desk.web.desk import desk_of, reviewer_of
from services.review.desk.web.pages import page
from shared.signin.visits import form_of

routes = web.RouteTableDef()

OF_SEGMENTS: Final = {"confirmed": "shown", "absent": "not shown", "other": "something else"}
"""The page for videos asks of each segment, and says it like this."""


@routes.get("/mine")
async def show(request: web.Request) -> web.StreamResponse:
    desk, worker = desk_of(request), reviewer_of(request).worker
    day = f"{desk.clock():%Y-%m-%d}"
    exposure = await desk.notebook.exposure(worker)
    given = await desk.notebook.given(worker)
    return page(
        request,
        "mine.html",
        given=[(each, said(json.loads(each.content))) for each in given],
        numbers=numbers(await desk.notebook.given(worker, day=day, limit=1000)),
        seen_today=exposure.today if exposure.day == day else 0,
        comfort=await desk.notebook.comfort(worker),
    )


@routes.post("/comfort")
async def keep_comfort(request: web.Request) -> web.StreamResponse:
    form = await form_of(request)
    comfort = Comfort(blur="blur" in form, greyscale="greyscale" in form)
    await desk_of(request).notebook.keep_comfort(reviewer_of(request).worker, comfort)
    raise web.HTTPSeeOther("/mine?notice=comfort")


def said(content: Any) -> str:
    """An answer in a few words, whatever shape its template gave it: what was chosen and what was written."""
    words = [word for word in [*_of_segments(content), *_words(content)] if word]
    text = ", ".join(dict.fromkeys(words))
    return text if len(text) <= 200 else f"{text[:199]}…"


def _of_segments(content: Any) -> list[str]:
    """How many of a video's segments got which answer; one by one they say nothing."""
    fields = content.items() if isinstance(content, Mapping) else ()
    chosen = Counter(choice for name, field in fields if _is_segment(name) for choice in _words(field))
    return [
        f"{number} {'segment' if number == 1 else 'segments'} {OF_SEGMENTS.get(choice, choice)}"
        for choice, number in chosen.items()
    ]


def _is_segment(name: str) -> bool:
    return re.fullmatch(r"segment-\w+", name) is not None


def _spaced(name: str) -> str:
    """`noneOfThese` as people write it; a label's name stays as it is."""
    return re.sub(r"(?<=[a-z])([A-Z])", lambda found: f" {found[1].lower()}", name)


def _words(value: Any, name: str = "") -> list[str]:
    match value:
        case True:
            return [_spaced(name)]
        case str():
            return _written(value)
        case Mapping():
            # A single checkbox has nothing to say but that it is ticked: its field's name tells what that means.
            return [
                word
                for key, inner in value.items()
                if not _is_segment(key)
                for word in _words(inner, name if key in {"on", "yes"} and name else str(key))
            ]
        case list():
            return [word for inner in value for word in _words(inner, name)]
        case int() | float() if not isinstance(value, bool):
            return [f"{name} {value}".strip()]
        case _:
            return []


def _written(text: str) -> list[str]:
    """What a reviewer wrote; of a list in a hidden field, as of labels that were added, the labels."""
    try:
        read = json.loads(text) if text.startswith("[") else None
    except (ValueError, RecursionError):
        read = None
    if not isinstance(read, list):
        return [text]
    return [str(each["label"]) for each in read if isinstance(each, Mapping) and "label" in each]
