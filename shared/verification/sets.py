"""Sets of images whose predictions people verify: what a set is, and how its images are laid out."""

import re
from datetime import datetime
from typing import Final

import msgspec

from shared.verification.words import Predicted

NAME: Final = re.compile(r"[A-Za-z0-9_.-]{1,64}")
LIVE: Final = "live"
"""The set of what reviewers ruled on live cases. It has no grid, and nobody begins it."""
PAGE: Final = 24
"""Images of one page of the grid."""
PART_PAGES: Final = 20
"""Pages of one part: of a set only one part is ever in memory."""
PART: Final = PAGE * PART_PAGES
LABELS_LIMIT: Final = 100
"""Different labels that may have been predicted in a set's images; the taxonomy has some 50. What is said of a page
changes the counts of each as right and as wrong, and of what is missing, in one update, which takes 300 (Amazon
DynamoDB developer guide, "Quotas": operators of an update expression)."""


class VerificationSet(msgspec.Struct, frozen=True, kw_only=True):
    """Results that were handed to the members of `group`. `images` are in its parts, which are in `folder`, its own;
    `left_out` has how many lines of `results` are not, by reason; `predicted` in how many images each label was seen.
    """

    tenant: str
    name: str
    group: str
    results: str
    begun_at: datetime
    images: int
    folder: str = ""
    left_out: dict[str, int] = {}
    predicted: dict[str, int] = {}

    @property
    def pages(self) -> int:
        return max(1, -(-self.images // PAGE))


class Part(msgspec.Struct, frozen=True):
    """Up to PART images of a set, in the order of the results."""

    images: tuple[Predicted, ...] = ()


def page_of(part: Part, page: int) -> tuple[Predicted, ...]:
    """The images of this page of the set (from 1), of the part that has it."""
    first = (page - 1) % PART_PAGES * PAGE
    return part.images[first : first + PAGE]


def part_of(page: int) -> int:
    """The number of the part that has this page."""
    return (page - 1) // PART_PAGES
