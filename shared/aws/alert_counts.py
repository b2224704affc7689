"""Counts alerts in the ledger's table: `pk` "alerts#<kind>#<hour>", one item for each kind and hour."""

from datetime import datetime, timedelta
from typing import Any, Final, Protocol

from shared.aws.attributes import to_item
from shared.aws.errors import translated
from shared.aws.ledger_items import key

KEPT_FOR: Final = timedelta(days=1)


class DynamoDB(Protocol):
    async def update_item(self, **request: Any) -> dict[str, Any]: ...


class DynamoAlertCounts:
    """One write an alert, atomic, so that of a storm's alerts from many tasks each has a number of its own."""

    def __init__(self, client: DynamoDB, table: str) -> None:
        self._client = client
        self._table = table

    async def count(self, kind: str, since: datetime) -> int:
        with translated("alert-counts"):
            answer = await self._client.update_item(
                TableName=self._table,
                Key=key(f"alerts#{kind}#{since:%Y-%m-%dT%H}", "count"),
                UpdateExpression="ADD counted :one SET expires_at = :expires_at",
                ExpressionAttributeValues=to_item({":one": 1, ":expires_at": int((since + KEPT_FOR).timestamp())}),
                ReturnValues="UPDATED_NEW",
            )
        return int(answer["Attributes"]["counted"]["N"])
