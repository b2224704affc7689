"""Keeps what happened to policies' adapters in the ledger's table, in partitions of their own.

adapter#<policy>   <instant>   an AdapterEntry; `type` says which

No index has them, and nothing scans: whoever wants to know names the policy.
"""

from typing import Any, Final, Protocol

import msgspec

from shared.aws.attributes import from_item, instant, to_item
from shared.aws.tables import rows, was_met
from shared.errors import Transient
from shared.ledger.adapters import AdapterEntry

IS_NEW: Final = "attribute_not_exists(pk)"


class DynamoDB(Protocol):
    async def put_item(self, **request: Any) -> dict[str, Any]: ...
    async def query(self, **request: Any) -> dict[str, Any]: ...


class DynamoAdapterHistory:
    def __init__(self, client: DynamoDB, table: str) -> None:
        self._client = client
        self._table = table

    async def add(self, entry: AdapterEntry) -> bool:
        key = {"pk": {"S": _partition(entry.policy)}, "sk": {"S": instant(entry.at)}}
        return await was_met(
            self._client.put_item(TableName=self._table, Item=key | to_item(entry), ConditionExpression=IS_NEW)
        )

    async def of(self, policy: str) -> tuple[AdapterEntry, ...]:
        values = {":pk": _partition(policy)}
        found = rows(self._client, self._table, "pk = :pk", values, ConsistentRead=True, ScanIndexForward=False)
        return tuple([_read(from_item(item)) async for item in found])


def _partition(policy: str) -> str:
    return f"adapter#{policy}"


def _read(fields: dict[str, Any]) -> AdapterEntry:
    """Raises Transient for what this version can't read: a newer one or a hand wrote it, and either can be mended."""
    try:
        entry: AdapterEntry = msgspec.convert(fields, type=AdapterEntry)
    except msgspec.ValidationError as error:
        raise Transient("ledger-entry-unreadable", f"{fields.get('sk')}: {error}") from error
    return entry
