"""Reads what somebody wants to turn over HTTP: `{"held": true, "max_jobs": 3}`."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from gavel_emulator.control import ControlError


@dataclass(frozen=True, slots=True)
class Turn:
    """How a setting is read (raising TypeError or ValueError), and the knob that it turns."""

    read: Callable[[Any], Any]
    knob: str


def read_turns(given: Mapping[str, Any], known: Mapping[str, Turn]) -> dict[str, Any]:
    """The knobs with their new values. Raises ControlError."""
    unknown = [name for name in given if name not in known]
    if unknown:
        raise ControlError(400, f"unknown setting {unknown[0]}; known are {', '.join(known)}")
    changes: dict[str, Any] = {}
    for name, value in given.items():
        turn = known[name]
        try:
            changes[turn.knob] = turn.read(value)
        except (TypeError, ValueError) as problem:
            raise ControlError(400, f"{name} must be {MEANINGS[turn.read]}") from problem
    return changes


def whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError
    return value


def number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or value < 0:
        raise ValueError
    return float(value)


def seconds(value: Any) -> float:
    """From milliseconds."""
    return number(value) / 1000


def flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError
    return value


MEANINGS: Mapping[Callable[[Any], Any], str] = {
    whole: "a whole number, 0 or more",
    number: "a number, 0 or more",
    seconds: "a number, 0 or more",
    flag: "true or false",
}
