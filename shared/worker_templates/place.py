"""Where in a half-written HTML page the next text will stand.

Escaping text for HTML is enough where a value stands alone. A2I's own templates go further: they build lists in
attributes, `categories='[{ name: "{{ label.name }}" }]'`, where the browser takes the HTML escapes away before the
list is read, so that a quote in a name would end the string early. Knowing the place, the renderer escapes for both.
"""

import html
import re
from dataclasses import dataclass
from typing import Final

_CONSTRUCT: Final = re.compile(r"<!--|<(?P<tag>[A-Za-z][^\s/>]*)")
_ATTRIBUTE: Final = re.compile(r"""[\s/]*(?P<name>[^\s=>/]+)(?:\s*=\s*(?P<value>"[^"]*"|'[^']*'|[^\s"'>][^\s>]*)?)?""")
_RAW_TEXT: Final = frozenset({"script", "style", "textarea", "title"})
"""Elements whose content has no tags in it (HTML standard, "raw text" and "escapable raw text")."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """`quote` is what the attribute's value began with, "" outside of attributes and for a value without quotes, which
    is `bare`; `value` is the attribute's value so far."""

    quote: str = ""
    value: str = ""
    bare: bool = False


TEXT: Final = Place()


def place(page: str, since: int) -> tuple[Place, int]:
    """Where the page ends, read from `since` on, which must be outside of every tag; and where to read on next time."""
    at = since
    while found := _CONSTRUCT.search(page, at):
        here, end = (TEXT, _after(page, "-->", found.end())) if found["tag"] is None else _tag(page, found)
        if end is None:
            return here, found.start()
        at = end
    return TEXT, at


def open_string(value: str) -> str:
    """The quote of the string that is open at the end of a list written in an attribute; "" when there is none."""
    text = html.unescape(value)
    if not text.lstrip().startswith(("[", "{")):
        return ""
    quote, is_escaped = "", False
    for character in text:
        if is_escaped:
            is_escaped = False
        elif quote and character == "\\":
            is_escaped = True
        elif character == quote:
            quote = ""
        elif not quote and character in "\"'":
            quote = character
    return quote


def _tag(page: str, opening: re.Match[str]) -> tuple[Place, int | None]:
    """Where the page ends when that is in this tag, and else where the tag ends, with what it holds if that is raw."""
    at = opening.end()
    while found := _ATTRIBUTE.match(page, at):
        at = found.end()
        if "=" not in found[0]:
            continue
        if found["value"] is None and page[at : at + 1] in {'"', "'"}:
            return Place(quote=page[at], value=page[at + 1 :]), None
        if at == len(page) and not (found["value"] or "").startswith(('"', "'")):
            return Place(value=found["value"] or "", bare=True), None
    end = _after(page, ">", at)
    if end is not None and opening["tag"].lower() in _RAW_TEXT:
        closing = re.compile(rf"</{opening['tag']}\b", re.IGNORECASE).search(page, end)
        return TEXT, closing.end() if closing else None
    return TEXT, end


def _after(page: str, mark: str, at: int) -> int | None:
    found = page.find(mark, at)
    return found + len(mark) if found >= 0 else None
