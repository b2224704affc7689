"""The verified set as the desk, REVIEW and the command line see it; `shared.aws.verified` keeps it in DynamoDB,
`tests.fakes.verified` in memory."""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Final, Protocol

from shared.contracts.messages import MediaRef
from shared.verification.counts import Counts
from shared.verification.sets import VerificationSet
from shared.verification.settling import ImageState
from shared.verification.words import Word

WORDS_LIMIT: Final = 48
"""A word, its image and the set's counts change together or not at all, and a transaction takes 100 items
(https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html)."""


class Words(Protocol):
    """Every method may raise Transient; then nothing is known to have been written. Repeating one changes nothing."""

    async def save(self, words: Sequence[Word]) -> Mapping[str, ImageState]:
        """Add what people said of images of one set, at most WORDS_LIMIT at a time, all of it or nothing; gives these
        images by id as they are then. What somebody has said already isn't added again."""
        ...


class Verified(Words, Protocol):
    async def begin(self, set_: VerificationSet) -> bool:
        """False, and no change, when the tenant has a set of this name."""
        ...

    async def sets(self) -> list[VerificationSet]:
        """Of every tenant, by tenant and name."""
        ...

    async def find(self, tenant: str, name: str) -> VerificationSet | None: ...

    async def states(self, tenant: str, name: str, sources: Sequence[MediaRef]) -> Mapping[str, ImageState]:
        """Those of these images of a set that somebody has spoken of, by id."""
        ...

    async def counts(self, tenant: str, name: str) -> Counts: ...

    async def all_counts(self, tenant: str) -> dict[str, Counts]:
        """By set, the live one included."""
        ...

    def words(self, tenant: str, *, bucket: str | None = None) -> AsyncIterator[Word]:
        """Everything that was ever said of a tenant's images, in the order of bucket, object, version, set, and then of
        time."""
        ...
