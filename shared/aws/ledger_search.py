"""Looks for items in the ledger's table by its index of tenants and days, which holds nothing but keys.

A page costs one Query a tenant and day looked at, and one BatchGetItem for each 100 items: at most LOOKED_AT items
and DAYS days a page, whatever is asked for. Nothing scans.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import Any, Final, NamedTuple, Protocol

from shared.aws.attributes import Attribute, instant, to_item
from shared.aws.errors import translated
from shared.aws.ledger_items import SUMMARY, key, summary_from, tenant_day
from shared.errors import Transient
from shared.ledger.record import Summary
from shared.ledger.search import Page, Place, Wanted

LOOKED_AT: Final = 1_000
"""Items looked at for one page."""
DAYS: Final = 31
"""Days looked at for one page: a year without items is twelve pages, not one that takes a minute."""
BATCH: Final = 100
"""https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html"""
TENANTS_AT_ONCE: Final = 16
"""Queries under way: a hundred tenants' month is 3,000 of them, which one after the other took 20 s."""
TRIES: Final = 5
"""Of one batch that DynamoDB answers in part."""


class DynamoDB(Protocol):
    """What the search uses of aiobotocore's client."""

    async def query(self, **request: Any) -> dict[str, Any]: ...
    async def batch_get_item(self, **request: Any) -> dict[str, Any]: ...


class _Found(NamedTuple):
    """One item's place in the order: by time, and by id where times are equal."""

    received_at: str
    media_id: str


class LedgerSearch:
    def __init__(self, client: DynamoDB, table: str) -> None:
        self._client = client
        self._table = table

    async def page(self, wanted: Wanted, *, limit: int, after: Place | None = None) -> Page:
        items: list[Summary] = []
        looked_at, days = 0, 0
        newest = min(wanted.until, after.received_at) if after else wanted.until
        first, day = wanted.since.astimezone(UTC).date(), newest.astimezone(UTC).date()
        last: _Found | None = None
        while day >= first:
            room = LOOKED_AT - looked_at
            found = await self._of_day(wanted, instant(datetime(day.year, day.month, day.day, tzinfo=UTC)), after, room)
            for batch in (found[start : start + BATCH] for start in range(0, len(found), BATCH)):
                async for place, summary in self._summaries(batch):
                    last = place
                    looked_at += 1
                    if summary is not None and wanted.fits(summary):
                        items.append(summary)
                        if len(items) == limit:
                            return Page(items=tuple(items), after=_place(last))
            days += 1
            if looked_at >= LOOKED_AT and last is not None:
                return Page(items=tuple(items), after=_place(last))
            if days >= DAYS and day > first:
                # Behind everything of this day: no id is less than an empty one.
                start = datetime(day.year, day.month, day.day, tzinfo=UTC)
                return Page(items=tuple(items), after=Place(received_at=start, media_id=""))
            day -= timedelta(days=1)
        return Page(items=tuple(items), after=None)

    async def _of_day(self, wanted: Wanted, day: str, after: Place | None, room: int) -> list[_Found]:
        """The newest `room` items of this day that are behind `after`, of all tenants, newest first."""
        found: list[_Found] = []
        for first in range(0, len(wanted.tenants), TENANTS_AT_ONCE):
            partitions = (tenant_day(tenant, day) for tenant in wanted.tenants[first : first + TENANTS_AT_ONCE])
            places = await asyncio.gather(*(self._of_tenant(each, wanted, after, room) for each in partitions))
            found = sorted(chain(found, *places), reverse=True)[:room]
        return found

    async def _of_tenant(self, partition: str, wanted: Wanted, after: Place | None, room: int) -> list[_Found]:
        newest = min(wanted.until, after.received_at) if after else wanted.until
        behind = _Found(instant(after.received_at), after.media_id) if after else None
        found: list[_Found] = []
        page: dict[str, Any] = {}
        while len(found) < room and (not page or page.get("LastEvaluatedKey")):
            with translated("ledger"):
                page = await self._client.query(
                    TableName=self._table,
                    IndexName="by_tenant",
                    KeyConditionExpression="tenant_day = :day AND received_at BETWEEN :since AND :newest",
                    ExpressionAttributeValues=to_item({":day": partition, ":since": wanted.since, ":newest": newest}),
                    ScanIndexForward=False,
                    Limit=room,
                    **({"ExclusiveStartKey": page["LastEvaluatedKey"]} if page else {}),
                )
            places = (_Found(item["received_at"]["S"], item["pk"]["S"]) for item in page["Items"])
            found.extend(place for place in places if behind is None or place < behind)
        return found

    async def _summaries(self, places: Sequence[_Found]) -> AsyncIterator[tuple[_Found, Summary | None]]:
        """In the order of `places`; None for one that has gone since."""
        items = await self._batch([key(place.media_id, SUMMARY) for place in places])
        for place in places:
            item = items.get(place.media_id)
            yield place, summary_from(item) if item is not None else None

    async def _batch(self, keys: list[dict[str, Attribute]]) -> Mapping[str, Mapping[str, Attribute]]:
        found: dict[str, Mapping[str, Attribute]] = {}
        for _ in range(TRIES):
            with translated("ledger"):
                answer = await self._client.batch_get_item(RequestItems={self._table: {"Keys": keys}})
            found |= {item["pk"]["S"]: item for item in answer["Responses"].get(self._table, ())}
            keys = answer.get("UnprocessedKeys", {}).get(self._table, {}).get("Keys", [])
            if not keys:
                return found
        raise Transient("ledger-throttled", "DynamoDB keeps answering a batch in part")


def _place(found: _Found) -> Place:
    return Place(received_at=datetime.fromisoformat(found.received_at), media_id=found.media_id)
