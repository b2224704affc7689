"""What tests do to adapters over plain HTTP. Documented in emulator/README.md, "Adapters"."""

import functools
from typing import Any

from gavel_emulator.control import ControlError, Request, body, route
from gavel_emulator.rekognition.adapters import engine
from gavel_emulator.rekognition.adapters.versions import AGES, Status, Version
from gavel_emulator.rekognition.turns import Turn, flag, read_turns, seconds, whole

ADAPTERS = "/_gavel/adapters"
SETTINGS = "/_gavel/adapter-settings"

TURNS = {
    "training_min_ms": Turn(seconds, "training_min_s"),
    "held": Turn(flag, "held"),
    "max_trainings": Turn(whole, "max_trainings"),
}


def serve(ports: engine.Ports) -> None:
    """Puts up the routes."""
    for method, path, answer in (
        ("GET", ADAPTERS, _tell),
        ("POST", ADAPTERS, _grow_old),
        ("GET", SETTINGS, _settings),
        ("POST", SETTINGS, _turn),
        ("DELETE", SETTINGS, _reset),
    ):
        route(method, path, functools.partial(answer, ports))


def _tell(ports: engine.Ports, request: Request) -> dict[str, Any]:
    return {"adapters": [_told(version) for version in ports.book.versions()]}


def _grow_old(ports: engine.Ports, request: Request) -> dict[str, Any]:
    given = body(request)
    arn, status = given.get("arn"), given.get("status")
    if status not in AGES:
        raise ControlError(400, f"status must be one of {', '.join(AGES)}")
    version = ports.book.grow_old(arn, Status(status)) if isinstance(arn, str) else None
    if version is None:
        raise ControlError(404, f"there is no trained adapter {arn}")
    return _told(version)


def _settings(ports: engine.Ports, request: Request) -> dict[str, Any]:
    knobs = ports.board.knobs
    return {
        "training_min_ms": round(knobs.training_min_s * 1000),
        "held": knobs.held,
        "max_trainings": knobs.max_trainings,
    }


def _turn(ports: engine.Ports, request: Request) -> dict[str, Any]:
    changes = read_turns(body(request), TURNS)
    ports.board.turn(**changes)
    engine.release(ports)
    return _settings(ports, request)


def _reset(ports: engine.Ports, request: Request) -> None:
    ports.board.reset()
    engine.release(ports)


def _told(version: Version) -> dict[str, Any]:
    return {
        "arn": version.arn,
        "status": version.status,
        "labels": list(version.learned.model.labels) if version.learned else [],
        "message": version.outcome.message if version.outcome and version.ended_at else "",
    }
