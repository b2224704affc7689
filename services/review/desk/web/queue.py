"""The list of tasks, and taking one."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from aiohttp import web

from services.review.desk.domain.loops import FailureCode, Refused
from services.review.desk.domain.work import exposed, is_break_due, numbers
from services.review.desk.ports import Task
from services.review.desk.rendering.frame import Frame, frame
from services.review.desk.rendering.pinned import pinned
from services.review.desk.web.desk import desk_of, reviewer_of
from services.review.desk.web.offer import held, is_barred, offered
from services.review.desk.web.pages import page
from shared.signin.visits import visit_of
from shared.telemetry.logs import event_logger
from shared.worker_templates.problem import TemplateProblem

log = event_logger(__name__)

routes = web.RouteTableDef()

NAME: Final = "{name:[a-z0-9](?:-?[a-z0-9]){0,62}}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    task: Task
    age: timedelta
    left: timedelta
    is_mine: bool

    @property
    def is_taken(self) -> bool:
        return self.task.free < 1 and not self.is_mine


@routes.get("/")
async def show(request: web.Request) -> web.StreamResponse:
    desk, worker = desk_of(request), reviewer_of(request).worker
    now = desk.clock()
    offer = await offered(request)
    today = await desk.notebook.given(worker, day=f"{now:%Y-%m-%d}", limit=1000)
    exposure = await desk.notebook.exposure(worker)
    return page(
        request,
        "queue.html",
        rows=[_row(task, now) for task in offer.tasks],
        behind=offer.behind,
        numbers=numbers(today),
        exposure=exposure,
        seen_today=exposure.today if exposure.day == f"{now:%Y-%m-%d}" else 0,
        is_break_due=is_break_due(exposure, now, break_after=desk.break_after, break_s=desk.break_s),
        break_minutes=desk.break_s // 60,
    )


@routes.get("/health")
async def health(request: web.Request) -> web.StreamResponse:
    return web.Response(text="ok")


@routes.post("/next")
async def take_next(request: web.Request) -> web.StreamResponse:
    """The most urgent task that is free, or the one that is held already."""
    for task in (await offered(request)).tasks:
        if task.held_until is None and task.free < 1:
            continue
        if await _take(request, task.name) is None:
            raise web.HTTPSeeOther(f"/tasks/{task.name}")
    raise web.HTTPSeeOther("/?notice=nothing")


@routes.post(f"/tasks/{NAME}/claim")
async def claim(request: web.Request) -> web.StreamResponse:
    name = request.match_info["name"]
    refused = await _take(request, name)
    raise web.HTTPSeeOther(f"/?notice={refused}" if refused else f"/tasks/{name}")


async def own_task(request: web.Request) -> Task:
    """The task that the address names; for whoever isn't in its team there is none."""
    task = await desk_of(request).tasks.get(request.match_info["name"], reviewer_of(request).worker)
    if task is None or task.group not in visit_of(request).groups:
        raise web.HTTPNotFound
    return task


async def rendered(request: web.Request, name: str) -> Frame:
    """The task's page, with fresh addresses of its media. Raises TemplateProblem."""
    desk = desk_of(request)
    template, task_input = await desk.tasks.page(name)
    grant = pinned(desk.media.grant, task_input)
    return await asyncio.to_thread(
        lambda: frame(template, task_input, grant_read_access=grant, media_origins=desk.media.origins())
    )


async def _take(request: web.Request, name: str) -> str | None:
    """Claim the task; returns the notice that says why it can't be."""
    request.match_info["name"] = name
    desk, worker, task = desk_of(request), reviewer_of(request).worker, await own_task(request)
    if task.held_until is not None:
        return None
    if await is_barred(request, task):
        return "excluded"
    try:
        # Looked at before anybody holds it: a page that can't be shown is nobody's task.
        await rendered(request, name)
        # Noted before, since a crash in between must not hide a task from who holds it.
        await desk.notebook.keep_holding(worker, [name, *(each.name for each in await held(request))])
        await desk.tasks.claim(name, worker)
    except TemplateProblem as problem:
        log.warning("desk.template_refused", loop=name)
        await desk.tasks.fail(name, FailureCode(problem.code), problem.text)
        return "unshowable"
    except Refused as refused:
        return "already" if refused.refusal == "answered" else refused.refusal.value
    now = desk.clock()
    await desk.notebook.keep_exposure(worker, exposed(await desk.notebook.exposure(worker), now, break_s=desk.break_s))
    return None


def _row(task: Task, now: datetime) -> Row:
    return Row(task=task, age=now - task.created_at, left=task.expires_at - now, is_mine=task.held_until is not None)
