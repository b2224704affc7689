"""Tasks of the emulator's A2I: the desk stands in for the worker portal that Amazon serves beside the real one.

Over the emulator's documented hooks (`emulator/README.md`, "Human loops"). In AWS reviewers of A2I work in Amazon's
portal, and nothing here is used.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import aiohttp
import msgspec

from services.review.desk.domain.loops import About, FailureCode, Refusal, Refused, Reviewer
from services.review.desk.domain.waiting import Count
from services.review.desk.domain.work import urgency
from services.review.desk.ports import Task
from shared.clock import Clock
from shared.contracts.words import BackendName
from shared.errors import Transient

_CLOSED: Final = ("Completed", "Failed", "Stopped")


class _Hold(msgspec.Struct, rename="camel"):
    worker_id: str
    acceptance_time: datetime


class _Answer(msgspec.Struct, rename="camel"):
    worker_id: str
    submission_time: datetime
    answer_content: dict[str, Any]


class _Loop(msgspec.Struct, rename="camel"):
    name: str
    status: str
    workteam_arn: str
    task_title: str
    task_count: int
    time_limit_in_seconds: int
    created: datetime
    expires: datetime
    answers: list[_Answer]
    holds: list[_Hold]
    input_content: dict[str, Any]


class _Loops(msgspec.Struct, rename="camel"):
    human_loops: list[_Loop]


class EmulatedA2i:
    """A laptop's loops are few enough to be read together."""

    def __init__(self, http: aiohttp.ClientSession, endpoint: str, *, clock: Clock) -> None:
        self._http = http
        self._endpoint = endpoint
        self._clock = clock

    async def by_urgency(self, groups: Sequence[str], worker: str) -> AsyncIterator[Task]:
        now = self._clock()
        tasks = [_seen_by(worker, loop) for loop in await self._open(groups)]
        for task in sorted(tasks, key=lambda task: -urgency(task.about.severity, task.created_at, now)):
            yield task

    async def count(self, groups: Sequence[str]) -> Count:
        return Count(number=len(await self._open(groups)))

    async def get(self, name: str, worker: str) -> Task | None:
        loop = await self._find(name)
        return _seen_by(worker, loop) if loop else None

    async def claim(self, name: str, worker: str) -> Task:
        return await self._act(name, worker, "hold", {"workerId": worker})

    async def release(self, name: str, worker: str) -> None:
        loop = await self._required(name)
        if any(hold.worker_id == worker for hold in loop.holds):
            await self._act(name, worker, "release", {"workerId": worker})

    async def answer(self, name: str, reviewer: Reviewer, content: dict[str, Any]) -> Task:
        worker, loop = reviewer.worker, await self._required(name)
        given = next((answer for answer in loop.answers if answer.worker_id == worker), None)
        if given is not None:
            if given.answer_content == content:
                return _seen_by(worker, loop)
            raise Refused(Refusal.ANSWERED)
        if loop.status not in _CLOSED and not any(hold.worker_id == worker for hold in loop.holds):
            raise Refused(Refusal.NOT_HELD)
        return await self._act(name, worker, "answers", {"workerId": worker, "answerContent": content})

    async def fail(self, name: str, code: FailureCode, reason: str) -> None:
        await self._call("POST", f"human-loops/{name}/fail", {"failureCode": code, "failureReason": reason[:1024]})

    async def page(self, name: str) -> tuple[str, Mapping[str, Any]]:
        loop = await self._required(name)
        status, template = await self._call("GET", f"human-loops/{name}/template")
        if status != 200:
            raise KeyError(name)
        return template.decode(), loop.input_content

    async def _open(self, groups: Sequence[str]) -> list[_Loop]:
        _, body = await self._call("GET", "human-loops?status=InProgress")
        return [loop for loop in msgspec.json.decode(body, type=_Loops).human_loops if _group(loop) in groups]

    async def _act(self, name: str, worker: str, what: str, body: Mapping[str, Any]) -> Task:
        status, answer = await self._call("POST", f"human-loops/{name}/{what}", body)
        if status == 409:
            loop = await self._required(name)
            raise Refused(_refusal(loop, worker))
        if status != 200:
            raise KeyError(name)
        return _seen_by(worker, msgspec.json.decode(answer, type=_Loop))

    async def _required(self, name: str) -> _Loop:
        loop = await self._find(name)
        if loop is None:
            raise KeyError(name)
        return loop

    async def _find(self, name: str) -> _Loop | None:
        status, body = await self._call("GET", f"human-loops/{name}")
        return msgspec.json.decode(body, type=_Loop) if status == 200 else None

    async def _call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> tuple[int, bytes]:
        try:
            async with self._http.request(method, f"{self._endpoint}/_gavel/{path}", json=body) as answer:
                return answer.status, await answer.read()
        except (aiohttp.ClientError, TimeoutError) as error:
            raise Transient("emulator-unreachable", type(error).__name__) from error


def _seen_by(worker: str, loop: _Loop) -> Task:
    hold = next((hold for hold in loop.holds if hold.worker_id == worker), None)
    given = next((answer for answer in loop.answers if answer.worker_id == worker), None)
    limit = timedelta(seconds=loop.time_limit_in_seconds)
    is_open = loop.status not in _CLOSED
    return Task(
        name=loop.name,
        backend=BackendName.A2I,
        group=_group(loop),
        about=_about(loop),
        created_at=loop.created,
        expires_at=loop.expires,
        is_open=is_open,
        free=loop.task_count - len(loop.answers) - len(loop.holds) if loop.status == "InProgress" else 0,
        accepted_at=hold.acceptance_time if hold else None,
        held_until=min(hold.acceptance_time + limit, loop.expires) if hold and is_open else None,
        answered_at=given.submission_time if given else None,
        given=given.answer_content if given else None,
    )


def _about(loop: _Loop) -> About:
    """Of the loops that Rekognition starts only the labels tell how severe they are: by the surest one."""
    told = loop.input_content
    labels = told.get("selectedAiServiceResponse", {}).get("moderationLabels", [])
    surest: Mapping[str, Any] = max(labels, key=lambda label: label.get("confidence", 0), default={})
    return About(
        title=loop.task_title,
        kind=str(told.get("kind", "image")),
        category=str(told.get("category") or surest.get("parentName") or surest.get("name") or ""),
        severity=int(told.get("severity", surest.get("confidence", 0))),
        round=int(told.get("round", 1)),
    )


def _group(loop: _Loop) -> str:
    """The program gives a work team the name of its group in the user pool."""
    return loop.workteam_arn.rpartition("/")[2]


def _refusal(loop: _Loop, worker: str) -> Refusal:
    if loop.status in _CLOSED:
        return Refusal.OVER
    if any(answer.worker_id == worker for answer in loop.answers):
        return Refusal.ANSWERED
    if loop.status == "Stopping":
        return Refusal.STOPPING
    return Refusal.TAKEN
