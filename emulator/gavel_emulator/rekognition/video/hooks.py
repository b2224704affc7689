"""What tests do to video jobs over plain HTTP. Documented in emulator/README.md, "Videos"."""

import functools
from datetime import datetime
from typing import Any

from gavel_emulator.control import ControlError, Request, body, route
from gavel_emulator.rekognition.job_book import Place
from gavel_emulator.rekognition.turns import Turn, flag, number, read_turns, seconds, whole
from gavel_emulator.rekognition.video import engine
from gavel_emulator.rekognition.video.jobs import Job, Notice

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
    changes = read_turns(body(request), READ)
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


READ = {
    "job_share": Turn(number, "job_share"),
    "job_min_ms": Turn(seconds, "job_min_s"),
    "held": Turn(flag, "held"),
    "max_jobs": Turn(whole, "max_jobs"),
    "max_bytes": Turn(whole, "max_bytes"),
    "notification_copies": Turn(whole, "notification_copies"),
    "notification_delay_ms": Turn(seconds, "notification_delay_s"),
}
"""By name over HTTP."""
