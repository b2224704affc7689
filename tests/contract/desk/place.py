"""A table of the desk's, its bucket, and what is told on the event bus."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any

from services.review.desk.adapters.loops import DeskLoops
from services.review.desk.adapters.notes import Table, TableNotebook
from services.review.desk.adapters.waiting import WaitingLoops
from shared.aws.declines import DeskDeclines
from shared.errors import Transient
from tests.unit.review_desk.reviewing import BEGIN, loop

TEMPLATE = "<crowd-form></crowd-form>"


class Watched:
    """A client that writes down what is called, and fails when told to."""

    def __init__(self, client: Any, calls: list[str]) -> None:
        self._client = client
        self._calls = calls
        self.broken: set[str] = set()

    def __getattr__(self, operation: str) -> Any:
        async def call(**request: Any) -> Any:
            self._calls.append(operation)
            if operation in self.broken:
                raise Transient("broken-by-the-test")
            return await getattr(self._client, operation)(**request)

        return call


class Place:
    def __init__(self, clients: dict[str, Any], name: str) -> None:
        self.now: datetime = BEGIN
        self.calls: list[str] = []
        self.reads: list[str] = []
        self.s3 = Watched(clients["s3"], self.calls)
        self.events = Watched(clients["events"], self.calls)
        self.dynamodb = Watched(clients["dynamodb"], self.reads)
        self.loops = DeskLoops(self.dynamodb, name, self.s3, name, self.events, clock=lambda: self.now)
        self.index = WaitingLoops(self.dynamodb, name, clock=lambda: self.now)
        self.notebook = TableNotebook(Table(self.dynamodb, name))
        self.declines = DeskDeclines(self.dynamodb, name)
        self.opened = loop(output_uri=f"s3://{name}/human-loops/flow/loop/output.json")
        self._bucket = name
        self._s3 = clients["s3"]

    async def start(self, **changes: Any) -> str:
        opened = replace(self.opened, **changes)
        await self.loops.start(opened, '{"kind": "image"}', TEMPLATE)
        return opened.name

    async def waiting(self, group: str) -> list[str]:
        return [each.name async for each in self.index.by_urgency([group])]

    async def output(self) -> Any:
        found = await self._s3.get_object(Bucket=self._bucket, Key="human-loops/flow/loop/output.json")
        return json.loads(await found["Body"].read())


@asynccontextmanager
async def made_table(dynamodb: Any, name: str) -> AsyncIterator[str]:
    """The table as the infrastructure program makes it, as long as it is needed."""
    await dynamodb.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in ("pk", "sk", "shelf", "waits")],
        KeySchema=_keys("pk", "sk"),
        GlobalSecondaryIndexes=[
            {
                "IndexName": "by_urgency",
                "KeySchema": _keys("shelf", "waits"),
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            }
        ],
    )
    yield name
    await dynamodb.delete_table(TableName=name)


def _keys(partition: str, sort: str) -> list[dict[str, str]]:
    return [{"AttributeName": partition, "KeyType": "HASH"}, {"AttributeName": sort, "KeyType": "RANGE"}]
