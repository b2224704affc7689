"""A budget of memory: concurrency counts messages, but what fills a task's memory is bytes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


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
