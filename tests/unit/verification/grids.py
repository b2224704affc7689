"""A set at a desk in memory."""

from collections.abc import Sequence

from shared.verification.sets import PART, Part, VerificationSet
from shared.verification.words import Predicted
from tests.fakes.desk import GROUP, MemoryParts
from tests.fakes.verified import MemoryVerified
from tests.unit.verification.pictures import AT, SET, TENANT


async def handed_over(
    verified: MemoryVerified, parts: MemoryParts, images: Sequence[Predicted], *, name: str = SET, group: str = GROUP
) -> VerificationSet:
    """To this team, by default the one that everybody at that desk is in."""
    set_ = VerificationSet(
        tenant=TENANT, name=name, group=group, results="s3://bulk/results.jsonl", begun_at=AT, images=len(images)
    )
    await verified.begin(set_)
    for first in range(0, len(images), PART):
        parts.kept[TENANT, name, first // PART] = Part(tuple(images[first : first + PART]))
    return set_
