"""Hands results of bulk analysis to people: reads them once, as a stream, and lays them out in pages for the desk."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Collection
from typing import Final, Protocol

from msgspec.structs import replace

from cli.verify.pinning import Lost, in_groups
from shared.contracts.messages import MediaRef
from shared.errors import ContractError
from shared.policy.model import Tenants
from shared.verification.results import read_line
from shared.verification.sets import LABELS_LIMIT, PART, Part, VerificationSet
from shared.verification.words import Predicted

LINE_LIMIT_BYTES: Final = 1024 * 1024
"""A line with every label of the taxonomy has some 10 KB."""
UNREADABLE: Final = "unreadable"
ELSEWHERE: Final = "of-another-tenant"
UNWANTED: Final = "without-the-label"


class NotBegun(Exception):
    """The text says why there is no new set."""


class Begins(Protocol):
    async def begin(self, set_: VerificationSet) -> bool: ...


class Pin(Protocol):
    async def __call__(self, source: MediaRef) -> MediaRef | Lost: ...


class Write(Protocol):
    async def __call__(self, number: int, part: Part) -> None: ...


class Chosen:
    """What of the results people are asked about: images of this tenant, with one of these labels where any is named.
    `left_out` counts the rest by reason, `predicted` in how many images each label was seen."""

    def __init__(
        self, tenants: Tenants, tenant: str, *, labels: Collection[str] = (), adapter: str | None = None
    ) -> None:
        self.left_out: Counter[str] = Counter()
        self.predicted: Counter[str] = Counter()
        self.images = 0
        self._tenants = tenants
        self._tenant = tenant
        self._labels = frozenset(labels)
        self._adapter = adapter

    def take(self, line: bytes | None) -> Predicted | None:
        image = read_line(line, adapter=self._adapter) if line is not None else None
        if image is None:
            self.left_out[UNREADABLE] += 1
        elif not self._is_ours(image):
            self.left_out[ELSEWHERE] += 1
        elif self._labels and not self._labels & image.labels:
            self.left_out[UNWANTED] += 1
        else:
            return image
        return None

    def pinned(self, image: Predicted, place: MediaRef | Lost) -> Predicted | None:
        """Raises NotBegun where there are more labels than a set can have."""
        if isinstance(place, Lost):
            self.left_out[place.value] += 1
            return None
        self.images += 1
        self.predicted.update(image.labels)
        if len(self.predicted) > LABELS_LIMIT:
            raise NotBegun(f"more than {LABELS_LIMIT} different labels: these aren't results of moderation")
        return replace(image, source=place)

    def _is_ours(self, image: Predicted) -> bool:
        try:
            self._tenants.route(image.source.bucket, image.source.key, self._tenant)
        except ContractError:
            return False
        return True


async def hand_over(
    set_: VerificationSet,
    lines: AsyncIterator[bytes | None],
    chosen: Chosen,
    pin: Pin,
    write: Write,
    verified: Begins,
) -> VerificationSet:
    """The set with all that is known of it when its images are laid out, which is when it begins. Raises NotBegun."""
    await lay_out(lines, chosen, pin, write)
    if not chosen.images:
        why = ", ".join(f"{count:,} {reason}" for reason, count in chosen.left_out.items()) or "it is empty"
        raise NotBegun(f"{set_.results} has no image to verify: {why}")
    whole = replace(
        set_,
        images=chosen.images,
        left_out=dict(chosen.left_out),
        predicted=dict(chosen.predicted.most_common()),
    )
    if not await verified.begin(whole):
        raise taken(set_.tenant, set_.name)
    return whole


def taken(tenant: str, name: str) -> NotBegun:
    return NotBegun(f"{tenant} has a set {name} already: give this one another --name")


async def lay_out(lines: AsyncIterator[bytes | None], chosen: Chosen, pin: Pin, write: Write) -> None:
    """Writes the images in parts, in the order of the lines; one part at a time is in memory."""
    number, images = 0, list[Predicted]()
    async for image in _pinned(lines, chosen, pin):
        images.append(image)
        if len(images) == PART:
            await write(number, Part(tuple(images)))
            number, images = number + 1, []
    if images:
        await write(number, Part(tuple(images)))


async def _pinned(lines: AsyncIterator[bytes | None], chosen: Chosen, pin: Pin) -> AsyncIterator[Predicted]:
    async for group in in_groups(_taken(lines, chosen)):
        places = await asyncio.gather(*(pin(image.source) for image in group))
        for image, place in zip(group, places, strict=True):
            if (known := chosen.pinned(image, place)) is not None:
                yield known


async def _taken(lines: AsyncIterator[bytes | None], chosen: Chosen) -> AsyncIterator[Predicted]:
    async for line in lines:
        if (image := chosen.take(line)) is not None:
            yield image


async def split(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes | None]:
    """Lines that aren't empty; None for one that is too long to be any of ours."""
    begun, is_long = b"", False
    async for chunk in chunks:
        *whole, rest = (begun + chunk).split(b"\n")
        for line in whole:
            if is_long or line.strip():
                yield None if is_long else line
            is_long = False
        begun = rest
        if len(begun) > LINE_LIMIT_BYTES:
            begun, is_long = b"", True
    if is_long or begun.strip():
        yield None if is_long else begun
