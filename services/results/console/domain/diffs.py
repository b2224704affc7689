"""Two texts line by line, as `diff -u` tells it."""

import difflib
from dataclasses import dataclass
from typing import Final

AROUND: Final = 3
"""Lines that are the same and are told before and behind what isn't."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """`sign` is `+`, `-` or a blank, or `@` where lines were left out; then `text` says where it goes on."""

    sign: str
    text: str


def diff(before: str, after: str) -> list[Line]:
    """Nothing for texts that are the same. Takes long for long texts: not for the event loop."""
    told = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=AROUND)
    return [
        Line(sign="@", text=line.strip("@ ")) if line.startswith("@@") else Line(sign=line[0], text=line[1:])
        # The first two name files.
        for line in list(told)[2:]
    ]
