"""What tests do to video jobs over plain HTTP. Documented in emulator/README.md, "Videos"."""

import functools
import math
from collections.abc import Callable
from datetime import datetime
from typing import Any

from gavel_emulator.control import ControlError, Request, body, route
from gavel_emulator.rekognition.video import engine
from gavel_emulator.rekognition.video.jobs import Job, Notice, Place

JOBS = "/_gavel/video-jobs"
SETTINGS = "/_gavel/video-settings"
FAILED = "The job was failed by its test."


def serve(ports: engine.Ports) -> None:
    """Puts up the routes."""
    for method, path, answer in (
        ("GET", JOBS, _tell),
        ("DELETE", JOBS, _reset_counts),
        ("POST", f"{JOBS}/<job_id>/finish", _finish),
        ("POST", f"{JOBS}/<job_id>/fail", _fail),
        ("DELETE", f"{JOBS}/page-tokens", _expire_tokens),
        ("GET", SETTINGS, _settings),
        ("POST", SETTINGS, _turn),
        ("DELETE", SETTINGS, _reset),
    ):
        route(method, path, functools.partial(answer, ports))


def _tell(ports: engine.Ports, request: Request) -> dict[str, Any]:
    account_id, region = request.args.get("account"), request.args.get("region")

    def is_asked_for(place: Place) -> bool:
        return account_id in (None, place.account_id) and region in (None, place.region)

    counts = [count for place, count in ports.book.counts().items() if is_asked_for(place)]
    return {
        "running": sum(count.running for count in counts),
        "peak": max((count.peak for count in counts), default=0),
        "started": sum(count.started for count in counts),
        "limit_exceeded": sum(count.limit_exceeded for count in counts),
        "jobs": [_told(job) for job in ports.book.all() if is_asked_for(job.key.place)],
    }


def _reset_counts(ports: engine.Ports, request: Request) -> None:
    ports.book.reset_counts()


def _finish(ports: engine.Ports, request: Request, job_id: str) -> dict[str, Any]:
    job = _running(ports, job_id)
    engine.finish(ports, job.key)
    return _told(ports.book.get(job.key))


def _fail(ports: engine.Ports, request: Request, job_id: str) -> dict[str, Any]:
    given = body(request)
    message, notice = given.get("message", FAILED), given.get("status", Notice.FAILED)
    if not isinstance(message, str):
        raise ControlError(400, "message must be a text")
    if notice not in (Notice.FAILED, Notice.ERROR):
        raise ControlError(400, "status must be FAILED or ERROR")
    job = _running(ports, job_id)
    if not engine.fail(ports, job.key, message, Notice(notice)):
        raise _over(job_id)
    return _told(ports.book.get(job.key))


def _expire_tokens(ports: engine.Ports, request: Request) -> dict[str, Any]:
    return {"expired": ports.tokens.expire_all()}


def _settings(ports: engine.Ports, request: Request) -> dict[str, Any]:
    knobs = ports.board.knobs
    return {
        "job_share": knobs.job_share,
        "job_min_ms": round(knobs.job_min_s * 1000),
        "held": knobs.held,
        "max_jobs": knobs.max_jobs,
        "max_bytes": knobs.max_bytes,
        "notification_copies": knobs.notification_copies,
        "notification_delay_ms": round(knobs.notification_delay_s * 1000),
    }


def _turn(ports: engine.Ports, request: Request) -> dict[str, Any]:
    given = body(request)
    unknown = [name for name in given if name not in READ]
    if unknown:
        raise ControlError(400, f"unknown setting {unknown[0]}; known are {', '.join(READ)}")
    changes: dict[str, Any] = {}
    for name, value in given.items():
        read, field, meaning = READ[name]
        try:
            changes[field] = read(value)
        except (TypeError, ValueError) as problem:
            raise ControlError(400, f"{name} must be {meaning}") from problem
    ports.board.turn(**changes)
    if changes.get("held") is False:
        engine.release(ports)
    return _settings(ports, request)


def _reset(ports: engine.Ports, request: Request) -> None:
    ports.board.reset()
    engine.release(ports)


def _running(ports: engine.Ports, job_id: str) -> Job:
    """Job ids are unique across accounts and regions."""
    for job in ports.book.all():
        if job.key.id == job_id:
            if job.outcome:
                raise _over(job_id)
            return job
    raise ControlError(404, f"there is no job {job_id}")


def _over(job_id: str) -> ControlError:
    return ControlError(409, f"the job {job_id} is over")


def _told(job: Job) -> dict[str, Any]:
    place = job.request["Video"]["S3Object"]
    return {
        "id": job.key.id,
        "account": job.key.place.account_id,
        "region": job.key.place.region,
        "status": job.status,
        "message": job.outcome.message if job.outcome else "",
        "bucket": place["Bucket"],
        "key": place["Name"],
        "tag": job.request.get("JobTag"),
        "token": job.token,
        "started": _instant(job.started_at),
        "due": _instant(job.due_at),
        "ended": _instant(job.outcome.at) if job.outcome else None,
    }


def _instant(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds")


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError
    return value


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or value < 0:
        raise ValueError
    return float(value)


def _seconds(value: Any) -> float:
    return _number(value) / 1000


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError
    return value


READ: dict[str, tuple[Callable[[Any], Any], str, str]] = {
    "job_share": (_number, "job_share", "a number, 0 or more"),
    "job_min_ms": (_seconds, "job_min_s", "a number, 0 or more"),
    "held": (_flag, "held", "true or false"),
    "max_jobs": (_whole, "max_jobs", "a whole number, 0 or more"),
    "max_bytes": (_whole, "max_bytes", "a whole number, 0 or more"),
    "notification_copies": (_whole, "notification_copies", "a whole number, 0 or more"),
    "notification_delay_ms": (_seconds, "notification_delay_s", "a number, 0 or more"),
}
"""By name over HTTP: how it is read, the knob, and what it must be."""
