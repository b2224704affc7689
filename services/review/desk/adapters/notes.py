"""What the desk remembers of reviewers, in the desk's table, which has the sessions of browsers too
(`shared.aws.sessions`).

worker#<id>     given#<instant>#<loop>   one answer, for the reviewer's own list
                judged#<loop>            that it was answered
                declined#<loop>          that it was declined, and why
                draft#<loop>             what was filled in so far
                comfort, exposure        one each
                holding                  the tasks that were taken last, most of them over
loop#<name>     declined#<worker>        the same beside the loop, for whoever leads the team (`shared.aws.declines`)
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

import msgspec

from services.review.desk.adapters.batch_get import items
from services.review.desk.adapters.loops import DynamoDB
from services.review.desk.domain.work import Comfort, Exposure, Given, earlier_rounds
from shared.aws.attributes import instant
from shared.aws.declines import PREFIX, partition
from shared.aws.errors import translated
from shared.declines import Declined, DeclineReason

T = TypeVar("T", bound=msgspec.Struct)

GIVEN_KEPT: Final = timedelta(days=90)
DRAFT_KEPT: Final = timedelta(days=2)


class _Text(msgspec.Struct, frozen=True):
    text: str


class _Holding(msgspec.Struct, frozen=True):
    loops: tuple[str, ...] = ()


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

    async def get(self, pk: str, sk: str, kind: type[T]) -> T | None:
        with translated("desk-table"):
            answer = await self._dynamodb.get_item(
                TableName=self._name, Key={"pk": {"S": pk}, "sk": {"S": sk}}, ConsistentRead=True
            )
        item = answer.get("Item")
        return None if item is None else msgspec.json.decode(item["value"]["S"], type=kind)

    async def newest(self, pk: str, prefix: str, kind: type[T], *, limit: int) -> list[T]:
        return [msgspec.json.decode(item["value"]["S"], type=kind) for item in await self._query(pk, prefix, limit)]

    async def among(self, pk: str, keys: Sequence[str]) -> set[str]:
        """Those of these sort keys that there are."""
        wanted = [{"pk": {"S": pk}, "sk": {"S": key}} for key in keys]
        return {item["sk"]["S"] for item in await items(self._dynamodb, self._name, wanted)}

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

    async def barred(self, worker: str, loops: Sequence[str]) -> set[str]:
        against = {loop: _against(loop) for loop in loops}
        wanted = sorted({key for keys in against.values() for key in keys})
        found = await self._table.among(_worker(worker), wanted)
        return {loop for loop, keys in against.items() if not found.isdisjoint(keys)}

    async def decline(self, worker: str, loop: str, reason: DeclineReason, at: datetime) -> None:
        declined, until = Declined(reason=reason, at=at), at + GIVEN_KEPT
        await self._table.put(partition(loop), f"{PREFIX}{worker}", declined, until=until)
        await self._table.put(_worker(worker), f"declined#{loop}", declined, until=until)

    async def holding(self, worker: str) -> tuple[str, ...]:
        return (await self._table.get(_worker(worker), "holding", _Holding) or _Holding()).loops

    async def keep_holding(self, worker: str, loops: Sequence[str]) -> None:
        await self._table.put(_worker(worker), "holding", _Holding(tuple(loops)))

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


def _against(loop: str) -> list[str]:
    """Keys of which one is enough to keep a reviewer away from this loop."""
    earlier = earlier_rounds(loop)
    return [*(f"judged#{each}" for each in earlier), *(f"declined#{each}" for each in (loop, *earlier))]


def _worker(worker: str) -> str:
    return f"worker#{worker}"
