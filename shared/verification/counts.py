"""How often the model was right about each label, and what is still missing until an adapter can learn it.

Minimums: Amazon Rekognition, "Customizing moderation": a label needs 20 images with false positives or 50 with false
negatives to train with, and a test set 20 images.
"""

from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from shared.verification.settling import DISPUTED, IMAGES, MISSING, RIGHT, WRONG

FALSE_POSITIVES: Final = 20
FALSE_NEGATIVES: Final = 50
TEST_IMAGES: Final = 20


class LabelCounts(msgspec.Struct, frozen=True, kw_only=True):
    """Images in which the label was predicted and is there, was predicted and isn't, is there and wasn't predicted."""

    label: str
    right: int = 0
    false_positives: int = 0
    false_negatives: int = 0

    @property
    def false_positives_missing(self) -> int:
        return max(0, FALSE_POSITIVES - self.false_positives)

    @property
    def false_negatives_missing(self) -> int:
        return max(0, FALSE_NEGATIVES - self.false_negatives)

    @property
    def is_enough(self) -> bool:
        """Either kind is."""
        return not (self.false_positives_missing and self.false_negatives_missing)


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """`images` are those that people agree on, `buckets` where these are; `disputed` ones count for nothing else."""

    images: int = 0
    disputed: int = 0
    labels: tuple[LabelCounts, ...] = ()
    buckets: dict[str, int] = {}

    @property
    def trainable(self) -> tuple[str, ...]:
        """Labels with enough errors to learn from, where enough images are left to test with."""
        enough = [each for each in self.labels if each.is_enough]
        return tuple(each.label for each in enough if not self.images_missing(each))

    def images_missing(self, label: LabelCounts) -> int:
        """Images still to be verified so that, beside those that this label is learned from, there is a test set."""
        by_positives = label.false_positives_missing <= label.false_negatives_missing
        to_train = FALSE_POSITIVES if by_positives else FALSE_NEGATIVES
        return max(0, to_train + TEST_IMAGES - self.images)


def counts_of(numbers: Mapping[str, int]) -> Counts:
    """From `settling.tally`'s names."""
    by_label: dict[str, dict[str, int]] = {}
    buckets: dict[str, int] = {}
    for name, number in numbers.items():
        kind, _, what = name.partition("#")
        if kind == "bucket" and number:
            buckets[what] = number
        elif what:
            by_label.setdefault(what, {})[kind] = number
    labels = (
        LabelCounts(
            label=label,
            right=found.get(RIGHT, 0),
            false_positives=found.get(WRONG, 0),
            false_negatives=found.get(MISSING, 0),
        )
        for label, found in by_label.items()
        if any(found.values())
    )
    return Counts(
        images=numbers.get(IMAGES, 0),
        disputed=numbers.get(DISPUTED, 0),
        labels=tuple(sorted(labels, key=lambda each: (-each.false_positives - each.false_negatives, each.label))),
        buckets=dict(sorted(buckets.items())),
    )


def together(all_: Iterable[Counts]) -> Counts:
    """Of several sets; an image that is in two of them counts in each."""
    sums: dict[str, int] = {}
    for counts in all_:
        for name, number in _numbers(counts).items():
            sums[name] = sums.get(name, 0) + number
    return counts_of(sums)


def _numbers(counts: Counts) -> dict[str, int]:
    found = {IMAGES: counts.images, DISPUTED: counts.disputed}
    found |= {f"bucket#{bucket}": number for bucket, number in counts.buckets.items()}
    for each in counts.labels:
        found[f"{RIGHT}#{each.label}"] = each.right
        found[f"{WRONG}#{each.label}"] = each.false_positives
        found[f"{MISSING}#{each.label}"] = each.false_negatives
    return found
