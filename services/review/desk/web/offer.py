"""What a reviewer is offered: the most urgent tasks of the teams, save those that this person may not judge."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from services.review.desk.domain.waiting import Count
from services.review.desk.ports import Task
from services.review.desk.web.desk import desk_of, reviewer_of
from shared.signin.visits import visit_of

LISTED: Final = 50
"""Nobody looks further down."""
LOOKED_AT: Final = 500
"""So far down the order a place is looked for that this reviewer may take."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """Own tasks come first, then the others by urgency; `behind` are those that wait and aren't shown."""

    tasks: list[Task]
    behind: Count


async def offered(request: web.Request) -> Offer:
    desk, worker, groups = desk_of(request), reviewer_of(request).worker, visit_of(request).groups
    found = {task.name: task for task in await held(request)}
    seen = passed = 0
    async for tasks in _some(desk.tasks.by_urgency(groups, worker)):
        barred = await desk.notebook.barred(worker, [task.name for task in tasks])
        offers = [task for task in tasks if _is_for_them(task, barred)]
        found |= {task.name: task for task in offers}
        seen, passed = seen + len(tasks), passed + len(tasks) - len(offers)
        if len(found) >= LISTED or seen >= LOOKED_AT:
            shown = sorted(found.values(), key=lambda task: task.held_until is None)[:LISTED]
            count = await desk.tasks.count(groups)
            behind = Count(number=max(count.number - passed - len(shown), 0), is_more=count.is_more)
            return Offer(tasks=shown, behind=behind)
    return Offer(tasks=sorted(found.values(), key=lambda task: task.held_until is None), behind=Count(number=0))


async def held(request: web.Request) -> list[Task]:
    """The tasks that this reviewer is at, however urgent others are."""
    desk, worker, groups = desk_of(request), reviewer_of(request).worker, visit_of(request).groups
    tasks = [await desk.tasks.get(name, worker) for name in await desk.notebook.holding(worker)]
    return [task for task in tasks if task is not None and task.held_until is not None and task.group in groups]


async def is_barred(request: web.Request, task: Task) -> bool:
    """Whether the reviewer has judged this item in an earlier round, or declined it."""
    if task.is_excluded or task.held_until is not None:
        return task.is_excluded
    return bool(await desk_of(request).notebook.barred(reviewer_of(request).worker, [task.name]))


def _is_for_them(task: Task, barred: set[str]) -> bool:
    if task.held_until is not None:
        return True
    return task.given is None and not task.is_excluded and task.name not in barred


async def _some(tasks: AsyncIterator[Task]) -> AsyncIterator[list[Task]]:
    some: list[Task] = []
    async for task in tasks:
        some.append(task)
        if len(some) == LISTED:
            yield some
            some = []
    if some:
        yield some
