"""Reads many items one after the other: those that a search finds, and their whole records."""

import asyncio
from collections.abc import AsyncIterator
from typing import Final, Protocol

from shared.ledger.record import Record, Summary
from shared.ledger.search import Place, Search, Wanted

PAGE: Final = 200
READS_AT_ONCE: Final = 16


class Records(Protocol):
    async def record(self, media_id: str) -> Record | None:
        """Everything about one item; None when there is no such item. Raises Transient."""
        ...


async def found(search: Search, wanted: Wanted, *, limit: int, after: Place | None = None) -> AsyncIterator[Summary]:
    """The newest `limit` of them, newest first."""
    left = limit
    while left > 0:
        page = await search.page(wanted, limit=min(left, PAGE), after=after)
        for item in page.items:
            yield item
        left -= len(page.items)
        after = page.after
        if after is None:
            return


async def records(ledger: Records, items: AsyncIterator[Summary]) -> AsyncIterator[Record]:
    """The records of these items in their order, some read at a time; no more than that are ever in memory."""
    waiting: list[str] = []
    async for item in items:
        waiting.append(item.media_id)
        if len(waiting) == READS_AT_ONCE:
            for record in await asyncio.gather(*map(ledger.record, waiting)):
                if record is not None:
                    yield record
            waiting = []
    for record in await asyncio.gather(*map(ledger.record, waiting)):
        if record is not None:
            yield record
