"""The index of the desk's table that has the open loops by team, octave of severity, and age: their keys alone.

A loop enters it when it is opened and leaves it when it ends, and what happens in between costs the index nothing.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

from services.review.desk.domain.loops import Loop
from services.review.desk.domain.waiting import Count, MostUrgent, Page, Shelf, Waiting, octave, shelves
from shared.aws.attributes import instant
from shared.aws.errors import translated
from shared.clock import Clock

INDEX: Final = "by_urgency"
PAGE: Final = 250
PAGES_LIMIT: Final = 40
"""For one list of tasks. A queue that is worked off stays far from it; where more than ten thousand of one octave came
in at the same moment, the order is right among those that were read."""
COUNTED_FOR: Final = timedelta(seconds=15)
"""Counting reads all keys of a team's loops: once for everybody who looks at their list in this time."""


class DynamoDB(Protocol):
    async def query(self, **request: Any) -> dict[str, Any]: ...


class WaitingLoops:
    """What is in the index may lag behind the loops themselves by some moments."""

    def __init__(self, dynamodb: DynamoDB, table: str, *, clock: Clock) -> None:
        self._dynamodb = dynamodb
        self._table = table
        self._clock = clock
        self._counted: dict[str, tuple[datetime, Count]] = {}

    async def by_urgency(self, groups: Sequence[str]) -> AsyncIterator[Waiting]:
        """The open loops of these teams, the most urgent first. Reads on as long as it is asked for more."""
        places = {shelf: "" for group in groups for shelf in shelves(group)}
        found = MostUrgent(list(places), self._clock())

        async def read(shelf: Shelf) -> None:
            page = await self._read(shelf, places[shelf])
            places[shelf] = page.after or ""
            found.take(shelf, page)

        await asyncio.gather(*(read(shelf) for shelf in places))
        for _ in range(PAGES_LIMIT):
            for loop in found.certain():
                yield loop
            shelf = found.unread()
            if shelf is None:
                break
            await read(shelf)
        for loop in found.rest():
            yield loop

    async def count(self, group: str) -> Count:
        now = self._clock()
        counted = self._counted.get(group)
        if counted is not None and now - counted[0] < COUNTED_FOR:
            return counted[1]
        counts = await asyncio.gather(*(self._count(shelf) for shelf in shelves(group)))
        count = Count(number=sum(each.number for each in counts), is_more=any(each.is_more for each in counts))
        self._counted[group] = (now, count)
        return count

    async def _read(self, shelf: Shelf, after: str) -> Page:
        """The first that come after that place on the shelf."""
        condition, values = "shelf = :shelf AND waits > :after", {":after": {"S": after or " "}}
        answer = await self._query(shelf, condition, values, Limit=PAGE)
        last = answer.get("LastEvaluatedKey")
        return Page(loops=[_waiting(item) for item in answer["Items"]], after=last["waits"]["S"] if last else None)

    async def _count(self, shelf: Shelf) -> Count:
        """A megabyte of keys is counted at the most, some thousand."""
        answer = await self._query(shelf, "shelf = :shelf", {}, Select="COUNT")
        return Count(number=answer["Count"], is_more="LastEvaluatedKey" in answer)

    async def _query(self, shelf: Shelf, condition: str, values: Mapping[str, Any], **more: Any) -> dict[str, Any]:
        with translated("desk-table"):
            return await self._dynamodb.query(
                TableName=self._table,
                IndexName=INDEX,
                KeyConditionExpression=condition,
                ExpressionAttributeValues={":shelf": {"S": _shelf(shelf)}, **values},
                **more,
            )


def index_keys(loop: Loop) -> dict[str, Any]:
    """What puts an open loop into the index: all that its place in the order needs."""
    severity = loop.about.severity
    return {
        "shelf": {"S": _shelf(Shelf(group=loop.group, octave=octave(severity)))},
        "waits": {"S": f"{instant(loop.created_at)}#{severity}#{loop.name}"},
    }


def _shelf(shelf: Shelf) -> str:
    return f"{shelf.group}#{shelf.octave}"


def _waiting(item: Mapping[str, Any]) -> Waiting:
    since, severity, name = item["waits"]["S"].split("#")
    return Waiting(name=name, severity=int(severity), created_at=datetime.fromisoformat(since))
