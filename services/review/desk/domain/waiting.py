"""Which open loops are the most urgent, found without reading them all.

Severity × age grows for each loop at its own rate, so no index can hold that order. But among loops whose severities
are within a factor of two, one octave (16 to 31, 32 to 63, …), who has waited longest is nearly first. So each octave
is read by age, a page at a time, and reading stops where the rest can't be more urgent than what was found: the order
is exact, and what is read depends on how many are wanted, hardly on how many wait.
"""

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from math import inf
from typing import Final

from services.review.desk.domain.work import urgency

MOST_SEVERE: Final = 100
OCTAVES: Final = range(1, MOST_SEVERE.bit_length() + 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """An open loop, as far as the index knows it."""

    name: str
    severity: int
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """The open loops of one team within one octave of severity."""

    group: str
    octave: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """The next of a shelf, the oldest first; `after` is where to read on, None at the shelf's end."""

    loops: Sequence[Waiting]
    after: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """How many wait; `is_more` when they were too many to be counted."""

    number: int
    is_more: bool = False


def octave(severity: int) -> int:
    """What has no severity counts as the mildest, as in `urgency`."""
    return min(max(severity, 1), MOST_SEVERE).bit_length()


def shelves(group: str) -> tuple[Shelf, ...]:
    return tuple(Shelf(group=group, octave=each) for each in OCTAVES)


@dataclass(order=True, slots=True)
class _Found:
    rank: float
    loop: Waiting = field(compare=False)


class MostUrgent:
    """What was read of some shelves, and what that says about the order of all that stands on them."""

    def __init__(self, shelves: Sequence[Shelf], now: datetime) -> None:
        self._now = now
        self._ceilings = dict.fromkeys(shelves, inf)
        """How urgent what is left of a shelf can be at the most."""
        self._found: list[_Found] = []

    def take(self, shelf: Shelf, page: Page) -> None:
        self._ceilings[shelf] = 0
        if page.after is not None and page.loops:
            severest = min((1 << shelf.octave) - 1, MOST_SEVERE)
            self._ceilings[shelf] = urgency(severest, page.loops[-1].created_at, self._now)
        for loop in page.loops:
            heapq.heappush(self._found, _Found(-urgency(loop.severity, loop.created_at, self._now), loop))

    def unread(self) -> Shelf | None:
        """The shelf to read on from; None when all were read."""
        shelf = max(self._ceilings, key=self._ceilings.__getitem__, default=None)
        return shelf if shelf and self._ceilings[shelf] else None

    def certain(self) -> Iterator[Waiting]:
        """The next in the order, as far as nothing unread can come before them; each is given once."""
        ceiling = max(self._ceilings.values(), default=0)
        while self._found and -self._found[0].rank >= ceiling:
            yield heapq.heappop(self._found).loop

    def rest(self) -> Iterator[Waiting]:
        """All that were read and not given yet, whatever is unread."""
        while self._found:
            yield heapq.heappop(self._found).loop
