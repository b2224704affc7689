"""What reviewers of a video are asked about it, and what each said of its segments."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, TypeGuard

from shared.contracts.messages import Evidence, Segment
from shared.ledger.entries import DecisionMade
from shared.policy.model import Policy
from shared.policy.segments import fitting_gap_ms, in_time, joined
from shared.taxonomy.labels import is_known, taxonomy
from shared.timecode import timecode

SEGMENTS_BYTES: Final = 2 * 1024 * 1024
"""Of a loop's input, at most 3 MiB (StartHumanLoop, InputContent); the rest is the same few KB whatever the video."""
ADDED_LIMIT: Final = 200
"""Labels that one reviewer can add; nobody gives that many by hand."""
LATEST_MS: Final = 7 * 3600 * 1000
"""Later than any video that Rekognition reads (six hours)."""


def video_fields(evidence: Evidence, decision: DecisionMade, policy: Policy) -> dict[str, Any]:
    """What the input of a video's loop has beside that of an image's.

    `segments` are the policy's, fewer where they don't fit: then those of one label are united over a wider gap, and
    `condensed` says so, with the gap. None is left out.
    """
    segments, gap_ms = decision.segments, decision.gap_ms or policy.video.gap_ms
    limit = len(segments)
    while limit > 1 and len(_text(_asked(segments)).encode()) > SEGMENTS_BYTES:
        limit //= 2
        gap_ms = fitting_gap_ms(segments, gap_ms, limit)
        segments = joined(segments, gap_ms)
    video = evidence.video
    return {
        "durationMs": video.duration_ms if video else None,
        "frameRate": video.frame_rate if video else None,
        "segments": _asked(segments),
        "condensed": gap_ms > policy.video.gap_ms,
        "gapMs": gap_ms,
    }


def asked_segments(output: Any) -> dict[str, Segment]:
    """The segments that a loop's reviewers were asked about, by their id; from the input that `output.json` repeats."""
    given = output.get("inputContent") if isinstance(output, Mapping) else None
    listed = given.get("segments") if isinstance(given, Mapping) else None
    return {
        str(each["id"]): segment
        for each in (listed if isinstance(listed, list) else [])
        if isinstance(each, Mapping) and "id" in each and (segment := _segment_from(each)) is not None
    }


def confirmed_segments(content: Mapping[str, Any], asked: Mapping[str, Segment]) -> tuple[Segment, ...]:
    """What a reviewer says that a video shows, and when: segments confirmed, given another label, or added."""
    found = [
        segment
        for id_, each in asked.items()
        if (segment := _judged(each, _chosen(content.get(f"segment-{id_}")), content.get(f"other-{id_}"))) is not None
    ]
    return in_time([*found, *_added(content.get("added"))])


def _asked(segments: Sequence[Segment]) -> list[dict[str, Any]]:
    return [
        {
            "id": number,
            "label": each.label,
            "parentName": each.parent,
            "level": each.level,
            "startMs": each.start_ms,
            "endMs": each.end_ms,
            "start": timecode(each.start_ms),
            "end": timecode(each.end_ms),
            "confidence": each.confidence,
            "frames": each.frames,
        }
        for number, each in enumerate(segments, 1)
    ]


def _judged(segment: Segment, choice: str | None, other: Any) -> Segment | None:
    match choice:
        case "confirmed":
            return segment
        case "other" if isinstance(other, str) and other:
            return _by_hand(other, segment.start_ms, segment.end_ms, frames=segment.frames)
        case _:
            return None


def _added(field: Any) -> Iterator[Segment]:
    """The `added` field, a list as JSON text; what can't be read in it is left out."""
    if isinstance(field, str):
        try:
            field = json.loads(field)
        except (ValueError, RecursionError):
            return
    for each in field[:ADDED_LIMIT] if isinstance(field, list) else []:
        if not isinstance(each, Mapping):
            continue
        label, start, end = each.get("label"), each.get("startMs"), each.get("endMs")
        if isinstance(label, str) and label and _is_time(start) and _is_time(end):
            yield _by_hand(label, min(start, end), max(start, end), frames=0)


def _by_hand(label: str, start_ms: int, end_ms: int, *, frames: int) -> Segment:
    known = taxonomy().labels[label] if is_known(label) else None
    return Segment(
        label=label,
        parent=known.parent if known else "",
        level=known.level if known else 0,
        start_ms=start_ms,
        end_ms=end_ms,
        confidence=100.0,
        frames=frames,
    )


def _segment_from(each: Mapping[str, Any]) -> Segment | None:
    label, parent, level = each.get("label"), each.get("parentName"), each.get("level")
    start, end, confidence, frames = (each.get(name) for name in ("startMs", "endMs", "confidence", "frames"))
    if not isinstance(label, str) or not label or not _is_time(start) or not _is_time(end) or start > end:
        return None
    return Segment(
        label=label,
        parent=parent if isinstance(parent, str) else "",
        level=level if isinstance(level, int) else 0,
        start_ms=start,
        end_ms=end,
        confidence=float(confidence) if isinstance(confidence, int | float) else 0.0,
        frames=frames if isinstance(frames, int) else 0,
    )


def _chosen(field: Any) -> str | None:
    """The one value of a radio group that is true, or the field's text: A2I's guide doesn't say which it gives."""
    if isinstance(field, Mapping):
        on = [name for name, is_on in field.items() if is_on is True]
        return on[0] if len(on) == 1 and isinstance(on[0], str) else None
    return field if isinstance(field, str) else None


def _is_time(value: Any) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= LATEST_MS


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
