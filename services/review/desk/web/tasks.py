"""One task: its page, the answer, giving it back."""

import json
from typing import Any, Final

from aiohttp import web

from services.review.desk.domain.loops import FailureCode, Refusal, Refused
from services.review.desk.domain.work import Given
from services.review.desk.ports import Task
from services.review.desk.web.desk import desk_of, reviewer_of
from services.review.desk.web.offer import is_barred
from services.review.desk.web.pages import DECLINE_REASONS, page
from services.review.desk.web.queue import NAME, own_task, rendered
from shared.declines import DeclineReason
from shared.signin.visits import form_of, wants_json
from shared.telemetry.logs import event_logger
from shared.worker_templates.problem import TemplateProblem

log = event_logger(__name__)

routes = web.RouteTableDef()

ANSWER_LIMIT_BYTES: Final = 64_000
"""Three answers and the rest of a loop have room in one item of DynamoDB."""
NOTICES: Final = {
    Refusal.ANSWERED: "already",
    Refusal.NOT_HELD: "not-held",
    Refusal.OVER: "over",
    Refusal.TAKEN: "taken",
    Refusal.STOPPING: "stopping",
    Refusal.EXCLUDED: "excluded",
}


@routes.get(f"/tasks/{NAME}")
async def show(request: web.Request) -> web.StreamResponse:
    task, desk = await own_task(request), desk_of(request)
    worker = reviewer_of(request).worker
    if task.given is not None:
        raise web.HTTPSeeOther("/?notice=already")
    if not task.is_open:
        raise web.HTTPSeeOther("/?notice=over")
    if task.held_until is None:
        return page(request, "task_free.html", task=task, is_barred=await is_barred(request, task))
    return page(
        request,
        "task.html",
        task=task,
        left_s=max(int((task.held_until - desk.clock()).total_seconds()), 0),
        draft=await desk.notebook.draft(worker, task.name) or "",
        comfort=await desk.notebook.comfort(worker),
        decline_reasons=DECLINE_REASONS,
    )


@routes.get(f"/tasks/{NAME}/frame")
async def show_frame(request: web.Request) -> web.StreamResponse:
    """The template's page, for the sandboxed frame, while its reader holds the task."""
    task = await own_task(request)
    if task.held_until is None:
        raise web.HTTPNotFound
    try:
        framed = await rendered(request, task.name)
    except TemplateProblem as problem:
        log.warning("desk.template_refused", loop=task.name)
        await desk_of(request).tasks.fail(task.name, FailureCode(problem.code), problem.text)
        return web.Response(text="This task can't be shown. It was ended with the reason.", status=422)
    response = web.Response(text=framed.html, content_type="text/html", charset="utf-8")
    response.headers["Content-Security-Policy"] = framed.content_security_policy
    return response


@routes.post(f"/tasks/{NAME}/answer")
async def answer(request: web.Request) -> web.StreamResponse:
    task, desk, reviewer = await own_task(request), desk_of(request), reviewer_of(request)
    content = _content((await form_of(request)).get("answerContent", ""))
    if content is None:
        if wants_json(request):
            return web.json_response({"error": "unreadable"}, status=400)
        raise web.HTTPBadRequest(text="answerContent must be a JSON object")
    try:
        done = await desk.tasks.answer(task.name, reviewer, content)
    except Refused as refused:
        return _leave(request, NOTICES[refused.refusal])
    await desk.notebook.keep_given(reviewer.worker, _given(done, content))
    await desk.notebook.keep_draft(reviewer.worker, task.name, None, desk.clock())
    return _leave(request, "answered")


@routes.post(f"/tasks/{NAME}/draft")
async def keep_draft(request: web.Request) -> web.StreamResponse:
    """What is filled in so far, so that another browser can go on with it."""
    task, desk = await own_task(request), desk_of(request)
    content = (await form_of(request)).get("answerContent", "")
    if task.held_until is not None and _content(content) is not None:
        await desk.notebook.keep_draft(reviewer_of(request).worker, task.name, content, desk.clock())
    return web.Response(status=204)


@routes.post(f"/tasks/{NAME}/release")
async def release(request: web.Request) -> web.StreamResponse:
    task = await own_task(request)
    await desk_of(request).tasks.release(task.name, reviewer_of(request).worker)
    return _leave(request, "released")


@routes.post(f"/tasks/{NAME}/decline")
async def decline(request: web.Request) -> web.StreamResponse:
    """Give the task back and don't be asked about the item again; the reason is for whoever leads the team."""
    task, desk, worker = await own_task(request), desk_of(request), reviewer_of(request).worker
    try:
        reason = DeclineReason((await form_of(request)).get("reason", ""))
    except ValueError as error:
        raise web.HTTPBadRequest(text="choose one of the reasons") from error
    await desk.notebook.decline(worker, task.name, reason, desk.clock())
    await desk.tasks.release(task.name, worker)
    log.info("desk.task_declined", loop=task.name, worker=worker, reason=reason)
    return _leave(request, "declined")


def _leave(request: web.Request, notice: str) -> web.StreamResponse:
    """To the list of tasks: by a redirect, or by telling the page's script."""
    place = f"/?notice={notice}"
    if wants_json(request):
        return web.json_response({"next": place})
    raise web.HTTPSeeOther(place)


def _content(text: str) -> dict[str, Any] | None:
    """The answer, or None for what can't be one."""
    if not text or len(text.encode()) > ANSWER_LIMIT_BYTES:
        return None
    try:
        read = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return read if isinstance(read, dict) else None


def _given(task: Task, content: dict[str, Any]) -> Given:
    at = task.answered_at or task.created_at
    spent = (at - task.accepted_at).total_seconds() if task.accepted_at else 0.0
    return Given(
        loop=task.name,
        title=task.about.title,
        kind=task.about.kind,
        content=json.dumps(content, ensure_ascii=False, sort_keys=True),
        spent_s=max(spent, 0.0),
        at=at,
    )
