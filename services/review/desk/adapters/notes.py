"""What the desk remembers of reviewers and of browsers, in the desk's table.

worker#<id>     given#<instant>#<loop>   one answer, for the reviewer's own list
                judged#<loop>            that it was answered or declined
                draft#<loop>             what was filled in so far
                comfort, exposure        one each
session#<hash>  session                  of a browser, by the SHA-256 of its cookie: reading the table opens nothing
"""

import hashlib
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

import msgspec

from services.review.desk.adapters.loops import DynamoDB
from services.review.desk.domain.work import Comfort, Exposure, Given
from services.review.desk.ports import Session
from shared.aws.attributes import instant
from shared.aws.errors import translated
from shared.clock import Clock

T = TypeVar("T", bound=msgspec.Struct)

GIVEN_KEPT: Final = timedelta(days=90)
DRAFT_KEPT: Final = timedelta(days=2)


class _Text(msgspec.Struct, frozen=True):
    text: str


class Table:
    """Items of the desk's table: a struct each, as JSON. DynamoDB forgets them some time after `until`."""

    def __init__(self, dynamodb: DynamoDB, name: str) -> None:
        self._dynamodb = dynamodb
        self._name = name

    async def put(self, pk: str, sk: str, value: msgspec.Struct, *, until: datetime | None = None) -> None:
        item = {"pk": {"S": pk}, "sk": {"S": sk}, "value": {"S": msgspec.json.encode(value).decode()}}
        if until is not None:
            item["expires_at"] = {"N": str(int(until.timestamp()))}
        with translated("desk-table"):
            await self._dynamodb.put_item(TableName=self._name, Item=item)

    async def get(self, pk: str, sk: str, kind: type[T], *, now: datetime | None = None) -> T | None:
        """With `now`, what should be forgotten by then counts as forgotten: DynamoDB takes days about it."""
        with translated("desk-table"):
            answer = await self._dynamodb.get_item(
                TableName=self._name, Key={"pk": {"S": pk}, "sk": {"S": sk}}, ConsistentRead=True
            )
        item = answer.get("Item")
        if item is None or (now is not None and int(item["expires_at"]["N"]) <= now.timestamp()):
            return None
        return msgspec.json.decode(item["value"]["S"], type=kind)

    async def newest(self, pk: str, prefix: str, kind: type[T], *, limit: int) -> list[T]:
        return [msgspec.json.decode(item["value"]["S"], type=kind) for item in await self._query(pk, prefix, limit)]

    async def keys(self, pk: str, prefix: str) -> list[str]:
        return [item["sk"]["S"] for item in await self._query(pk, prefix, 100)]

    async def _query(self, pk: str, prefix: str, limit: int) -> list[dict[str, Any]]:
        with translated("desk-table"):
            answer = await self._dynamodb.query(
                TableName=self._name,
                KeyConditionExpression="pk = :pk AND begins_with(sk, :prefix)",
                ExpressionAttributeValues={":pk": {"S": pk}, ":prefix": {"S": prefix}},
                ScanIndexForward=False,
                ConsistentRead=True,
                Limit=limit,
            )
        items: list[dict[str, Any]] = answer["Items"]
        return items


class TableNotebook:
    def __init__(self, table: Table) -> None:
        self._table = table

    async def given(self, worker: str, *, day: str | None = None, limit: int = 50) -> list[Given]:
        return await self._table.newest(_worker(worker), f"given#{day or ''}", Given, limit=limit)

    async def keep_given(self, worker: str, given: Given) -> None:
        until = given.at + GIVEN_KEPT
        await self._table.put(_worker(worker), f"judged#{given.loop}", _Text(""), until=until)
        await self._table.put(_worker(worker), f"given#{instant(given.at)}#{given.loop}", given, until=until)

    async def has_judged(self, worker: str, media_id: str, *, but: str) -> bool:
        mine = await self._table.keys(_worker(worker), f"judged#{media_id}")
        return any(key != f"judged#{but}" for key in mine) or bool(
            await self._table.keys(_worker(worker), f"declined#{but}")
        )

    async def decline(self, worker: str, loop: str, reason: str, at: datetime) -> None:
        await self._table.put(_worker(worker), f"declined#{loop}", _Text(reason), until=at + GIVEN_KEPT)

    async def draft(self, worker: str, loop: str) -> str | None:
        kept = await self._table.get(_worker(worker), f"draft#{loop}", _Text)
        return kept.text if kept and kept.text else None

    async def keep_draft(self, worker: str, loop: str, content: str | None, at: datetime) -> None:
        await self._table.put(_worker(worker), f"draft#{loop}", _Text(content or ""), until=at + DRAFT_KEPT)

    async def comfort(self, worker: str) -> Comfort:
        return await self._table.get(_worker(worker), "comfort", Comfort) or Comfort()

    async def keep_comfort(self, worker: str, comfort: Comfort) -> None:
        await self._table.put(_worker(worker), "comfort", comfort)

    async def exposure(self, worker: str) -> Exposure:
        return await self._table.get(_worker(worker), "exposure", Exposure) or Exposure()

    async def keep_exposure(self, worker: str, exposure: Exposure) -> None:
        await self._table.put(_worker(worker), "exposure", exposure)


class TableSessions:
    def __init__(self, table: Table, *, clock: Clock) -> None:
        self._table = table
        self._clock = clock

    async def get(self, cookie: str) -> Session | None:
        return await self._table.get(_session(cookie), "session", Session, now=self._clock())

    async def keep(self, cookie: str, session: Session, *, until: datetime) -> None:
        await self._table.put(_session(cookie), "session", session, until=until)

    async def end(self, cookie: str) -> None:
        """Nothing that the cookie could open is left."""
        await self._table.put(_session(cookie), "session", Session(csrf=""), until=self._clock())


def _worker(worker: str) -> str:
    return f"worker#{worker}"


def _session(cookie: str) -> str:
    return f"session#{hashlib.sha256(cookie.encode()).hexdigest()}"
