"""Keeps golden items in the ledger's table, in partitions of their own.

golden#<policy>    item#<media id>                        a GoldenItem; removed_at once it is taken out
golden#<policy>    case#<real loop's name>                the GoldenLoop that was drawn to go beside it
golden#<policy>    answer#<media id>#<loop id>#<worker>   a GoldenAnswer
golden-loop#<id>   loop                                   a GoldenLoop

The index by_status has open loops under `golden-open`, and answers under `golden-answer#<day>`: words that no item's
status begins with. Nothing scans.
"""

from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Protocol, TypeVar

import msgspec

from shared.aws.attributes import Attribute, from_item, instant, to_item
from shared.aws.errors import translated
from shared.aws.tables import rows, was_met
from shared.clock import Clock, utc_now
from shared.errors import Transient
from shared.ledger.golden import GoldenAnswer, GoldenItem, GoldenLoop

T = TypeVar("T", bound=msgspec.Struct)

OPEN: Final = "golden-open"
ANSWERED: Final = "golden-answer"

IS_NEW: Final = "attribute_not_exists(pk)"
IS_IN_USE: Final = "attribute_exists(pk) AND attribute_not_exists(removed_at)"
IS_FREE: Final = f"{IS_IN_USE} AND (attribute_not_exists(busy_until) OR busy_until <= :opened_at)"
IS_BUSY_BY: Final = "busy_by = :loop"
IS_OPEN: Final = "attribute_exists(pk) AND attribute_not_exists(outcome)"


class DynamoDB(Protocol):
    async def put_item(self, **request: Any) -> dict[str, Any]: ...
    async def update_item(self, **request: Any) -> dict[str, Any]: ...
    async def get_item(self, **request: Any) -> dict[str, Any]: ...
    async def query(self, **request: Any) -> dict[str, Any]: ...


class DynamoGolden:
    """In write units: a golden loop costs 7 (item, draw, loop with its index, end with its index, item again), each
    answer 2. Drawing one reads a policy's golden items and the answers about one of them, a Query each."""

    def __init__(self, client: DynamoDB, table: str, *, clock: Clock = utc_now) -> None:
        self._client = client
        self._table = table
        self._clock = clock

    async def keep(self, item: GoldenItem) -> None:
        told = {"kind": item.kind, "right": item.right, "labels": item.labels, "added_at": item.added_at}
        names = {**told, "media_id": item.media_id, "policy": item.policy}
        await self._update(_item_key(item.policy, item.media_id), names, remove="removed_at")

    async def remove(self, policy: str, media_id: str, at: datetime) -> bool:
        return await self._update(_item_key(policy, media_id), {"removed_at": at}, IS_IN_USE)

    async def items(self, policy: str) -> tuple[GoldenItem, ...]:
        found = self._query("pk = :pk AND begins_with(sk, :sk)", {":pk": _partition(policy), ":sk": "item#"})
        return tuple([_read(item, GoldenItem) async for item in found if "removed_at" not in item])

    async def drawn(self, policy: str, beside: str) -> GoldenLoop | None:
        return await self._get(_case_key(policy, beside), GoldenLoop)

    async def draw(self, loop: GoldenLoop, *, busy_until: datetime) -> GoldenLoop | None:
        """The item first: when a crash follows, it is free again by `busy_until` at the latest."""
        which = _item_key(loop.policy.name, loop.item)
        taken = {"opened_at": loop.opened.at, "busy_until": busy_until, "busy_by": loop.id}
        if not await self._update(which, taken, IS_FREE):
            return None
        case = _case_key(loop.policy.name, loop.beside)
        if await self._put(case | to_item(loop), IS_NEW):
            return loop
        first = await self._get(case, GoldenLoop)
        if first is not None and first.id != loop.id:
            await self._free(loop, loop.opened.at)
        return first

    async def open(self, loop: GoldenLoop) -> bool:
        listed = {"status_day": {"S": OPEN}, "updated_at": {"S": instant(loop.opened.at)}}
        return await self._put(_loop_key(loop.id) | to_item(loop) | listed, IS_NEW)

    async def loop(self, loop_id: str) -> GoldenLoop | None:
        return await self._get(_loop_key(loop_id), GoldenLoop)

    async def end(self, loop: GoldenLoop, outcome: str, at: datetime) -> bool:
        over = msgspec.structs.replace(loop, outcome=outcome, ended_at=at)
        is_first = await self._put(_loop_key(loop.id) | to_item(over), IS_OPEN)
        await self._free(loop, at)
        return is_first

    async def open_loops(self, *, before: datetime) -> AsyncIterator[GoldenLoop]:
        condition, values = "status_day = :day AND updated_at < :before", {":day": OPEN, ":before": instant(before)}
        async for item in self._query(condition, values, IndexName="by_status"):
            yield _read(item, GoldenLoop)

    async def add_answer(self, answer: GoldenAnswer) -> bool:
        at = instant(answer.at)
        sk = f"answer#{answer.item}#{answer.loop}#{answer.worker}"
        listed = {"status_day": {"S": f"{ANSWERED}#{at[:10]}"}, "updated_at": {"S": at}}
        return await self._put(_key(_partition(answer.policy), sk) | to_item(answer) | listed, IS_NEW)

    async def answered_by(self, policy: str, media_id: str) -> tuple[str, ...]:
        values = {":pk": _partition(policy), ":sk": f"answer#{media_id}#"}
        found = self._query("pk = :pk AND begins_with(sk, :sk)", values, ConsistentRead=True)
        return tuple(sorted({_read(item, GoldenAnswer).worker async for item in found}))

    async def answers(self, *, since: datetime) -> AsyncIterator[GoldenAnswer]:
        first, last = since.astimezone(UTC), self._clock().astimezone(UTC)
        for days in range((last.date() - first.date()).days + 1):
            day = instant(first + timedelta(days=days))[:10]
            condition, values = "status_day = :day AND updated_at >= :since", {":since": instant(since)}
            async for item in self._query(condition, values | {":day": f"{ANSWERED}#{day}"}, IndexName="by_status"):
                yield _read(item, GoldenAnswer)

    async def _free(self, loop: GoldenLoop, at: datetime) -> None:
        which = _item_key(loop.policy.name, loop.item)
        await self._update(which, {"busy_until": at}, IS_BUSY_BY, {":loop": loop.id})

    async def _get(self, key: dict[str, Attribute], kind: type[T]) -> T | None:
        with translated("ledger"):
            answer = await self._client.get_item(TableName=self._table, Key=key, ConsistentRead=True)
        return _read(answer["Item"], kind) if "Item" in answer else None

    async def _put(self, item: dict[str, Attribute], condition: str) -> bool:
        return await was_met(self._client.put_item(TableName=self._table, Item=item, ConditionExpression=condition))

    async def _update(
        self,
        key: dict[str, Attribute],
        changes: Mapping[str, object],
        condition: str | None = None,
        values: Mapping[str, object] | None = None,
        *,
        remove: str | None = None,
    ) -> bool:
        """Set every change; the condition may use the new value of each as `:<name>`."""
        setting = "SET " + ", ".join(f"#{name} = :{name}" for name in changes)
        request: dict[str, Any] = {
            "TableName": self._table,
            "Key": key,
            "UpdateExpression": f"{setting} REMOVE {remove}" if remove else setting,
            "ExpressionAttributeNames": {f"#{name}": name for name in changes},
            "ExpressionAttributeValues": to_item(
                {f":{name}": value for name, value in changes.items()} | dict(values or {})
            ),
        }
        if condition is not None:
            request["ConditionExpression"] = condition
        return await was_met(self._client.update_item(**request))

    def _query(
        self, condition: str, values: Mapping[str, object], **options: object
    ) -> AsyncIterator[dict[str, Attribute]]:
        return rows(self._client, self._table, condition, values, **options)


def _key(pk: str, sk: str) -> dict[str, Attribute]:
    return {"pk": {"S": pk}, "sk": {"S": sk}}


def _partition(policy: str) -> str:
    return f"golden#{policy}"


def _item_key(policy: str, media_id: str) -> dict[str, Attribute]:
    return _key(_partition(policy), f"item#{media_id}")


def _case_key(policy: str, beside: str) -> dict[str, Attribute]:
    return _key(_partition(policy), f"case#{beside}")


def _loop_key(loop_id: str) -> dict[str, Attribute]:
    return _key(f"golden-loop#{loop_id}", "loop")


def _read(item: Mapping[str, Attribute], kind: type[T]) -> T:
    """Raises Transient for what this version can't read: a newer one or a hand wrote it, and either can be mended."""
    fields = from_item(item)
    try:
        return msgspec.convert(fields, type=kind)
    except msgspec.ValidationError as error:
        raise Transient("ledger-entry-unreadable", f"{fields.get('sk')}: {error}") from error
