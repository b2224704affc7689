"""Reads whole records out of the ledger's table: all that those need who only tell what is in it."""

from collections.abc import AsyncIterator, Mapping
from typing import Any, Protocol

from shared.aws.attributes import Attribute
from shared.aws.ledger_items import SUMMARY, entry_from, summary_from
from shared.aws.tables import rows
from shared.ledger.record import Record


class DynamoDB(Protocol):
    """What reading uses of aiobotocore's client."""

    async def query(self, **request: Any) -> dict[str, Any]: ...


class LedgerReader:
    def __init__(self, client: DynamoDB, table: str) -> None:
        self._reader = client
        self._table = table

    async def record(self, media_id: str) -> Record | None:
        summary, entries = None, []
        async for item in self._query("pk = :pk", {":pk": media_id}, ConsistentRead=True):
            if item["sk"] == {"S": SUMMARY}:
                summary = summary_from(item)
            else:
                entries.append(entry_from(item))
        if summary is None:
            return None
        return Record(summary=summary, entries=tuple(sorted(entries, key=lambda one: (one.at, one.key))))

    def _query(
        self, condition: str, values: Mapping[str, object], **options: object
    ) -> AsyncIterator[dict[str, Attribute]]:
        return rows(self._reader, self._table, condition, values, **options)
