"""Tasks of the desk's own loops (backend `desk`)."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from services.review.desk.adapters.loops import DeskLoops, parsed
from services.review.desk.adapters.waiting import WaitingLoops
from services.review.desk.domain import loops
from services.review.desk.domain.loops import FailureCode, Loop, Reviewer
from services.review.desk.domain.waiting import Count
from services.review.desk.ports import Task
from shared.clock import Clock
from shared.contracts.words import BackendName

READ_AT_ONCE: Final = 50


class OwnTasks:
    def __init__(self, desk: DeskLoops, waiting: WaitingLoops, *, clock: Clock) -> None:
        self._desk = desk
        self._waiting = waiting
        self._clock = clock

    async def by_urgency(self, groups: Sequence[str], worker: str) -> AsyncIterator[Task]:
        names: list[str] = []
        async for loop in self._waiting.by_urgency(groups):
            names.append(loop.name)
            if len(names) == READ_AT_ONCE:
                for task in await self._open(names, worker):
                    yield task
                names.clear()
        for task in await self._open(names, worker):
            yield task

    async def count(self, groups: Sequence[str]) -> Count:
        counts = [await self._waiting.count(group) for group in groups]
        return Count(number=sum(each.number for each in counts), is_more=any(each.is_more for each in counts))

    async def _open(self, names: Sequence[str], worker: str) -> list[Task]:
        """The index may still have some that have ended."""
        return [_seen_by(worker, loop) for loop in await self._desk.get_all(names) if loop.is_open]

    async def get(self, name: str, worker: str) -> Task | None:
        loop = await self._desk.get(name)
        return _seen_by(worker, loop) if loop else None

    async def claim(self, name: str, worker: str) -> Task:
        now = self._clock()
        return _seen_by(worker, await self._desk.change(name, lambda loop: loops.claimed(loop, worker, now)))

    async def release(self, name: str, worker: str) -> None:
        await self._desk.change(name, lambda loop: loops.released(loop, worker))

    async def answer(self, name: str, reviewer: Reviewer, content: dict[str, Any]) -> Task:
        now = self._clock()
        loop = await self._desk.change(name, lambda loop: loops.answered(loop, reviewer, content, now))
        return _seen_by(reviewer.worker, loop)

    async def fail(self, name: str, code: FailureCode, reason: str) -> None:
        await self._desk.change(name, lambda loop: loops.failed(loop, code, reason))

    async def page(self, name: str) -> tuple[str, Mapping[str, Any]]:
        loop = await self._desk.get(name)
        if loop is None:
            raise KeyError(name)
        return await self._desk.template(loop), parsed(await self._desk.task_input(name))


def _seen_by(worker: str, loop: Loop) -> Task:
    hold, answer = loop.hold_of(worker), loop.answer_of(worker)
    accepted_at: datetime | None = hold.accepted_at if hold else answer.accepted_at if answer else None
    return Task(
        name=loop.name,
        backend=BackendName.DESK,
        group=loop.group,
        about=loop.about,
        created_at=loop.created_at,
        expires_at=loop.expires_at,
        is_open=loop.is_open,
        free=0 if loop.is_stopping else loop.answers_wanted - len(loop.answers) - len(loop.holds),
        is_excluded=worker in loop.excluded,
        accepted_at=accepted_at,
        held_until=loop.held_until(hold) if hold else None,
        answered_at=answer.submitted_at if answer else None,
        given=answer.content if answer else None,
    )
