"""Sessions of browsers, in a DynamoDB table, each by the SHA-256 of its cookie: reading the table opens nothing.

session#<hash>  session
"""

import hashlib
from datetime import datetime
from typing import Any, Final, Protocol

import msgspec

from shared.aws.errors import translated
from shared.clock import Clock
from shared.signin.ports import Session

SORT_KEY: Final = "session"


class DynamoDB(Protocol):
    async def get_item(self, **request: Any) -> dict[str, Any]: ...
    async def put_item(self, **request: Any) -> dict[str, Any]: ...


class TableSessions:
    """DynamoDB takes days to forget what has expired: here it counts as forgotten at once."""

    def __init__(self, dynamodb: DynamoDB, table: str, *, clock: Clock) -> None:
        self._dynamodb = dynamodb
        self._table = table
        self._clock = clock

    async def get(self, cookie: str) -> Session | None:
        with translated("sessions"):
            answer = await self._dynamodb.get_item(TableName=self._table, Key=_key(cookie), ConsistentRead=True)
        item = answer.get("Item")
        if item is None or int(item["expires_at"]["N"]) <= self._clock().timestamp():
            return None
        return msgspec.json.decode(item["value"]["S"], type=Session)

    async def keep(self, cookie: str, session: Session, *, until: datetime) -> None:
        kept = {"value": {"S": msgspec.json.encode(session).decode()}, "expires_at": {"N": str(int(until.timestamp()))}}
        with translated("sessions"):
            await self._dynamodb.put_item(TableName=self._table, Item=_key(cookie) | kept)

    async def end(self, cookie: str) -> None:
        """Nothing that the cookie could open is left."""
        await self.keep(cookie, Session(csrf=""), until=self._clock())


def _key(cookie: str) -> dict[str, Any]:
    return {"pk": {"S": f"session#{hashlib.sha256(cookie.encode()).hexdigest()}"}, "sk": {"S": SORT_KEY}}
