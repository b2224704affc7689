"""Unites the frames in which a label was seen to segments: stretches of a video."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from shared.contracts.messages import Segment

SEGMENTS_LIMIT: Final = 250
"""What a reviewer can be asked about one by one, and what the ledger and messages have room for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """One finding of one label: `rank` is the band that its confidence is in, counted from the lowest, 1."""

    at_ms: int
    rank: int
    confidence: float
    threshold: float | None = None


def stretches(sights: Iterable[Sight], gap_ms: int) -> Iterator[tuple[Sight, ...]]:
    """The sights of one label in order of time, parted wherever the next is more than `gap_ms` away."""
    current: list[Sight] = []
    for sight in sorted(sights, key=lambda each: each.at_ms):
        if current and sight.at_ms - current[-1].at_ms > gap_ms:
            yield tuple(current)
            current = []
        current.append(sight)
    if current:
        yield tuple(current)


def frames(stretch: Sequence[Sight]) -> int:
    return len({sight.at_ms for sight in stretch})


def duration_ms(stretch: Sequence[Sight]) -> int:
    """From the first frame to the last: a stretch of one frame is 0 long."""
    return stretch[-1].at_ms - stretch[0].at_ms


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """What a segment must be for its band to count."""

    duration_ms: int
    frames: int

    def is_met(self, stretch: Sequence[Sight]) -> bool:
        return duration_ms(stretch) >= self.duration_ms and frames(stretch) >= self.frames


def segment(label: str, parent: str, level: int, stretch: Sequence[Sight]) -> Segment:
    return Segment(
        label=label,
        parent=parent,
        level=level,
        start_ms=stretch[0].at_ms,
        end_ms=stretch[-1].at_ms,
        confidence=max(sight.confidence for sight in stretch),
        frames=frames(stretch),
    )


def united(segments: Iterable[Segment]) -> Segment:
    """Segments of one label as one, from the first one's start to the last one's end."""
    every = sorted(segments, key=lambda each: each.start_ms)
    return Segment(
        label=every[0].label,
        parent=every[0].parent,
        level=every[0].level,
        start_ms=every[0].start_ms,
        end_ms=max(each.end_ms for each in every),
        confidence=max(each.confidence for each in every),
        frames=sum(each.frames for each in every),
    )


def in_time(segments: Iterable[Segment]) -> tuple[Segment, ...]:
    return tuple(sorted(segments, key=lambda each: (each.start_ms, each.end_ms, each.label)))


def joined(segments: Iterable[Segment], gap_ms: int) -> tuple[Segment, ...]:
    """Segments of the same label that are no further apart than `gap_ms`, or overlap, as one; in order of time."""
    return in_time(united(group) for group in groups(segments, gap_ms))


def groups(segments: Iterable[Segment], gap_ms: int) -> Iterator[tuple[Segment, ...]]:
    """What `joined` makes one each."""
    by_label: dict[str, list[Segment]] = {}
    for each in in_time(segments):
        by_label.setdefault(each.label, []).append(each)
    for same in by_label.values():
        current: list[Segment] = []
        end_ms = 0
        for each in same:
            if current and each.start_ms - end_ms > gap_ms:
                yield tuple(current)
                current, end_ms = [], 0
            current.append(each)
            end_ms = max(end_ms, each.end_ms)
        yield tuple(current)


def fitting_gap_ms(segments: Sequence[Segment], gap_ms: int, limit: int = SEGMENTS_LIMIT) -> int:
    """The gap, or the least above it that leaves no more than `limit` segments; each label keeps one all the same."""
    apart = joined(segments, gap_ms)
    gaps = sorted(_gaps(apart))
    too_many = min(len(apart) - limit, len(gaps))
    return gaps[too_many - 1] if too_many > 0 else gap_ms


def _gaps(segments: Iterable[Segment]) -> Iterator[int]:
    """Between segments of one label that don't touch."""
    ends: dict[str, int] = {}
    for each in in_time(segments):
        if each.label in ends:
            yield each.start_ms - ends[each.label]
        ends[each.label] = each.end_ms
