"""What waits for people: how much, how long, and how much of it is late."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.ledger.record import Summary


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """`target` is the policy's for a ruling, None where it has none."""

    item: Summary
    waiting: timedelta
    target: timedelta | None

    @property
    def is_late(self) -> bool:
        return self.target is not None and self.waiting > self.target


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """`cases` have waited longest first; `is_all` is False where there are more than were looked at."""

    cases: Sequence[Case]
    is_all: bool

    @property
    def late(self) -> int:
        return sum(case.is_late for case in self.cases)

    @property
    def oldest(self) -> timedelta | None:
        return max((case.waiting for case in self.cases), default=None)

    @property
    def in_time(self) -> float | None:
        """The share of those with a target that are still within it."""
        targeted = [case for case in self.cases if case.target is not None]
        return sum(not case.is_late for case in targeted) / len(targeted) if targeted else None


def case(item: Summary, target_s: int | None, now: datetime) -> Case:
    """An item waits from when it came to people on, which is when it was last moved."""
    target = None if target_s is None else timedelta(seconds=target_s)
    return Case(item=item, waiting=max(now - item.updated_at, timedelta()), target=target)
