"""Goes through a source: asks about many images at once, and decides about them one after the other in their order.

    candidates ─► asked, up to a quota-second of them at once ─► decided in order ─► copied
                                                                   └ a rule ends the run: nothing more is sent

However many calls are under way and in whatever order they are answered, the outcome is that of asking one at a time.
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Final

from cli.dataset.asking import Asker, is_askable
from cli.dataset.copying import Copies
from cli.dataset.duplicates import Hashes
from cli.dataset.judging import Answer, Outcome, outcome
from cli.dataset.listing import Candidate
from cli.dataset.pictures import Pictures
from cli.dataset.plan import Plan
from cli.dataset.progress import Progress, Stop
from cli.dataset.state import YES, Look, Placed, State
from shared.errors import Permanent

OF_INTEREST: Final = frozenset({Outcome.KEPT, Outcome.UNCERTAIN})


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """Everything that a decision needs; `answer` is None for what could not be an image, and that of the same bytes
    elsewhere for a repeat."""

    image: Candidate
    answer: Answer | None
    is_repeat: bool = False
    look: Look | None = None


@dataclass(slots=True, kw_only=True)
class Scan:
    """`window` is how many images may be asked about and undecided: what is paid in vain, at the most, when a rule ends
    the run."""

    plan: Plan
    state: State
    asker: Asker
    pictures: Pictures
    copies: Copies
    window: int
    interrupted: asyncio.Event
    progress: Progress
    watch: Callable[[], None] = lambda: None
    _hashes: dict[tuple[str, Outcome], Hashes] = field(default_factory=dict)
    _counted: int = 0
    _is_capped: bool = False

    async def run(self, candidates: AsyncIterator[Candidate]) -> Stop:
        """Until a rule or the source ends it. Raises GavelError when AWS can't be asked; what was paid is kept."""
        under_way: deque[asyncio.Task[Examined]] = deque()
        interruption = asyncio.create_task(self.interrupted.wait())
        try:
            async with aclosing(self._begun(candidates)) as begun:
                while not self.interrupted.is_set():
                    while len(under_way) < self.window and (task := await anext(begun, None)) is not None:
                        under_way.append(task)
                    if not under_way:
                        return Stop.MAX_SCAN if self._is_capped else Stop.END
                    await asyncio.wait({under_way[0], interruption}, return_when=asyncio.FIRST_COMPLETED)
                    while under_way and under_way[0].done():
                        await self._decide(under_way.popleft().result())
                        self.watch()
                        if (stop := self.progress.stop(self.plan.limits)) is not None:
                            return stop
            return Stop.INTERRUPTED
        finally:
            interruption.cancel()
            await self.asker.finish_what_was_sent()
            for task in under_way:
                task.cancel()
            await asyncio.gather(*under_way, return_exceptions=True)
            await self.copies.finish()

    async def _begun(self, candidates: AsyncIterator[Candidate]) -> AsyncGenerator[asyncio.Task[Examined], None]:
        """Each image with its call under way, until the cap on calls is reached."""
        async for image in candidates:
            if not is_askable(image):
                yield asyncio.create_task(self._skip(image))
                continue
            is_paid = self.asker.known(image) or not self.asker.is_repeat(image)
            if is_paid and self._counted == self.plan.limits.max_scan:
                self._is_capped = True
                return
            self._counted += is_paid
            yield asyncio.create_task(self._examine(image, self.asker.start(image), is_repeat=not is_paid))

    async def _skip(self, image: Candidate) -> Examined:
        return Examined(image=image, answer=None)

    async def _examine(self, image: Candidate, asked: asyncio.Future[Answer], *, is_repeat: bool) -> Examined:
        answer, look = await asked, None
        if self._is_looked_at(answer):
            try:
                look = await self._look(image)
            except Permanent as error:
                answer = Answer(refused=error.code)
        return Examined(image=image, answer=answer, is_repeat=is_repeat, look=look)

    def _is_looked_at(self, answer: Answer) -> bool:
        if self.plan.keep_duplicates and not self.plan.with_boxes:
            return False
        found = {outcome(answer.of(wanted.label).confidence, self.plan) for wanted in self.plan.wanted}
        return bool(found & OF_INTEREST)

    async def _look(self, image: Candidate) -> Look | None:
        look = self.state.look(image)
        if look is None:
            look = await self.pictures.look(image, hashed=not self.plan.keep_duplicates)
            if look is not None:
                self.state.keep_look(image, look)
        return look

    async def _decide(self, examined: Examined) -> None:
        answer = examined.answer
        self.progress.repeats += examined.is_repeat
        if answer is None:
            self.progress.skipped += 1
        elif answer.refused is not None:
            self.progress.refuse()
        else:
            outcomes = {}
            for wanted in self.plan.wanted:
                confidence = answer.of(wanted.label).confidence
                outcomes[wanted.folder] = await self._place(wanted.folder, examined, confidence)
            self.progress.take(outcomes, answer.confidence)

    async def _place(self, folder: str, examined: Examined, confidence: float) -> Outcome:
        found, same_as, image = outcome(confidence, self.plan), None, examined.image
        before = self.state.place(folder, image.key) if found is Outcome.UNCERTAIN else None
        if before is not None and before.etag == image.etag and before.ruling == YES and before.outcome is Outcome.KEPT:
            found = Outcome.KEPT  # the set was finished before, and is being enlarged
        if found is Outcome.REJECTED:
            return found
        if self.progress.is_full(folder, self.plan.limits):
            return Outcome.SURPLUS
        if not self.plan.keep_duplicates:
            same_as = self._same(folder, examined, found)
        placed = Placed(
            folder=folder,
            number=image.number,
            key=image.key,
            etag=image.etag,
            size_bytes=image.size_bytes,
            outcome=Outcome.DUPLICATE if same_as is not None else found,
            confidence=confidence,
            same_as=same_as,
        )
        self.state.keep_place(placed)
        if placed.outcome is not Outcome.DUPLICATE and examined.look is not None and examined.look.hash is not None:
            self._hashes.setdefault((folder, found), Hashes()).add(examined.look.hash, image.key)
        if placed.outcome is Outcome.KEPT:
            await self.copies.start(self.state.place(folder, image.key) or placed)
        return placed.outcome

    def _same(self, folder: str, examined: Examined, found: Outcome) -> str | None:
        """The image that this one repeats. What is sure never gives way to what people haven't judged yet."""
        against = (Outcome.KEPT,) if found is Outcome.KEPT else (Outcome.KEPT, Outcome.UNCERTAIN)
        same = self.state.same_bytes(folder, examined.image, against)
        if same is None and examined.look is not None and examined.look.hash is not None:
            near = (
                hashes.near(examined.look.hash)
                for each in against
                if (hashes := self._hashes.get((folder, each))) is not None
            )
            same = next((key for key in near if key is not None), None)
        return same
