"""Human task UIs: worker templates."""

import hashlib
from collections.abc import Mapping
from typing import Any

from gavel_emulator.a2i import paging, tags
from gavel_emulator.a2i.refusals import in_use, limit_exceeded, no_such_resource
from gavel_emulator.a2i.state import Plane, TaskUi

LIMIT = 100
"""Per account and region (AWS General Reference; adjustable there)."""


def create(plane: Plane, request: Mapping[str, Any]) -> dict[str, Any]:
    name = request["HumanTaskUiName"]
    if name in plane.task_uis:
        raise in_use(f"A human task UI named {name} exists already. Choose another name.")
    if len(plane.task_uis) >= LIMIT:
        raise limit_exceeded(f"The account has {LIMIT} human task UIs in {plane.region}, as many as it may.")
    ui = TaskUi(
        name=name,
        arn=plane.arn(f"human-task-ui/{name}"),
        created_at=plane.clock(),
        content=request["UiTemplate"]["Content"],
    )
    plane.task_uis[name] = ui
    tags.keep(plane, ui.arn, request)
    return {"HumanTaskUiArn": ui.arn}


def describe(plane: Plane, request: Mapping[str, Any]) -> dict[str, Any]:
    """The template itself isn't in the answer; its Url serves it."""
    ui = _find(plane, request["HumanTaskUiName"])
    return _summary(ui) | {
        "HumanTaskUiStatus": "Active",
        "UiTemplate": {
            "Url": f"{plane.endpoint}/_gavel/human-task-uis/{plane.account_id}/{plane.region}/{ui.name}",
            "ContentSha256": hashlib.sha256(ui.content.encode()).hexdigest(),
        },
    }


def list_(plane: Plane, request: Mapping[str, Any]) -> dict[str, Any]:
    uis, token = paging.page(
        (ui for ui in plane.task_uis.values() if paging.created_between(request, ui.created_at)),
        request,
        place=lambda ui: paging.by_creation(ui.created_at, ui.name),
        descending=request.get("SortOrder") != "Ascending",
    )
    return {"HumanTaskUiSummaries": [_summary(ui) for ui in uis], "NextToken": token}


def delete(plane: Plane, request: Mapping[str, Any]) -> dict[str, Any]:
    """Loops that use it go on; new ones can't start."""
    ui = _find(plane, request["HumanTaskUiName"])
    del plane.task_uis[ui.name]
    plane.tags.pop(ui.arn, None)
    return {}


def by_arn(plane: Plane, arn: str) -> TaskUi | None:
    return next((ui for ui in plane.task_uis.values() if ui.arn == arn), None)


def _find(plane: Plane, name: str) -> TaskUi:
    if name not in plane.task_uis:
        raise no_such_resource(f"Could not find a human task UI named {name} in {plane.region}.")
    return plane.task_uis[name]


def _summary(ui: TaskUi) -> dict[str, Any]:
    return {"HumanTaskUiName": ui.name, "HumanTaskUiArn": ui.arn, "CreationTime": ui.created_at}
