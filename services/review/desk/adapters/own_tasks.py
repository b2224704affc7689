"""Tasks of the desk's own loops (backend `desk`)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from services.review.desk.adapters.loops import DeskLoops, parsed
from services.review.desk.domain import loops
from services.review.desk.domain.loops import FailureCode, Loop, Reviewer
from services.review.desk.ports import Task
from shared.clock import Clock
from shared.contracts.words import BackendName


class OwnTasks:
    def __init__(self, desk: DeskLoops, *, clock: Clock) -> None:
        self._desk = desk
        self._clock = clock

    async def open(self, groups: Sequence[str], worker: str) -> list[Task]:
        return [_seen_by(worker, loop) for group in groups for loop in await self._desk.open_in(group)]

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
