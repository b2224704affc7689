"""The desk's own loops in DynamoDB, one item per loop, changed by revision; their inputs beside them.

template#<sha-256>  template  content: many loops share one
loop#<name>  loop    loop (JSON), revision; while it is open also what puts it into an index (`waiting.index_keys`)
loop#<name>  input   content, or key of the object in the evidence bucket when it is large
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

import msgspec
from botocore.exceptions import ClientError

from services.review.desk.adapters.batch_get import items
from services.review.desk.adapters.waiting import index_keys
from services.review.desk.domain import loops, reports
from services.review.desk.domain.loops import Loop
from shared.aws.errors import error_code, translated
from shared.aws.objects import fetch
from shared.clock import Clock
from shared.errors import Transient

KEPT_AFTER_END: Final = timedelta(days=30)
"""As long as A2I keeps its own."""
INLINE_LIMIT_BYTES: Final = 200_000
"""DynamoDB takes items of 400 KB."""
INPUT_LIMIT_BYTES: Final = 3_145_728
ATTEMPTS: Final = 10
"""Reviewers who change one loop at the same time are few: each attempt that loses means that another has won."""

IS_NEW: Final = "attribute_not_exists(pk)"
IS_UNCHANGED: Final = "revision = :revision"


class DynamoDB(Protocol):
    async def put_item(self, **request: Any) -> dict[str, Any]: ...
    async def get_item(self, **request: Any) -> dict[str, Any]: ...
    async def query(self, **request: Any) -> dict[str, Any]: ...
    async def batch_get_item(self, **request: Any) -> dict[str, Any]: ...


class S3(Protocol):
    async def put_object(self, **request: Any) -> dict[str, Any]: ...
    async def get_object(self, **request: Any) -> dict[str, Any]: ...


class Events(Protocol):
    async def put_events(self, **request: Any) -> dict[str, Any]: ...


class DeskLoops:
    """`bucket` is the evidence bucket. Raises Transient when AWS can't be reached or throttles."""

    def __init__(self, dynamodb: DynamoDB, table: str, s3: S3, bucket: str, events: Events, *, clock: Clock) -> None:
        self._dynamodb = dynamodb
        self._table = table
        self._s3 = s3
        self._bucket = bucket
        self._events = events
        self._clock = clock

    async def start(self, loop: Loop, content: str, template: str) -> None:
        """Open the loop with this input and worker template, whose digest it names; nothing changes when there is one
        of this name already."""
        if await self._load(loop.name) is not None:
            return
        await self._keep_template(loop.template, template)
        await self._keep_input(loop, content)
        await self._put(loop, 0)

    async def get(self, name: str) -> Loop | None:
        """The loop as it is now, whether or not anybody has written down yet what time has done to it."""
        found = await self._load(name)
        return loops.after_time_passed(found[0], self._clock()) if found else None

    async def change(self, name: str, change: Callable[[Loop], Loop]) -> Loop:
        """Change the loop, and carry its end out when that is decided. Raises KeyError when there is none."""
        for _ in range(ATTEMPTS):
            found = await self._load(name)
            if found is None:
                raise KeyError(name)
            before, revision = found
            after = change(loops.after_time_passed(before, self._clock()))
            if after == before or await self._put(after, revision + 1):
                return await self._told(after, revision + (after != before))
        raise Transient("desk-loop-contended")

    async def settled(self, name: str) -> Loop | None:
        """As `get`, after everything that is due has been carried out: an expiry, an end that a crash left untold."""
        try:
            return await self.change(name, lambda loop: loop)
        except KeyError:
            return None

    async def get_all(self, names: Sequence[str]) -> list[Loop]:
        """Those of these loops that there are, each as by `get`, in the order of their names here."""
        found = await items(self._dynamodb, self._table, [_key(name, "loop") for name in names])
        now, by_name = self._clock(), {loop.name: loop for loop in map(_read, found)}
        return [loops.after_time_passed(by_name[name], now) for name in names if name in by_name]

    async def task_input(self, name: str) -> str:
        with translated("desk-table"):
            answer = await self._dynamodb.get_item(TableName=self._table, Key=_key(name, "input"), ConsistentRead=True)
        if "Item" not in answer:
            raise KeyError(name)
        if "content" in answer["Item"]:
            return str(answer["Item"]["content"]["S"])
        key = answer["Item"]["key"]["S"]
        fetched = await fetch(self._s3, self._bucket, key, what="desk-input", limit_bytes=INPUT_LIMIT_BYTES)
        return fetched.body.decode()

    async def template(self, loop: Loop) -> str:
        with translated("desk-table"):
            answer = await self._dynamodb.get_item(TableName=self._table, Key=_template_key(loop.template))
        return str(answer["Item"]["content"]["S"])

    async def _keep_template(self, digest: str, template: str) -> None:
        item = _template_key(digest) | {"content": {"S": template}}
        try:
            with translated("desk-table"):
                await self._dynamodb.put_item(TableName=self._table, Item=item, ConditionExpression=IS_NEW)
        except ClientError as error:
            if error_code(error) != "ConditionalCheckFailedException":
                raise

    async def _told(self, loop: Loop, revision: int) -> Loop:
        """Write `output.json`, then send the event, then note both: a crash in between repeats, and loses nothing."""
        if loop.ending is None or loop.is_told:
            return loop
        if loop.answers or loop.ending.status == "Completed":
            body = reports.output(loop, await self.task_input(loop.name))
            await self._write(loop.output_uri.removeprefix(f"s3://{self._bucket}/"), body)
        with translated("events"):
            answer = await self._events.put_events(Entries=[reports.event(loop)])
        if answer.get("FailedEntryCount"):
            raise Transient("desk-event-refused", str(answer["Entries"][0].get("ErrorCode", "")))
        told = replace(loop, is_told=True)
        # When somebody else was faster with this last note, the loop has been told twice, as A2I may too.
        await self._put(told, revision + 1)
        return told

    async def _keep_input(self, loop: Loop, content: str) -> None:
        item: dict[str, Any] = _key(loop.name, "input") | {"expires_at": _forgotten_at(loop)}
        if len(content.encode()) <= INLINE_LIMIT_BYTES:
            item["content"] = {"S": content}
        else:
            key = loop.output_uri.removeprefix(f"s3://{self._bucket}/").replace("/output.json", "/input.json")
            await self._write(key, content.encode())
            item["key"] = {"S": key}
        with translated("desk-table"):
            await self._dynamodb.put_item(TableName=self._table, Item=item)

    async def _write(self, key: str, body: bytes) -> None:
        with translated("evidence"):
            await self._s3.put_object(Bucket=self._bucket, Key=key, Body=body, ContentType="application/json")

    async def _load(self, name: str) -> tuple[Loop, int] | None:
        with translated("desk-table"):
            answer = await self._dynamodb.get_item(TableName=self._table, Key=_key(name, "loop"), ConsistentRead=True)
        item = answer.get("Item")
        return (_read(item), int(item["revision"]["N"])) if item else None

    async def _put(self, loop: Loop, revision: int) -> bool:
        """Write this revision; False when another has come first."""
        item = _key(loop.name, "loop") | {
            "loop": {"S": msgspec.json.encode(loop).decode()},
            "revision": {"N": str(revision)},
            "expires_at": _forgotten_at(loop),
        }
        if loop.is_open:
            item |= index_keys(loop)
        request: dict[str, Any] = {"TableName": self._table, "Item": item, "ConditionExpression": IS_NEW}
        if revision:
            request["ConditionExpression"] = IS_UNCHANGED
            request["ExpressionAttributeValues"] = {":revision": {"N": str(revision - 1)}}
        try:
            with translated("desk-table"):
                await self._dynamodb.put_item(**request)
        except ClientError as error:
            if error_code(error) == "ConditionalCheckFailedException":
                return False
            raise
        return True


def parsed(task_input: str) -> Mapping[str, Any]:
    read: Mapping[str, Any] = json.loads(task_input)
    return read


def _read(item: Mapping[str, Any]) -> Loop:
    return msgspec.json.decode(item["loop"]["S"], type=Loop)


def _key(name: str, kind: str) -> dict[str, Any]:
    return {"pk": {"S": f"loop#{name}"}, "sk": {"S": kind}}


def _template_key(digest: str) -> dict[str, Any]:
    return {"pk": {"S": f"template#{digest}"}, "sk": {"S": "template"}}


def _forgotten_at(loop: Loop) -> dict[str, str]:
    at: datetime = loop.expires_at + KEPT_AFTER_END
    return {"N": str(int(at.timestamp()))}
