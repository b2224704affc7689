"""Budgets of memory and of time: concurrency counts messages, but bytes fill a task's memory, and some take minutes."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from shared.errors import Deferred


class ByteBudget:
    """Hands out `total_bytes` in the order of asking, so that a large object isn't overtaken for ever by small ones."""

    def __init__(self, total_bytes: int) -> None:
        self._total_bytes = total_bytes
        self._used_bytes = 0
        self._turn = asyncio.Lock()
        self._freed = asyncio.Condition()

    @asynccontextmanager
    async def of(self, size_bytes: int) -> AsyncIterator[None]:
        wanted = min(size_bytes, self._total_bytes)
        async with self._turn, self._freed:
            await self._freed.wait_for(lambda: self._used_bytes + wanted <= self._total_bytes)
            self._used_bytes += wanted
        try:
            yield
        finally:
            self._used_bytes -= wanted
            async with self._freed:
                self._freed.notify_all()


class FewPlaces:
    """So many at a time; who finds none free comes again in `again_s`, and holds up nobody meanwhile."""

    def __init__(self, number: int, *, code: str, again_s: int) -> None:
        self._free = number
        self._code = code
        self._again_s = again_s

    @contextmanager
    def one(self) -> Iterator[None]:
        if self._free == 0:
            raise Deferred(self._code, "as many as may be are being read already", delay_s=self._again_s)
        self._free -= 1
        try:
            yield
        finally:
            self._free += 1
