"""Declines by loop, in memory."""

from collections.abc import Mapping, Sequence

from shared.declines import Declined


class FakeDeclines:
    def __init__(self, by_loop: Mapping[str, Sequence[Declined]] | None = None) -> None:
        self._by_loop = by_loop or {}

    async def of(self, loop: str) -> Sequence[Declined]:
        return self._by_loop.get(loop, ())
