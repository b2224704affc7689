"""Parts a verified set into training and test images: the same set and seed always alike, whatever the lines' order."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Final

from cli.adapter.manifest import Image

MIN_TESTING: Final = 20
"""Images that Rekognition wants to test an adapter on."""
MIN_FALSE_POSITIVES: Final = 20
MIN_FALSE_NEGATIVES: Final = 50
"""Training images that a label needs, one or the other, to get better. Rekognition guide, "Custom moderation"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """No content is in both."""

    training: tuple[Image, ...]
    testing: tuple[Image, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistakes:
    """Images in which the base model names a label that isn't right, and in which it misses one that is."""

    false_positives: int = 0
    false_negatives: int = 0

    @property
    def is_enough(self) -> bool:
        return self.false_positives >= MIN_FALSE_POSITIVES or self.false_negatives >= MIN_FALSE_NEGATIVES

    @property
    def missing(self) -> str:
        return (
            f"{MIN_FALSE_POSITIVES - self.false_positives} more false positives or "
            f"{MIN_FALSE_NEGATIVES - self.false_negatives} more false negatives"
        )


def split(images: Sequence[Image], *, share: float, seed: int, threshold: float) -> Parts:
    """`share` (0-1) of the images are for testing, of each kind as many as it has a part in all.

    An image is of the rarest kind that it shows: a label that is right and found, one that is missed, one that is named
    wrongly. What has the same bytes stays together. Who is chosen follows from the bytes and the seed alone.
    """
    by_content: dict[str, list[Image]] = {}
    for image in sorted(images, key=lambda each: each.ref):
        by_content.setdefault(image.content or image.ref, []).append(image)
    kinds = {content: _kinds(alike[0], threshold) for content, alike in by_content.items()}
    how_many = Counter(kind for each in kinds.values() for kind in each)
    strata: dict[str, list[str]] = {}
    for content, each in kinds.items():
        rarest = min(each, key=lambda kind: (how_many[kind], kind))
        strata.setdefault(rarest, []).append(content)
    chosen: set[str] = set()
    owed = 0.0
    for _, contents in sorted(strata.items()):
        # What rounding leaves of one kind is owed by the next, so that small kinds together give their share.
        owed += share * len(contents)
        count = min(len(contents), ceil(owed - 0.5))
        chosen.update(sorted(contents, key=lambda content: _place(seed, content))[:count])
        owed -= count
    parts: dict[bool, list[Image]] = {True: [], False: []}
    for content, alike in by_content.items():
        parts[content in chosen].extend(alike)
    return Parts(training=tuple(parts[False]), testing=tuple(parts[True]))


def mistakes(images: Iterable[Image], threshold: float) -> Mapping[str, Mistakes]:
    """What the base model gets wrong from this confidence on, for each label that is right or named somewhere."""
    wrong: Counter[str] = Counter()
    missed: Counter[str] = Counter()
    seen: set[str] = set()
    for image in images:
        named = _named(image, threshold)
        wrong.update(named - image.truth)
        missed.update(image.truth - named)
        seen |= named | image.truth
    return {label: Mistakes(false_positives=wrong[label], false_negatives=missed[label]) for label in sorted(seen)}


def shortfalls(parts: Parts, threshold: float) -> list[str]:
    """Why Rekognition would refuse to train on these parts, or train in vain; everything at once."""
    problems = []
    if len(parts.testing) < MIN_TESTING:
        problems.append(
            f"{len(parts.testing)} images to test on; {MIN_TESTING} are needed: --test-share, or more images"
        )
    found = mistakes(parts.training, threshold)
    if not any(each.is_enough for each in found.values()):
        problems.append(
            f"no label has {MIN_FALSE_POSITIVES} false positives or {MIN_FALSE_NEGATIVES} false negatives of the base "
            "model among the training images, so that none would get better"
        )
        problems.extend(
            f"{label} has {each.false_positives} and {each.false_negatives}; it needs {each.missing}"
            for label, each in found.items()
            if each.false_positives or each.false_negatives
        )
    return problems


def conflicts(images: Iterable[Image]) -> list[str]:
    """Images with the same bytes of which different labels are said to be right."""
    first: dict[str, Image] = {}
    problems = []
    for image in images:
        other = first.setdefault(image.content or image.ref, image)
        if other.labels != image.labels:
            problems.append(f"{image.ref} is the same picture as {other.ref}, with other labels")
    return problems


def _kinds(image: Image, threshold: float) -> frozenset[str]:
    named = _named(image, threshold)
    kinds = {f"{label} found" for label in image.truth & named}
    kinds |= {f"{label} missed" for label in image.truth - named}
    kinds |= {f"{label} named wrongly" for label in named - image.truth}
    return frozenset(kinds or {"nothing"})


def _named(image: Image, threshold: float) -> frozenset[str]:
    return frozenset(label for label, confidence in (image.predicted or {}).items() if confidence >= threshold)


def _place(seed: int, content: str) -> bytes:
    return hashlib.sha256(f"{seed}\x1f{content}".encode()).digest()
