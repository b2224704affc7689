"""A slot account in memory; `tests/contract/aws` holds it to the same tests as the one in DynamoDB."""

import asyncio
from datetime import datetime

from shared.errors import Transient
from shared.slots import Holding


class MemorySlotAccount:
    """`requests` counts the calls and `peak` is the most that were ever held; while `is_down` every call fails."""

    def __init__(self) -> None:
        self.holders: dict[str, datetime] = {}
        self.closed_until: datetime | None = None
        self.requests = 0
        self.peak = 0
        self.is_down = False

    async def take(self, holder: str, *, limit: int, now: datetime) -> Holding:
        await self._asked()
        if holder not in self.holders and self._holding().free(limit, now):
            self.holders[holder] = now
            self.peak = max(self.peak, len(self.holders))
        return self._holding()

    async def release(self, holder: str) -> Holding:
        await self._asked()
        self.holders.pop(holder, None)
        return self._holding()

    async def close(self, until: datetime) -> Holding:
        await self._asked()
        self.closed_until = until
        return self._holding()

    async def look(self) -> Holding:
        await self._asked()
        return self._holding()

    async def _asked(self) -> None:
        """Others get their turn before the answer is there, as with any store."""
        self.requests += 1
        if self.is_down:
            raise Transient("slots-unreachable")
        await asyncio.sleep(0)

    def _holding(self) -> Holding:
        return Holding(holders=dict(self.holders), closed_until=self.closed_until)
