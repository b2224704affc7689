"""Shows text that came from anywhere as what it is: nothing in it is invisible, or turns its reader's eyes."""

import json
import unicodedata
from typing import Final

SHOWN: Final = 20_000
"""Characters; a message may have a million."""
UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Unicode's categories of what leaves no mark: controls, formats (directions among them), and no characters at all."""


def printable(text: str) -> str:
    """The text with escapes (`\\u202e`) in the place of what can't be seen; lines and tabs stay."""
    return "".join(one if one in "\n\t" or unicodedata.category(one) not in UNSEEN else _escape(one) for one in text)


def body(text: str) -> tuple[str, bool]:
    """A message's body, JSON with a line for each field, and whether that is all of it."""
    laid_out = _laid_out(text)
    return printable(laid_out[:SHOWN]), len(laid_out) <= SHOWN


def _laid_out(text: str) -> str:
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return text  # that it is no JSON may be why it is here


def _escape(one: str) -> str:
    code = ord(one)
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
