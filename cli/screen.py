"""How the command line speaks: tables and colours for people, JSON for scripts, exit codes for both."""

from enum import IntEnum
from typing import Any

import msgspec
from rich.console import Console

from shared.contracts.words import Status

out = Console()
err = Console(stderr=True)

COLOURS = {
    "approve": "green",
    "restrict": "yellow",
    "reject": "red",
    "escalate": "magenta",
    Status.REVIEWING: "magenta",
    Status.APPEALED: "magenta",
    Status.QUARANTINED: "red",
    Status.DISCARDED: "dim",
}


class Exit(IntEnum):
    """What scripts can rely on."""

    OK = 0
    FAILED = 1
    USAGE = 2
    QUARANTINED = 3
    TIMED_OUT = 4
    NOT_FOUND = 5


def coloured(word: str | None) -> str:
    if word is None:
        return "[dim]—[/]"
    colour = COLOURS.get(word)
    return f"[{colour}]{word}[/]" if colour else str(word)


def duration(seconds: float) -> str:
    """In the unit that says it shortest."""
    for limit, divisor, unit in ((0.9995, 0.001, "ms"), (120, 1, "s"), (7200, 60, "min"), (172_800, 3600, "h")):
        if seconds < limit:
            return f"{seconds / divisor:,.0f} {unit}" if unit != "s" else f"{seconds:,.1f} s"
    return f"{seconds / 86_400:,.1f} days"


def print_json(value: Any) -> None:
    """One JSON document on standard output, times as ISO 8601."""
    print(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())
