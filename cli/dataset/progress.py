"""How far a run has come, in the order of the source, and which rule ends it: plain counting, no clock, no AWS."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from statistics import NormalDist
from typing import Final

import msgspec

from cli.dataset.judging import Outcome
from cli.dataset.plan import Limits

CURVE_POINTS: Final = 400
"""At the most; a longer run is told with wider steps."""
CONFIDENCE_95: Final = NormalDist().inv_cdf(0.975)


class Stop(StrEnum):
    TARGET = "target"
    MAX_SCAN = "max-scan"
    PATIENCE = "patience"
    END = "end of the source"
    INTERRUPTED = "interrupted"


class Counts(msgspec.Struct, kw_only=True):
    """Images of one folder by outcome; what was rejected is everybody else."""

    kept: int = 0
    uncertain: int = 0
    rejected: int = 0
    duplicate: int = 0
    surplus: int = 0


class Point(msgspec.Struct, frozen=True):
    """Of the hit-rate curve: after so many images so many were hits."""

    images: int
    hits: int


@dataclass(slots=True, kw_only=True)
class Progress:
    """`images` were judged, `repeats` of them by the answer to the same bytes elsewhere; `hits` are those that reached
    the threshold of any label, `misses` were rejected for all; `refused` weren't images for Rekognition, `skipped`
    couldn't be and weren't asked about."""

    folders: dict[str, Counts]
    images: int = 0
    hits: int = 0
    misses: int = 0
    refused: int = 0
    skipped: int = 0
    repeats: int = 0
    misses_in_a_row: int = 0
    histogram: list[int] = field(default_factory=lambda: [0] * 100)
    curve: list[Point] = field(default_factory=list)
    _step: int = 1

    @classmethod
    def of(cls, folders: Sequence[str]) -> "Progress":
        return cls(folders={folder: Counts() for folder in folders})

    def take(self, outcomes: dict[str, Outcome], confidence: float) -> None:
        """One more image; `confidence` is the highest of all wanted labels."""
        self.images += 1
        for folder, outcome in outcomes.items():
            counts = self.folders[folder]
            setattr(counts, outcome.value, getattr(counts, outcome.value) + 1)
        found = set(outcomes.values())
        self.hits += bool(found & {Outcome.KEPT, Outcome.DUPLICATE, Outcome.SURPLUS})
        # Doubt is no miss: a person may say yes.
        is_miss = found == {Outcome.REJECTED}
        self.misses += is_miss
        self.misses_in_a_row = self.misses_in_a_row + 1 if is_miss else 0
        self.histogram[min(int(confidence), 99)] += 1
        self._draw()

    def refuse(self) -> None:
        """An image that Rekognition doesn't take. Many in a row are misses, too: they cost a call each."""
        self.images += 1
        self.refused += 1
        self.misses_in_a_row += 1
        self._draw()

    def is_full(self, folder: str, limits: Limits) -> bool:
        return limits.target is not None and self.folders[folder].kept >= limits.target

    def stop(self, limits: Limits) -> Stop | None:
        """The rule that ends the run after this image. What is capped by calls is for whoever sends them."""
        if limits.target is not None and all(self.is_full(folder, limits) for folder in self.folders):
            return Stop.TARGET
        if limits.patience is not None and self.misses_in_a_row >= limits.patience:
            return Stop.PATIENCE
        return None

    def _draw(self) -> None:
        if self.images % self._step:
            return
        self.curve.append(Point(self.images, self.hits))
        if len(self.curve) >= CURVE_POINTS:
            self.curve = self.curve[1::2]
            self._step *= 2


def wilson(hits: int, images: int) -> tuple[float, float]:
    """The 95 % interval of a share, 0 to 1, after E. B. Wilson (1927): sound for few images and for rare hits, too."""
    if images == 0:
        return 0.0, 1.0
    z, share = CONFIDENCE_95, hits / images
    middle = (share + z * z / (2 * images)) / (1 + z * z / images)
    half = z / (1 + z * z / images) * math.sqrt(share * (1 - share) / images + z * z / (4 * images * images))
    return max(0.0, middle - half), min(1.0, middle + half)


def meaning(stop: Stop, progress: Progress, limits: Limits, *, is_random: bool) -> str:
    """What the end of the run probably says about the source, in a sentence or two."""
    low, high = wilson(progress.hits, progress.images)
    match stop:
        case Stop.TARGET:
            each = progress.images / max(1, progress.hits)
            return f"Enough were found: a hit in every {each:.1f} images so far."
        case Stop.MAX_SCAN:
            return _at_the_cap(progress, limits, low, high)
        case Stop.PATIENCE:
            return _out_of_patience(progress, limits, is_random=is_random)
        case Stop.END:
            short = [folder for folder in progress.folders if limits.target and not progress.is_full(folder, limits)]
            if short:
                return f"The whole source was looked at and there aren't more for {', '.join(short)} at this threshold."
            return "The whole source was looked at."
        case Stop.INTERRUPTED:
            return "It was interrupted; --resume goes on, and pays for nothing twice."


def _at_the_cap(progress: Progress, limits: Limits, low: float, high: float) -> str:
    text = "The cap on calls was reached before the end of the source."
    if limits.target is None:
        return text
    missing = max((limits.target - counts.kept for counts in progress.folders.values()), default=0)
    if missing <= 0:
        return text
    if low <= 0:
        return f"{text} With no hits so far nobody can say how many calls the {missing} that are missing would take."
    return f"{text} The {missing} that are missing would take some {missing / high:,.0f} to {missing / low:,.0f} more."


def _out_of_patience(progress: Progress, limits: Limits, *, is_random: bool) -> str:
    row = limits.patience or 0
    before = progress.images - row
    if progress.hits == 0 or before <= 0:
        return f"{row} misses in a row and no hit before them: the label is rare here, or spelt for something else."
    chance = (1 - progress.hits / before) ** row
    odds = f"one in {1 / chance:,.0f}" if chance > 1e-9 else "less than one in a billion"
    if chance > 0.05:
        return f"{row} misses in a row happen by chance ({odds}) at this hit rate: a higher --patience may find more."
    if is_random:
        return f"{row} misses in a row are no chance at the hit rate before ({odds}): few are left, if any."
    return (
        f"{row} misses in a row are no chance at the hit rate before ({odds}): the source seems to be sorted, and this "
        "part of it without the label. --sample random looks everywhere."
    )
