"""What a reviewer's day is made of: the order of tasks, numbers, and when to take a break."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from statistics import median

import msgspec

from shared.identity import parse_loop_name


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """One answer of mine, as my own list shows it."""

    loop: str
    title: str
    kind: str
    content: str
    spent_s: float
    at: datetime


class Comfort(msgspec.Struct, frozen=True, kw_only=True):
    """How a reviewer wants media shown at first; whatever it is, a click shows it as it is."""

    blur: bool = True
    greyscale: bool = True


class Exposure(msgspec.Struct, frozen=True, kw_only=True):
    """How many items a reviewer has opened today, and since the last break."""

    day: str = ""
    today: int = 0
    since_break: int = 0
    last_at: datetime | None = None


class Numbers(msgspec.Struct, frozen=True, kw_only=True):
    """`median_s` is None as long as nothing was answered."""

    answered: int
    median_s: float | None


def urgency(severity: int, created_at: datetime, now: datetime) -> float:
    """Severity × age. What has no severity counts as the mildest; what is new isn't worth nothing."""
    age_minutes = max((now - created_at).total_seconds(), 0) / 60
    return max(severity, 1) * (1 + age_minutes)


def earlier_rounds(loop: str) -> list[str]:
    """The names of the loops that the item had before this one: only the round tells them apart."""
    parsed = parse_loop_name(loop)
    stem = loop.rpartition("-r")[0]
    return [f"{stem}-r{round_}" for round_ in range(1, parsed[1])] if parsed else []


def exposed(before: Exposure, now: datetime, *, break_s: int) -> Exposure:
    """One more item opened; a pause of `break_s` was a break."""
    day = f"{now:%Y-%m-%d}"
    paused = before.last_at is None or now - before.last_at >= timedelta(seconds=break_s)
    return Exposure(
        day=day,
        today=(before.today if before.day == day else 0) + 1,
        since_break=(0 if paused else before.since_break) + 1,
        last_at=now,
    )


def is_break_due(exposure: Exposure, now: datetime, *, break_after: int, break_s: int) -> bool:
    rested = exposure.last_at is None or now - exposure.last_at >= timedelta(seconds=break_s)
    return not rested and exposure.since_break >= break_after


def numbers(given: Iterable[Given]) -> Numbers:
    spent = [each.spent_s for each in given]
    return Numbers(answered=len(spent), median_s=median(spent) if spent else None)
