"""What an answer of DetectLabels says of an image, and what becomes of the image: values in, values out."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import msgspec

from cli.dataset.plan import Band, Plan, Wanted

SAME_BOX: Final = 0.9
"""Boxes that share so much of their area (intersection over union) are one thing, named by a label and its parent."""


class Box(msgspec.Struct, frozen=True, kw_only=True):
    """Where an instance is, as ratios of the upright picture's sides; `confidence` of the place, in percent."""

    left: float
    top: float
    width: float
    height: float
    confidence: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenLabel:
    """One label of an answer; `parents` are all its ancestors."""

    name: str
    confidence: float
    parents: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    boxes: tuple[Box, ...] = ()


class Sighting(msgspec.Struct, frozen=True, kw_only=True):
    """How sure Rekognition is of a wanted label, or of one of its children."""

    label: str
    confidence: float
    boxes: tuple[Box, ...] = ()


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What was paid for. `refused` is the reason where Rekognition doesn't take the image."""

    sightings: tuple[Sighting, ...] = ()
    refused: str | None = None

    def of(self, label: str) -> Sighting:
        found = (sighting for sighting in self.sightings if sighting.label == label)
        return next(found, Sighting(label=label, confidence=0.0))

    @property
    def confidence(self) -> float:
        """The highest of all wanted labels."""
        return max((sighting.confidence for sighting in self.sightings), default=0.0)


class Outcome(StrEnum):
    """What becomes of an image in one folder: `surplus` came when the folder was full, `changed` was overwritten before
    it could be copied."""

    KEPT = "kept"
    UNCERTAIN = "uncertain"
    REJECTED = "rejected"
    DUPLICATE = "duplicate"
    SURPLUS = "surplus"
    CHANGED = "changed"


def sightings(labels: Sequence[SeenLabel], wanted: Iterable[Wanted]) -> tuple[Sighting, ...]:
    """A label counts for itself, under its aliases, and for every one of its ancestors: a Robin is a Bird."""
    found = []
    for each in wanted:
        name = each.label.casefold()
        matching = [label for label in labels if name in _names(label)]
        if matching:
            sure = max(label.confidence for label in matching)
            found.append(Sighting(label=each.label, confidence=sure, boxes=_boxes(matching)))
    return tuple(found)


def outcome(confidence: float, plan: Plan) -> Outcome:
    """Before anything is known of duplicates and of how many there are already."""
    if confidence >= plan.threshold:
        return Outcome.KEPT
    return Outcome.UNCERTAIN if is_in(plan.band, confidence) else Outcome.REJECTED


def is_in(band: Band | None, confidence: float) -> bool:
    return band is not None and band.low <= confidence < band.high


def _names(label: SeenLabel) -> set[str]:
    return {name.casefold() for name in (label.name, *label.aliases, *label.parents)}


def _boxes(labels: Iterable[SeenLabel]) -> tuple[Box, ...]:
    """Of all of them, each thing once: what a child and its parent both point at is the child's."""
    kept: list[Box] = []
    for label in sorted(labels, key=lambda label: -len(label.parents)):
        kept += [box for box in label.boxes if all(_overlap(box, other) < SAME_BOX for other in kept)]
    return tuple(kept)


def _overlap(one: Box, other: Box) -> float:
    width = min(one.left + one.width, other.left + other.width) - max(one.left, other.left)
    height = min(one.top + one.height, other.top + other.height) - max(one.top, other.top)
    shared = max(0.0, width) * max(0.0, height)
    whole = one.width * one.height + other.width * other.height - shared
    return shared / whole if whole else 0.0
