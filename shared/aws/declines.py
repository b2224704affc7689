"""Reads out of the desk's table who of a loop's reviewers declined it: `loop#<name>`, `declined#<worker>`."""

from typing import Any, Final, Protocol

import msgspec

from shared.aws.errors import translated
from shared.declines import Declined

PREFIX: Final = "declined#"
LIMIT: Final = 100
"""Of one loop; a team that declines more often has been heard."""


class DynamoDB(Protocol):
    async def query(self, **request: Any) -> dict[str, Any]: ...


class DeskDeclines:
    def __init__(self, dynamodb: DynamoDB, table: str) -> None:
        self._dynamodb = dynamodb
        self._table = table

    async def of(self, loop: str) -> list[Declined]:
        with translated("desk-table"):
            answer = await self._dynamodb.query(
                TableName=self._table,
                KeyConditionExpression="pk = :pk AND begins_with(sk, :prefix)",
                ExpressionAttributeValues={":pk": {"S": partition(loop)}, ":prefix": {"S": PREFIX}},
                ConsistentRead=True,
                Limit=LIMIT,
            )
        found = [msgspec.json.decode(item["value"]["S"], type=Declined) for item in answer["Items"]]
        return sorted(found, key=lambda each: each.at, reverse=True)


def partition(loop: str) -> str:
    return f"loop#{loop}"
