"""Several places where loops are kept, as one: a loop belongs to the first that knows its name."""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from services.review.desk.domain.loops import FailureCode, Reviewer
from services.review.desk.domain.waiting import Count
from services.review.desk.domain.work import urgency
from services.review.desk.ports import Task, Tasks
from shared.clock import Clock


class AllTasks:
    def __init__(self, *places: Tasks, clock: Clock) -> None:
        self._places = places
        self._clock = clock

    async def by_urgency(self, groups: Sequence[str], worker: str) -> AsyncIterator[Task]:
        now = self._clock()
        queues = [place.by_urgency(groups, worker) for place in self._places]
        heads = [(head, queue) for queue in queues if (head := await anext(queue, None)) is not None]
        while heads:
            first = max(heads, key=lambda each: urgency(each[0].about.severity, each[0].created_at, now))
            heads.remove(first)
            head, queue = first
            yield head
            if (following := await anext(queue, None)) is not None:
                heads.append((following, queue))

    async def count(self, groups: Sequence[str]) -> Count:
        counts = [await place.count(groups) for place in self._places]
        return Count(number=sum(each.number for each in counts), is_more=any(each.is_more for each in counts))

    async def get(self, name: str, worker: str) -> Task | None:
        for place in self._places:
            if (task := await place.get(name, worker)) is not None:
                return task
        return None

    async def claim(self, name: str, worker: str) -> Task:
        return await (await self._of(name)).claim(name, worker)

    async def release(self, name: str, worker: str) -> None:
        await (await self._of(name)).release(name, worker)

    async def answer(self, name: str, reviewer: Reviewer, content: dict[str, Any]) -> Task:
        return await (await self._of(name)).answer(name, reviewer, content)

    async def fail(self, name: str, code: FailureCode, reason: str) -> None:
        await (await self._of(name)).fail(name, code, reason)

    async def page(self, name: str) -> tuple[str, Mapping[str, Any]]:
        return await (await self._of(name)).page(name)

    async def _of(self, name: str) -> Tasks:
        for place in self._places:
            if await place.get(name, "") is not None:
                return place
        raise KeyError(name)
