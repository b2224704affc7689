"""The verified set in memory. `tests/contract/verified` holds it to the same tests as the one in DynamoDB."""

from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field

from shared.contracts.messages import MediaRef
from shared.errors import GavelError
from shared.verification.counts import Counts, counts_of
from shared.verification.port import WORDS_LIMIT
from shared.verification.sets import VerificationSet
from shared.verification.settling import ImageState, begun, tally, with_word
from shared.verification.words import Word, image_id


@dataclass
class MemoryVerified:
    """Counts anew whenever it is asked. `fail_next` plays an outage before, or a lost answer after, one save."""

    begun: dict[tuple[str, str], VerificationSet] = field(default_factory=dict)
    added: list[tuple[int, Word]] = field(default_factory=list)
    images: dict[tuple[str, str, str], ImageState] = field(default_factory=dict)
    _failures: dict[bool, list[GavelError]] = field(default_factory=dict)

    def fail_next(self, error: GavelError, *, written: bool = False) -> None:
        self._failures.setdefault(written, []).append(error)

    async def begin(self, set_: VerificationSet) -> bool:
        return self.begun.setdefault((set_.tenant, set_.name), set_) is set_

    async def sets(self) -> list[VerificationSet]:
        return [set_ for _, set_ in sorted(self.begun.items())]

    async def find(self, tenant: str, name: str) -> VerificationSet | None:
        return self.begun.get((tenant, name))

    async def save(self, words: Sequence[Word]) -> Mapping[str, ImageState]:
        if len(words) > WORDS_LIMIT:
            raise ValueError(f"{len(words)} words at a time")
        self._maybe_fail(written=False)
        states: dict[str, ImageState] = {}
        for word in words:
            which = word.tenant, word.set, image_id(word.image.source)
            before = self.images.get(which) or begun(word.image)
            after = with_word(before, word)
            if after is not before:
                self.images[which] = after
                self.added.append((after.words, word))
            states[which[-1]] = after
        self._maybe_fail(written=True)
        return states

    async def states(self, tenant: str, name: str, sources: Sequence[MediaRef]) -> Mapping[str, ImageState]:
        ids = {image_id(source) for source in sources}
        return {id_: self.images[tenant, name, id_] for id_ in ids if (tenant, name, id_) in self.images}

    async def counts(self, tenant: str, name: str) -> Counts:
        numbers: Counter[str] = Counter()
        for (its_tenant, its_set, _), state in self.images.items():
            if (its_tenant, its_set) == (tenant, name):
                numbers.update(tally(state))
        return counts_of(numbers)

    async def all_counts(self, tenant: str) -> dict[str, Counts]:
        names = sorted({name for its_tenant, name, _ in self.images if its_tenant == tenant})
        return {name: await self.counts(tenant, name) for name in names}

    async def words(self, tenant: str, *, bucket: str | None = None) -> AsyncIterator[Word]:
        wanted = [(number, word) for number, word in self.added if word.tenant == tenant]
        for _, word in sorted(wanted, key=lambda each: _place(*each)):
            if bucket in {None, word.image.source.bucket}:
                yield word

    def _maybe_fail(self, *, written: bool) -> None:
        if waiting := self._failures.get(written):
            raise waiting.pop(0)


def _place(number: int, word: Word) -> tuple[str, str, str, int]:
    return word.image.source.bucket, image_id(word.image.source), word.set, number
