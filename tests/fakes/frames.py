"""All findings of videos, in memory."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from shared.contracts.frames import FrameFinding
from shared.errors import Transient


@dataclass
class MemoryFrames:
    """`kept` by URI."""

    kept: dict[str, Sequence[FrameFinding]] = field(default_factory=dict)

    async def get_frames(self, uri: str) -> Iterator[FrameFinding]:
        if uri not in self.kept:
            raise Transient("evidence-missing", f"there is no {uri}")
        return iter(self.kept[uri])
