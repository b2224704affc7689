"""Reads whole records out of the ledger's table: all that those need who only tell what is in it."""

from collections.abc import AsyncIterator, Mapping
from typing import Any, Protocol

from shared.aws.attributes import Attribute, to_item
from shared.aws.errors import translated
from shared.aws.ledger_items import SUMMARY, entry_from, summary_from
from shared.ledger.entries import Record


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

    async def _query(
        self, condition: str, values: Mapping[str, object], **options: object
    ) -> AsyncIterator[dict[str, Attribute]]:
        """All pages, 1 MB each."""
        page: dict[str, Any] = {}
        while True:
            with translated("ledger"):
                page = await self._reader.query(
                    TableName=self._table,
                    KeyConditionExpression=condition,
                    ExpressionAttributeValues=to_item(values),
                    **options,
                    **({"ExclusiveStartKey": page["LastEvaluatedKey"]} if page else {}),
                )
            for item in page["Items"]:
                yield item
            if not page.get("LastEvaluatedKey"):
                return
