"""The page that a task is worked on, and the policy that shuts it in.

The page runs in a frame of the desk: `<iframe sandbox="allow-scripts allow-forms" src=…>`. Its template was written by
somebody else and shows what was uploaded by anybody, so three walls stand around it:

- **No origin.** Without `allow-same-origin` the page is nobody's: it reads no cookie and no storage of the desk's, and
  calls nothing in its name. The policy says `sandbox` too, for somebody who opens the frame's address by itself.
- **Only the template's own scripts.** Templates are full of inline scripts and handlers, so these must run; but only
  those that stand in the template's source. Scripts carry a nonce that is put there before any value is rendered,
  handlers are allowed by their hash. What a label, a file name or `skip_autoescape` brings into the page has neither.
- **No way out.** No connection, form target, frame, worker, plug-in or font, and images and video only from where the
  tasks' media are, so that a script could send nothing on. Scripts and styles of other hosts load when the desk is set
  up to allow these hosts, and never by default. Inline styles are allowed: without addresses to load from, they only
  look different.

What remains to a hostile template is a wrong answer for its own task, which its author could give anyway.
"""

import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from services.review.desk.rendering.source import check_elements, handler_hashes, with_script
from shared.worker_templates.render import render_source
from shared.worker_templates.source import check_source

SANDBOX: Final = "allow-scripts allow-forms"
"""For the `sandbox` attribute of the frame. Forms, since a browser tells nobody of a submit that it forbids."""
ELEMENTS_URL: Final = "/static/crowd-html-elements.js"
_ORIGIN: Final = re.compile(r"https?://(?:[A-Za-z0-9-]+\.)*[A-Za-z0-9-]+(?::[0-9]{1,5})?")
_HANDLERS: Final = 100
"""A header of some KB; no documented template comes near."""

_BEFORE: Final = (
    '<!doctype html>\n<html lang="en"><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width, initial-scale=1"><title>Task</title>\n'
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """A response: the body, and the value of its `Content-Security-Policy` header. One of them without the other is
    useless, so a page is rendered for every request and never stored."""

    html: str
    content_security_policy: str


def frame(
    template: str,
    task_input: Mapping[str, Any],
    *,
    grant_read_access: Callable[[str], str],
    media_origins: Sequence[str],
    script_origins: Sequence[str] = (),
    elements_url: str = ELEMENTS_URL,
) -> Frame:
    """The page of a task for a frame of the desk. The arguments are those of `render` and `content_security_policy`.

    Raises TemplateProblem, as `render` does, and for a template that uses an element that the desk hasn't or that could
    never be submitted. `elements_url` is where the desk serves `static/crowd-html-elements.js`; it and the folder
    `crowd` beside it need `Access-Control-Allow-Origin: *`, because a page without origin asks for modules.
    """
    check_source(template)
    check_elements(template)
    nonce = secrets.token_hex(16)
    body = render_source(
        with_script(template, elements_url, nonce=nonce), task_input, grant_read_access=grant_read_access
    )
    policy = content_security_policy(
        nonce=nonce,
        handlers=handler_hashes(template),
        media_origins=media_origins,
        script_origins=script_origins,
    )
    return Frame(html=_BEFORE + body, content_security_policy=policy)


def content_security_policy(
    *,
    nonce: str,
    handlers: Sequence[str] = (),
    media_origins: Sequence[str],
    script_origins: Sequence[str] = (),
) -> str:
    """The frame's policy. `handlers` are hash sources; origins are `https://host[:port]`, for media the buckets' own.

    Raises ValueError for what isn't an origin.
    """
    media, scripts = _sources(media_origins), _sources(script_origins)
    run = [f"'nonce-{nonce}'", *scripts]
    if handlers:
        run += ["'unsafe-hashes'", *handlers[:_HANDLERS]]
    directives = {
        "sandbox": [SANDBOX],
        "default-src": ["'none'"],
        "script-src": run,
        "style-src": ["'unsafe-inline'", *scripts],
        "img-src": [*media, "data:"],
        "media-src": media,
        "base-uri": ["'none'"],
        "form-action": ["'none'"],
        "frame-ancestors": ["'self'"],
    }
    return "; ".join(f"{name} {' '.join(values)}".strip() for name, values in directives.items())


def _sources(origins: Sequence[str]) -> list[str]:
    for origin in origins:
        if not _ORIGIN.fullmatch(origin):
            raise ValueError(f"{origin[:100]!r} isn't an origin")
    return list(origins)
