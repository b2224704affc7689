"""Videos as Rekognition could tell of them: what was found, frame by frame."""

from collections.abc import Iterable

import msgspec
from hypothesis import strategies as st

from shared.contracts.frames import FrameFinding
from shared.contracts.messages import ContentType, Finding
from tests.unit.policy.strategies import confidences, content_types, finding, labels, with_ancestors

HOUR_MS = 3_600_000


def frame(at_ms: int, *found: Finding, types: tuple[ContentType, ...] = ()) -> tuple[FrameFinding, ...]:
    """One frame, in which each label's ancestors are listed too."""
    return tuple(
        FrameFinding(finding=msgspec.structs.replace(each, timestamp_ms=at_ms), content_types=types)
        for each in with_ancestors(*found)
    )


def seen(label: str, *sights: tuple[int, float]) -> tuple[FrameFinding, ...]:
    """One label in several frames, each as (ms, confidence)."""
    return tuple(each for at_ms, confidence in sights for each in frame(at_ms, finding(label, confidence)))


def every(step_ms: int, start_ms: int, end_ms: int, label: str, confidence: float) -> tuple[FrameFinding, ...]:
    """One label in every frame from start to end, both included."""
    return seen(label, *((at_ms, confidence) for at_ms in range(start_ms, end_ms + 1, step_ms)))


def times_of(found: Iterable[FrameFinding]) -> set[tuple[str, int]]:
    return {(each.finding.label, each.finding.timestamp_ms or 0) for each in found}


_frames = st.builds(
    lambda at, found, types: frame(at * 500, *found, types=types),
    st.integers(0, 40),
    st.lists(st.builds(finding, labels, confidences), min_size=1, max_size=3),
    content_types,
)
footage = st.lists(_frames, max_size=8).map(lambda frames: tuple(each for one in frames for each in one))
"""All findings of a video of twenty seconds."""
