"""Labels with their times, made of sightings: one by one, or joined to segments."""

from collections.abc import Iterable
from dataclasses import dataclass

from gavel_emulator.rekognition.moderation import with_ancestors
from gavel_emulator.rekognition.scene import Seen
from gavel_emulator.rekognition.taxonomy import ModerationLabel, taxonomy
from gavel_emulator.rekognition.video.sightings import Sighting


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A label at a moment, then both times are that moment, or from its first to its last sighting in a row."""

    label: ModerationLabel
    confidence: float
    start_ms: int
    end_ms: int
    content_types: tuple[Seen, ...]


def findings(sightings: Iterable[Sighting], min_confidence: float) -> list[Finding]:
    """By time; at a moment the surest first, each label followed by its ancestors with the same confidence."""
    return [found for sighting in sightings for found in _at_once(sighting, min_confidence)]


def segments(sightings: Iterable[Sighting], min_confidence: float) -> list[Finding]:
    """By the time at which they begin. A segment ends with the last sighting of its label, so one that was seen once
    has no duration. It is as sure as its surest sighting: the API reference doesn't say, and no sample shows it.
    """
    ended: list[Finding] = []
    running: dict[str, Finding] = {}
    for sighting in sightings:
        now = {found.label.name: found for found in _at_once(sighting, min_confidence)}
        ended += [segment for name, segment in running.items() if name not in now]
        running = {name: _joined(running.get(name), found) for name, found in now.items()}
    return sorted([*ended, *running.values()], key=lambda segment: segment.start_ms)


def _at_once(sighting: Sighting, min_confidence: float) -> list[Finding]:
    # As for pictures, MinConfidence is for labels only.
    content_types = _surest_first(sighting.scene.content_types)
    return [
        Finding(
            label=label,
            confidence=confidence,
            start_ms=sighting.at_ms,
            end_ms=sighting.at_ms,
            content_types=content_types,
        )
        for label, confidence in with_ancestors(sighting.scene.moderation, taxonomy())
        if confidence >= min_confidence
    ]


def _joined(segment: Finding | None, found: Finding) -> Finding:
    if segment is None:
        return found
    surest: dict[str, Seen] = {}
    for seen in (*segment.content_types, *found.content_types):
        if seen.name not in surest or seen.confidence > surest[seen.name].confidence:
            surest[seen.name] = seen
    return Finding(
        label=segment.label,
        confidence=max(segment.confidence, found.confidence),
        start_ms=segment.start_ms,
        end_ms=found.end_ms,
        content_types=_surest_first(surest.values()),
    )


def _surest_first(content_types: Iterable[Seen]) -> tuple[Seen, ...]:
    return tuple(sorted(content_types, key=lambda seen: -seen.confidence))
