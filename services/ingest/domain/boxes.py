"""Walks through the boxes of an MP4 or QuickTime file (ISO/IEC 14496-12) without holding it: says which bytes it needs
next, and is sent them.

    box = 4 bytes of size, 4 of kind, contents      size 1: the size is in the next 8 bytes; 0: to the end of the file

A walk costs a few hundred bytes of reading, whatever the file's size. It knows nothing of frames, so there is nothing
in it that hostile frames could break.
"""

from collections.abc import Generator
from dataclasses import dataclass
from typing import Final, TypeVar

from shared.errors import Permanent

T = TypeVar("T")

HEADER_BYTES: Final = 16
MOST_BOXES: Final = 1_000
"""In one place. Real files have a dozen at most; a streamed recording has thousands, but they come after the header."""


@dataclass(frozen=True, slots=True)
class Want:
    """Bytes of the file; fewer come where it ends before."""

    offset: int
    size: int


Walk = Generator[Want, bytes, T]
"""Yields what it wants to read, is sent it, and returns what it has found. Raises Permanent for what isn't readable."""


@dataclass(frozen=True, slots=True)
class Box:
    """Its contents begin at `start` and end before `end`, which a cut off file doesn't reach at its top level."""

    kind: bytes
    start: int
    end: int


def boxes(start: int, end: int) -> Walk[list[Box]]:
    """All boxes from `start` to `end`, one after the other."""
    found: list[Box] = []
    while start < end:
        box = yield from box_at(start, end)
        if box.end > end:
            # Whoever followed it would ask for bytes that belong to something else, or that there are none of.
            raise damaged("a part of its header is larger than what it is in")
        found.append(box)
        if len(found) > MOST_BOXES:
            raise damaged("it is in too many pieces")
        start = box.end
    return found


def box_at(offset: int, end: int) -> Walk[Box]:
    """The box that begins at `offset`; `end` is where that which holds it ends."""
    header = yield Want(offset, HEADER_BYTES)
    if len(header) < 8:
        raise Permanent("video-truncated", "the file ends in the middle of its header")
    size, kind, start = int.from_bytes(header[:4], "big"), header[4:8], offset + 8
    if size == 0:
        return Box(kind, start, end)
    if size == 1:
        size, start = int.from_bytes(header[8:16], "big"), offset + 16
    if offset + size < start:
        raise damaged("a part of its header is smaller than can be")
    return Box(kind, start, offset + size)


def inside(box: Box, *path: bytes) -> Walk[Box | None]:
    """The first box at this path below `box`."""
    for kind in path:
        children = yield from boxes(box.start, box.end)
        found = next((child for child in children if child.kind == kind), None)
        if found is None:
            return None
        box = found
    return box


def contents(box: Box, size: int) -> Walk[bytes]:
    """The first `size` bytes of a box that has as many."""
    if box.end - box.start < size:
        raise damaged("a part of its header is cut short")
    read = yield Want(box.start, size)
    if len(read) < size:
        raise Permanent("video-truncated", "the file ends in the middle of its header")
    return read


def damaged(why: str) -> Permanent:
    return Permanent("video-unreadable", f"the file is damaged: {why}")
