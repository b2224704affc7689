"""Several places where loops are kept, as one: a loop belongs to the first that knows its name."""

from collections.abc import Mapping, Sequence
from typing import Any

from services.review.desk.domain.loops import FailureCode, Reviewer
from services.review.desk.ports import Task, Tasks


class AllTasks:
    def __init__(self, *places: Tasks) -> None:
        self._places = places

    async def open(self, groups: Sequence[str], worker: str) -> list[Task]:
        return [task for place in self._places for task in await place.open(groups, worker)]

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
