"""A group in memory; `tests/contract/aws` holds it to the same tests as the one in DynamoDB."""

from collections.abc import Collection, Mapping

from shared.errors import Transient
from shared.membership import Beat


class MemoryMembership:
    """`requests` counts the calls; while `is_down` every call fails."""

    def __init__(self) -> None:
        self.beats: dict[str, Beat] = {}
        self.requests = 0
        self.is_down = False

    async def beat(self, member: str, beat: Beat, *, forget: Collection[str] = ()) -> Mapping[str, Beat]:
        self._count()
        for name in forget:
            self.beats.pop(name, None)
        self.beats[member] = beat
        return dict(self.beats)

    def _count(self) -> None:
        self.requests += 1
        if self.is_down:
            raise Transient("ledger-unreachable")
