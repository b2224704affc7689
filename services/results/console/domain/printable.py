"""Shows text that came from anywhere as what it is: nothing in it is invisible, or turns its reader's eyes."""

import json
import unicodedata
from typing import Final

SHOWN: Final = 20_000
"""Characters; a message may have a million."""
DEEP: Final = 20
"""Objects and lists within each other that are still laid out: each line is indented by as many, so that a message of
nothing but brackets would come to hundreds of times its size."""
UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Unicode's categories of what leaves no mark: controls, formats (directions among them), and no characters at all."""


def printable(text: str) -> str:
    """The text with escapes (`\\u202e`) in the place of what can't be seen; lines and tabs stay."""
    return "".join(one if one in "\n\t" or unicodedata.category(one) not in UNSEEN else _escape(one) for one in text)


def body(text: str) -> tuple[str, bool]:
    """A message's body, JSON with a line for each field, and whether that is all of it."""
    if len(text) > SHOWN:
        return printable(text[:SHOWN]), False
    laid_out = _laid_out(text)
    return printable(laid_out[:SHOWN]), len(laid_out) <= SHOWN


def _laid_out(text: str) -> str:
    try:
        read = json.loads(text)
    except (ValueError, RecursionError):
        return text  # that it is no JSON may be why it is here
    return json.dumps(read, indent=2, ensure_ascii=False) if _depth(read) <= DEEP else text


def _depth(read: object) -> int:
    """Of what is in what; no further than DEEP + 1."""
    within, depth = [read], 0
    while depth <= DEEP and (parents := [one for one in within if isinstance(one, dict | list)]):
        within = [one for parent in parents for one in (parent.values() if isinstance(parent, dict) else parent)]
        depth += 1
    return depth


def _escape(one: str) -> str:
    code = ord(one)
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
