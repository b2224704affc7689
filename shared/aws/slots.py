"""Keeps a slot account in one item of the ledger's table: `pk` "slots#<name>", an attribute for each holder."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, Protocol

import msgspec
from botocore.exceptions import ClientError

from shared.aws.attributes import from_item, to_item
from shared.aws.errors import error_code, translated
from shared.aws.ledger_items import key
from shared.errors import Transient
from shared.slots import Holding

HOLDER: Final = "holder:"

IS_ROOM: Final = (
    "attribute_not_exists(#holder)"
    " AND (attribute_not_exists(held) OR held < :limit)"
    " AND (attribute_not_exists(closed_until) OR closed_until <= :now)"
)
IS_HELD: Final = "attribute_exists(#holder)"


class DynamoDB(Protocol):
    async def update_item(self, **request: Any) -> dict[str, Any]: ...
    async def get_item(self, **request: Any) -> dict[str, Any]: ...


class DynamoSlotAccount:
    """A change is one UpdateItem whose condition makes it once; `held` counts the holders, since a condition can't. The
    item never expires: what is forgotten in it would be started twice.
    """

    def __init__(self, client: DynamoDB, table: str, name: str) -> None:
        self._client = client
        self._item = {"TableName": table, "Key": key(f"slots#{name}", "slots")}

    async def take(self, holder: str, *, limit: int, now: datetime) -> Holding:
        return await self._change(
            "SET #holder = :now, held = if_not_exists(held, :none) + :one",
            IS_ROOM,
            holder,
            {":now": now, ":limit": limit, ":none": 0, ":one": 1},
        )

    async def release(self, holder: str) -> Holding:
        return await self._change("REMOVE #holder SET held = held - :one", IS_HELD, holder, {":one": 1})

    async def close(self, until: datetime) -> Holding:
        with translated("slots"):
            answer = await self._client.update_item(
                **self._item,
                UpdateExpression="SET closed_until = :until",
                ExpressionAttributeValues=to_item({":until": until}),
                ReturnValues="ALL_NEW",
            )
        return _holding(answer["Attributes"])

    async def look(self) -> Holding:
        with translated("slots"):
            answer = await self._client.get_item(**self._item, ConsistentRead=True)
        return _holding(answer.get("Item", {}))

    async def _change(self, update: str, condition: str, holder: str, values: Mapping[str, object]) -> Holding:
        try:
            with translated("slots"):
                answer = await self._client.update_item(
                    **self._item,
                    UpdateExpression=update,
                    ConditionExpression=condition,
                    ExpressionAttributeNames={"#holder": HOLDER + holder},
                    ExpressionAttributeValues=to_item(values),
                    ReturnValues="ALL_NEW",
                )
        except ClientError as error:
            if error_code(error) == "ConditionalCheckFailedException":
                return await self.look()
            raise
        return _holding(answer["Attributes"])


def _holding(item: Mapping[str, Any]) -> Holding:
    told = from_item(item)
    held = {name.removeprefix(HOLDER): at for name, at in told.items() if name.startswith(HOLDER)}
    try:
        return Holding(
            holders=msgspec.convert(held, dict[str, datetime]),
            closed_until=msgspec.convert(told.get("closed_until"), datetime | None),
        )
    except msgspec.ValidationError as error:
        raise Transient("slots-unreadable", str(error)) from error
