"""What tests do to media analysis jobs over plain HTTP. Documented in emulator/README.md, "Bulk analysis"."""

import functools
from typing import Any

from gavel_emulator.control import ControlError, Request, body, route
from gavel_emulator.rekognition.analysis import engine
from gavel_emulator.rekognition.analysis.jobs import Failure, FailureCode, Job
from gavel_emulator.rekognition.analysis.manifest import count_lines
from gavel_emulator.rekognition.turns import Turn, flag, read_turns, seconds, whole

JOBS = "/_gavel/analysis-jobs"
SETTINGS = "/_gavel/analysis-settings"
FAILED = "The job was failed by its test."


def serve(ports: engine.Ports) -> None:
    """Puts up the routes."""
    for method, path, answer in (
        ("GET", JOBS, _tell),
        ("POST", f"{JOBS}/<job_id>/finish", _finish),
        ("POST", f"{JOBS}/<job_id>/fail", _fail),
        ("GET", SETTINGS, _settings),
        ("POST", SETTINGS, _turn),
        ("DELETE", SETTINGS, _reset),
    ):
        route(method, path, functools.partial(answer, ports))


def _tell(ports: engine.Ports, request: Request) -> dict[str, Any]:
    """The oldest first."""
    account_id = request.args.get("account")
    jobs = [job for job in ports.book.all() if account_id in (None, job.key.place.account_id)]
    return {"jobs": [_told(ports, job) for job in jobs]}


def _finish(ports: engine.Ports, request: Request, job_id: str) -> dict[str, Any]:
    job = _running(ports, job_id)
    engine.finish(ports, job.key)
    return _told(ports, ports.book.get(job.key))


def _fail(ports: engine.Ports, request: Request, job_id: str) -> dict[str, Any]:
    given = body(request)
    message = given.get("message", FAILED)
    if not isinstance(message, str):
        raise ControlError(400, "message must be a text")
    try:
        code = FailureCode(given.get("code", FailureCode.INTERNAL_ERROR))
    except ValueError as problem:
        raise ControlError(400, f"code must be one of {', '.join(FailureCode)}") from problem
    job = _running(ports, job_id)
    if not engine.fail(ports, job.key, Failure(code=code, message=message)):
        raise _over(job_id)
    return _told(ports, ports.book.get(job.key))


def _settings(ports: engine.Ports, request: Request) -> dict[str, Any]:
    knobs = ports.board.knobs
    return {
        "image_ms": round(knobs.image_s * 1000),
        "job_min_ms": round(knobs.job_min_s * 1000),
        "held": knobs.held,
        "closed": knobs.closed,
        "max_jobs": knobs.max_jobs,
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
            if job.has_ended:
                raise _over(job_id)
            return job
    raise ControlError(404, f"there is no job {job_id}")


def _over(job_id: str) -> ControlError:
    return ControlError(409, f"the job {job_id} is over")


def _told(ports: engine.Ports, job: Job) -> dict[str, Any]:
    failure = job.outcome.failure if job.outcome else None
    return {
        "id": job.key.id,
        "account": job.key.place.account_id,
        "region": job.key.place.region,
        "status": job.status(ports.clock()),
        "failure": failure.code if failure else None,
        "lines": count_lines(job.manifest),
        "name": job.request.get("JobName"),
        "token": job.request.get("ClientRequestToken"),
    }


READ = {
    "image_ms": Turn(seconds, "image_s"),
    "job_min_ms": Turn(seconds, "job_min_s"),
    "held": Turn(flag, "held"),
    "closed": Turn(flag, "closed"),
    "max_jobs": Turn(whole, "max_jobs"),
}
"""By name over HTTP."""
