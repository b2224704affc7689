"""What workers, and tests, do to human loops over plain HTTP. Documented in emulator/README.md, "Human loops"."""

import functools
import math
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from gavel_emulator.a2i import engine
from gavel_emulator.a2i.documents import instant, read_object
from gavel_emulator.a2i.loops import FailureCode, Loop, LoopKey, NotNow, Status, next_worker_id, worker_id
from gavel_emulator.a2i.pages import LONGEST_REASON
from gavel_emulator.a2i.settings import Setting
from gavel_emulator.a2i.store import NoSuchLoop
from gavel_emulator.control import ControlError, Request, Response, body, route

PATH = "/_gavel/human-loops"

Answer = Callable[..., dict[str, Any]]


def serve(ports: engine.Ports) -> None:
    """Puts up the routes."""
    for method, path, answer in (
        ("GET", PATH, _list),
        ("GET", f"{PATH}/<name>", _on_loop(_describe)),
        ("GET", f"{PATH}/<name>/template", _template),
        ("POST", f"{PATH}/<name>/answers", _on_loop(_answer)),
        ("POST", f"{PATH}/<name>/hold", _on_loop(_hold)),
        ("POST", f"{PATH}/<name>/release", _on_loop(_release)),
        ("POST", f"{PATH}/<name>/complete-empty", _on_loop(_complete)),
        ("POST", f"{PATH}/<name>/expire", _on_loop(_expire)),
        ("POST", f"{PATH}/<name>/fail", _on_loop(_fail)),
        ("GET", f"{PATH}-settings", _settings),
        ("POST", f"{PATH}-settings", _turn),
        ("DELETE", f"{PATH}-settings", _reset),
    ):
        route(method, path, functools.partial(answer, ports))


def _list(ports: engine.Ports, request: Request) -> dict[str, Any]:
    status = request.args.get("status")
    if status is not None and status not in list(Status):
        raise ControlError(400, f"status must be one of {', '.join(Status)}")
    flow = request.args.get("flowDefinition")
    return {
        "humanLoops": [
            _told(loop)
            for loop in ports.store.all()
            if status in (None, loop.status) and flow in (None, loop.input.flow_arn, loop.input.flow_name)
        ]
    }


def _template(ports: engine.Ports, request: Request, name: str) -> Response:
    """What DescribeHumanTaskUi's Url told when the loop started: its task UI may be gone by now."""
    try:
        return Response(_find(ports, request, name).review.template, mimetype="text/plain")
    except NoSuchLoop as missing:
        raise ControlError(404, str(missing)) from missing


def _describe(ports: engine.Ports, loop: Loop, given: dict[str, Any]) -> Loop:
    return loop


def _answer(ports: engine.Ports, loop: Loop, given: dict[str, Any]) -> Loop:
    content = given.get("answerContent")
    if not isinstance(content, dict):
        raise ControlError(400, "answerContent must be a JSON object")
    spent = given.get("timeSpentInSeconds")
    if spent is not None and not _is_duration(spent):
        raise ControlError(400, "timeSpentInSeconds must be a number from 0 to 86400")
    worker = _worker(loop, given)
    return engine.answer(ports, loop.key, worker, content, None if spent is None else timedelta(seconds=spent))


def _hold(ports: engine.Ports, loop: Loop, given: dict[str, Any]) -> Loop:
    return engine.hold(ports, loop.key, _worker(loop, given))


def _release(ports: engine.Ports, loop: Loop, given: dict[str, Any]) -> Loop:
    if "workerId" not in given and len(loop.holds) == 1:
        return engine.release(ports, loop.key, loop.holds[0].worker_id)
    if "workerId" not in given:
        raise ControlError(409, f"{len(loop.holds)} workers hold a task of {loop.key.name}: give a workerId")
    return engine.release(ports, loop.key, _worker(loop, given))


def _complete(ports: engine.Ports, loop: Loop, given: dict[str, Any]) -> Loop:
    return engine.complete_without_more(ports, loop.key)


def _expire(ports: engine.Ports, loop: Loop, given: dict[str, Any]) -> Loop:
    return engine.expire(ports, loop.key)


def _fail(ports: engine.Ports, loop: Loop, given: dict[str, Any]) -> Loop:
    code = given.get("failureCode", FailureCode.INTERNAL_ERROR)
    reason = given.get("failureReason", "The human loop was failed by its test.")
    if code not in list(FailureCode):
        raise ControlError(400, f"failureCode must be one of {', '.join(FailureCode)}")
    if not isinstance(reason, str) or len(reason) > LONGEST_REASON:
        raise ControlError(400, f"failureReason must be a text of at most {LONGEST_REASON} characters")
    return engine.fail(ports, loop.key, FailureCode(code), reason)


def _settings(ports: engine.Ports, request: Request) -> dict[str, Any]:
    return _told_setting(ports.settings.of(request.args.get("flowDefinitionArn", "")))


def _turn(ports: engine.Ports, request: Request) -> dict[str, Any]:
    given = body(request)
    arn = given.pop("flowDefinitionArn", None)
    for name, value in given.items():
        if name not in ("inFlightQuota", "eventCopies"):
            raise ControlError(400, f"unknown setting {name}; known are inFlightQuota and eventCopies")
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise ControlError(400, f"{name} must be a whole number, 0 or more")
    setting = ports.settings.turn(
        arn, in_flight_quota=given.get("inFlightQuota"), event_copies=given.get("eventCopies")
    )
    return _told_setting(setting)


def _reset(ports: engine.Ports, request: Request) -> None:
    ports.settings.reset(request.args.get("flowDefinitionArn"))


def _on_loop(act: Callable[[engine.Ports, Loop, dict[str, Any]], Loop]) -> Answer:
    """An answer for the loop of the path's name: `act` on it, then tell it."""

    def on_loop(ports: engine.Ports, request: Request, name: str) -> dict[str, Any]:
        given = body(request)
        try:
            return _told(act(ports, _find(ports, request, name), given))
        except NoSuchLoop as missing:
            raise ControlError(404, str(missing)) from missing
        except NotNow as refusal:
            raise ControlError(409, str(refusal)) from refusal

    return on_loop


def _find(ports: engine.Ports, request: Request, name: str) -> Loop:
    """By name alone where that is enough, else with ?account= and ?region=. Raises NoSuchLoop or ControlError."""
    account_id, region = request.args.get("account"), request.args.get("region")
    if account_id and region:
        return ports.store.get(LoopKey(account_id, region, name))
    found = [
        loop
        for loop in ports.store.all()
        if loop.key.name == name and account_id in (None, loop.key.account_id) and region in (None, loop.key.region)
    ]
    match found:
        case [loop]:
            return loop
        case []:
            raise ControlError(404, f"there is no human loop named {name}")
        case _:
            places = ", ".join(f"{loop.key.account_id}/{loop.key.region}" for loop in found)
            raise ControlError(409, f"{name} exists in {places}: give account and region in the query")


def _worker(loop: Loop, given: dict[str, Any]) -> str:
    name = given.get("workerId")
    if name is None:
        return next_worker_id(loop)
    if not isinstance(name, str) or not name:
        raise ControlError(400, "workerId must be a text")
    return worker_id(loop.review, name)


def _is_duration(value: Any) -> bool:
    return (
        isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and 0 <= value <= 86400
    )


def _told(loop: Loop) -> dict[str, Any]:
    return {
        "name": loop.key.name,
        "accountId": loop.key.account_id,
        "region": loop.key.region,
        "status": loop.status,
        "failureCode": loop.end and loop.end.failure_code,
        "failureReason": loop.end and loop.end.failure_reason,
        "flowDefinition": loop.input.flow_name,
        "flowDefinitionArn": loop.input.flow_arn,
        "humanTaskUiArn": loop.review.task_ui_arn,
        "workteamArn": loop.review.workteam_arn,
        "source": loop.review.source,
        "taskTitle": loop.review.task_title,
        "taskCount": loop.review.task_count,
        "timeLimitInSeconds": int(loop.review.time_limit.total_seconds()),
        "created": instant(loop.created_at),
        "expires": instant(loop.expires_at),
        "answers": [
            {
                "workerId": answer.worker_id,
                "submissionTime": instant(answer.submitted_at),
                "answerContent": answer.content,
            }
            for answer in loop.answers
        ],
        "holds": [{"workerId": hold.worker_id, "acceptanceTime": instant(hold.accepted_at)} for hold in loop.holds],
        "inputContent": read_object(loop.input.content),
        "outputS3Uri": loop.output_uri,
    }


def _told_setting(setting: Setting) -> dict[str, Any]:
    return {"inFlightQuota": setting.in_flight_quota, "eventCopies": setting.event_copies}
