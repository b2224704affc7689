"""What the model predicted of an image, and what one person said of each prediction."""

import hashlib
from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

import msgspec

from shared.contracts.messages import MediaRef
from shared.taxonomy.labels import ancestors, descendants, is_known


class Origin(StrEnum):
    """Where somebody was asked: on the desk's grid of a set, or about a live case."""

    GRID = "grid"
    RULING = "ruling"


class Prediction(msgspec.Struct, frozen=True, kw_only=True):
    """`confidence` is 0-100."""

    label: str
    confidence: float


class Predicted(msgspec.Struct, frozen=True, kw_only=True):
    """An image with what the model saw in it; `adapter` is the one that answered, if any."""

    source: MediaRef
    predictions: tuple[Prediction, ...] = ()
    model_version: str = ""
    adapter: str | None = None

    @property
    def labels(self) -> frozenset[str]:
        return frozenset(each.label for each in self.predictions)


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """One person's word on an image: which predicted labels are right, which wrong, and which labels are missing.

    `is_seen` tells a word from none: of an image without predictions there is nothing else to say. Nothing said is how
    somebody takes a word back.
    """

    right: tuple[str, ...] = ()
    wrong: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    is_seen: bool = False

    def is_whole(self, predicted: frozenset[str]) -> bool:
        """Whether every prediction was answered: only then what wasn't said to be there isn't there."""
        return self.is_seen and predicted <= {*self.right, *self.wrong}

    @property
    def truth(self) -> frozenset[str]:
        """What the image shows: a label is never there without those above it, as in the model's own answers."""
        shown = {*self.right, *self.missing}
        return frozenset(shown | {each for label in shown for each in _above(label)})


class Word(msgspec.Struct, frozen=True, kw_only=True):
    """What one person said of one image of a set, by pseudonym. Of a live case also which item it was, and round."""

    tenant: str
    set: str
    image: Predicted
    said: Said
    by: str
    at: datetime
    origin: Origin
    media_id: str | None = None
    round: int | None = None


def image_id(source: MediaRef) -> str:
    """The same for the same version of the same object; ids of versions of one object begin alike."""
    object_ = _digest(f"{source.bucket}\x1f{source.key}")
    return f"{object_[:32]}-{_digest(source.version_id or '')[:8]}"


def said_of(
    predicted: frozenset[str],
    *,
    right: Iterable[str] = (),
    wrong: Iterable[str] = (),
    missing: Iterable[str] = (),
    is_seen: bool = True,
) -> Said:
    """A word without contradictions: what is above a label that is there is there, and what is under one that isn't,
    isn't. What was predicted can't be missing, nor can what isn't in the taxonomy."""
    there = ({*right} & predicted) | {label for label in missing if is_known(label)}
    shown = (there | {above for label in there for above in _above(label)}) & predicted
    denied = {*wrong} & predicted
    denied |= {below for label in denied for below in _below(label)} & predicted
    return Said(
        right=tuple(sorted(shown)),
        wrong=tuple(sorted(denied - shown)),
        missing=tuple(sorted(there - predicted)),
        is_seen=is_seen or bool(there or denied),
    )


def _above(label: str) -> tuple[str, ...]:
    """Of a label of another model's taxonomy nothing is known."""
    return ancestors(label) if is_known(label) else ()


def _below(label: str) -> tuple[str, ...]:
    return descendants(label) if is_known(label) else ()


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
