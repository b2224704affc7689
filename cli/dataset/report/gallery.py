"""What a report shows of the images themselves: small pictures of those that say most about the threshold."""

import asyncio
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from PIL import Image

from cli.dataset.judging import Outcome
from cli.dataset.pictures import Pictures
from cli.dataset.plan import Plan
from cli.dataset.state import Placed, State
from cli.dataset.summary import Summary
from shared.errors import Permanent

SHOWN: Final = 40
"""Of each group."""
SIDE_PX: Final = 140
AT_ONCE: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """`picture` is None where it can't be shown any more; `note` is what people or the duplicates said."""

    key: str
    confidence: float
    picture: Image.Image | None
    note: str = ""

    @property
    def name(self) -> str:
        return self.key.rpartition("/")[2] or self.key


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """`total` images are meant, of which `shown` are here."""

    outcome: Outcome
    title: str
    order: str
    total: int
    shown: tuple[Shown, ...]


async def gallery(plan: Plan, state: State, pictures: Pictures, summary: Summary) -> list[Group]:
    """Raises Transient when S3 can't be read."""
    groups: list[Group] = []
    for folder in plan.folders:
        for outcome, title in _titles(folder):
            total = state.count(folder, outcome)
            if total:
                groups.append(
                    Group(
                        outcome=outcome,
                        title=title,
                        order="the least sure first",
                        total=total,
                        shown=await _pictures(_placed(state.weakest(folder, outcome, SHOWN)), pictures),
                    )
                )
    decided = summary.images + summary.skipped
    misses = state.nearest_misses(below=plan.threshold, until=decided, limit=SHOWN)
    if misses:
        shown = await _pictures(((*miss, "") for miss in misses), pictures)
        total = summary.misses
        groups.append(
            Group(outcome=Outcome.REJECTED, title="Rejected", order="the surest first", total=total, shown=shown)
        )
    return groups


def _titles(folder: str) -> Iterator[tuple[Outcome, str]]:
    yield Outcome.KEPT, f"Kept in {folder}"
    yield Outcome.UNCERTAIN, f"Uncertain for {folder}"
    yield Outcome.DUPLICATE, f"Repeats of what is in {folder}"


def _placed(places: Iterable[Placed]) -> Iterator[tuple[str, str, float, str]]:
    for placed in places:
        note = {"yes": "people: yes", "no": "people: no", "none": "unanswered"}.get(placed.ruling or "", "")
        yield placed.key, placed.etag, placed.confidence, f"as {placed.same_as}" if placed.same_as else note


async def _pictures(images: Iterable[tuple[str, str, float, str]], pictures: Pictures) -> tuple[Shown, ...]:
    room = asyncio.Semaphore(AT_ONCE)

    async def one(key: str, etag: str, confidence: float, note: str) -> Shown:
        async with room:
            try:
                picture = await pictures.thumbnail(key, etag, SIDE_PX)
            except Permanent:
                picture = None  # changed or gone since
        return Shown(key=key, confidence=confidence, picture=picture, note=note)

    return tuple(await asyncio.gather(*(one(*image) for image in images)))
