"""Tags of flow definitions, human task UIs and work teams."""

from collections.abc import Mapping
from typing import Any

from gavel_emulator.a2i import paging
from gavel_emulator.a2i.refusals import invalid
from gavel_emulator.a2i.state import Plane

MOST = 50
"""Tags on one resource; also the smallest page of ListTags."""


def keep(plane: Plane, arn: str, request: Mapping[str, Any]) -> None:
    """The tags of a resource's creation."""
    if request.get("Tags"):
        _add(plane, arn, request["Tags"])


def add(plane: Plane, request: Mapping[str, Any]) -> dict[str, Any]:
    arn = _known(plane, request["ResourceArn"])
    _add(plane, arn, request["Tags"])
    return {"Tags": _listed(plane, arn)}


def list_(plane: Plane, request: Mapping[str, Any]) -> dict[str, Any]:
    arn = _known(plane, request["ResourceArn"])
    page, token = paging.page(
        _listed(plane, arn), request, place=lambda tag: (tag["Key"], ""), descending=False, size=MOST
    )
    return {"Tags": page, "NextToken": token}


def delete(plane: Plane, request: Mapping[str, Any]) -> dict[str, Any]:
    kept = plane.tags.get(_known(plane, request["ResourceArn"]), {})
    for key in request["TagKeys"]:
        kept.pop(key, None)
    return {}


def _add(plane: Plane, arn: str, tags: list[dict[str, str]]) -> None:
    if any(tag["Key"].lower().startswith("aws:") for tag in tags):
        raise invalid("Tag keys that begin with 'aws:' are reserved.")
    together = plane.tags.get(arn, {}) | {tag["Key"]: tag["Value"] for tag in tags}
    if len(together) > MOST:
        raise invalid(f"A resource has at most {MOST} tags.")
    plane.tags[arn] = together


def _listed(plane: Plane, arn: str) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in sorted(plane.tags.get(arn, {}).items())]


def _known(plane: Plane, arn: str) -> str:
    if arn.startswith(plane.arn("workforce/")):
        raise invalid("Invalid resource type: workforce")  # CreateWorkforce takes tags, yet AWS won't list them
    for kind in (plane.flows, plane.task_uis, plane.workteams):
        if any(resource.arn == arn for resource in kind.values()):
            return arn
    raise invalid(f"The resource {arn} does not exist.")
