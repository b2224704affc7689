"""Flow definitions."""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from gavel_emulator.a2i import paging, tags, task_uis
from gavel_emulator.a2i.conditions import EVERYTHING, Condition, ConditionsInvalid, parse
from gavel_emulator.a2i.documents import read_object
from gavel_emulator.a2i.loops import Review
from gavel_emulator.a2i.refusals import in_use, invalid, limit_exceeded, no_such_resource
from gavel_emulator.a2i.state import FlowDefinition, Plane, TaskUi
from gavel_emulator.a2i.workteams import PUBLIC_TEAM, identity_of

REKOGNITION = "AWS/Rekognition/DetectModerationLabels/Image/V3"
LIMIT = 100
"""Flow definitions per account and region (AWS General Reference; adjustable there)."""
INITIALIZING = timedelta(milliseconds=200)
"""How long a new flow definition isn't Active yet: long enough that a caller who doesn't wait is refused, as by AWS."""
LONGEST_LIFETIME_S = 864_000
"""Ten days; also what we take when none is given, since AWS documents no default."""
LONGEST_TIME_LIMIT_S = 28_800
DEFAULT_TIME_LIMIT_S = 3_600

_DESCRIBED = ("HumanLoopRequestSource", "HumanLoopActivationConfig", "HumanLoopConfig", "OutputConfig", "RoleArn")
_S3_PATH = re.compile(r"s3://([^/]+)/?(.*)")
_VIRTUAL_HOST = re.compile(r"https://([^/]+)\.s3[.-][^/]*/?(.*)")
_PATH_STYLE = re.compile(r"https://s3[.-][^/]*/([^/]+)/?(.*)")


def create(plane: Plane, request: Mapping[str, Any]) -> dict[str, Any]:
    name = request["FlowDefinitionName"]
    if name in plane.flows:
        raise in_use(f"A flow definition named {name} exists already. Choose another name.")
    if len(plane.flows) >= LIMIT:
        raise limit_exceeded(f"The account has {LIMIT} flow definitions in {plane.region}, as many as it may.")
    _check_review(plane, request)
    _check_output(plane, request["OutputConfig"]["S3OutputPath"])
    source = request.get("HumanLoopRequestSource", {}).get("AwsManagedHumanLoopRequestSource")
    flow = FlowDefinition(
        name=name,
        arn=plane.arn(f"flow-definition/{name}"),
        created_at=plane.clock(),
        source=source,
        request=request,
        conditions=_conditions(source, request),
    )
    plane.flows[name] = flow
    tags.keep(plane, flow.arn, request)
    return {"FlowDefinitionArn": flow.arn}


def describe(plane: Plane, request: Mapping[str, Any]) -> dict[str, Any]:
    flow = _find(plane, request)
    return _summary(plane, flow) | {key: flow.request[key] for key in _DESCRIBED if key in flow.request}


def list_(plane: Plane, request: Mapping[str, Any]) -> dict[str, Any]:
    flows, token = paging.page(
        (flow for flow in plane.flows.values() if paging.created_between(request, flow.created_at)),
        request,
        place=lambda flow: paging.by_creation(flow.created_at, flow.name),
        descending=request.get("SortOrder") != "Ascending",
    )
    return {"FlowDefinitionSummaries": [_summary(plane, flow) for flow in flows], "NextToken": token}


def delete(plane: Plane, request: Mapping[str, Any]) -> FlowDefinition:
    """Returns what was deleted: its loops are cut off by the caller."""
    flow = plane.flows.pop(_find(plane, request).name)
    plane.tags.pop(flow.arn, None)
    return flow


def by_arn(plane: Plane, arn: str) -> FlowDefinition | None:
    return next((flow for flow in plane.flows.values() if flow.arn == arn), None)


def is_active(plane: Plane, flow: FlowDefinition) -> bool:
    return plane.clock() - flow.created_at >= INITIALIZING


def review(plane: Plane, flow: FlowDefinition) -> Review:
    """How a loop that starts now is reviewed. Raises Refused when the flow's task UI or work team is gone."""
    config = flow.request["HumanLoopConfig"]
    ui = _task_ui(plane, config["HumanTaskUiArn"])
    output = flow.request["OutputConfig"]
    bucket, prefix = _s3_place(output["S3OutputPath"])
    return Review(
        flow_created_at=flow.created_at,
        source=flow.source,
        workteam_arn=config["WorkteamArn"],
        identity=identity_of(plane, config["WorkteamArn"]),
        task_title=config["TaskTitle"],
        task_ui_arn=ui.arn,
        template=ui.content,
        task_count=config["TaskCount"],
        lifetime=timedelta(seconds=config.get("TaskAvailabilityLifetimeInSeconds", LONGEST_LIFETIME_S)),
        time_limit=timedelta(seconds=config.get("TaskTimeLimitInSeconds", DEFAULT_TIME_LIMIT_S)),
        output_bucket=bucket,
        output_prefix=f"{prefix}/" if prefix else "",
        kms_key_id=output.get("KmsKeyId"),
    )


def _summary(plane: Plane, flow: FlowDefinition) -> dict[str, Any]:
    return {
        "FlowDefinitionName": flow.name,
        "FlowDefinitionArn": flow.arn,
        "FlowDefinitionStatus": "Active" if is_active(plane, flow) else "Initializing",
        "CreationTime": flow.created_at,
    }


def _find(plane: Plane, request: Mapping[str, Any]) -> FlowDefinition:
    name = request["FlowDefinitionName"]
    if name not in plane.flows:
        raise no_such_resource(f"Could not find a flow definition named {name} in {plane.region}.")
    return plane.flows[name]


def _check_review(plane: Plane, request: Mapping[str, Any]) -> None:
    config = request.get("HumanLoopConfig")
    if config is None:
        # The newest model makes it optional; the documentation doesn't, and a flow without it can't review anything.
        raise invalid(
            "1 validation error detected: Value null at 'humanLoopConfig' failed to satisfy constraint: "
            "Member must not be null"
        )
    for field, longest in (
        ("TaskAvailabilityLifetimeInSeconds", LONGEST_LIFETIME_S),
        ("TaskTimeLimitInSeconds", LONGEST_TIME_LIMIT_S),
    ):
        if config.get(field, 0) > longest:
            raise invalid(f"{field} must not be more than {longest}.")
    identity_of(plane, config["WorkteamArn"])
    _task_ui(plane, config["HumanTaskUiArn"])
    if config["WorkteamArn"] == PUBLIC_TEAM.format(region=plane.region) and "PublicWorkforceTaskPrice" not in config:
        raise invalid("PublicWorkforceTaskPrice is required with the public workforce.")


def _task_ui(plane: Plane, arn: str) -> TaskUi:
    ui = task_uis.by_arn(plane, arn)
    if ui is None:
        raise invalid(f"The specified HumanTaskUi '{arn}' does not exist or you do not have access to it.")
    return ui


def _check_output(plane: Plane, path: str) -> None:
    """A bucket that isn't there yet is accepted: the loop fails when its output can't be written."""
    bucket, _ = _s3_place(path)
    region = plane.bucket_region(bucket)
    if region not in (None, plane.region):
        raise invalid(
            f"The bucket {bucket} is in {region}; it must be in the flow definition's region, {plane.region}."
        )


def _s3_place(path: str) -> tuple[str, str]:
    """Bucket, and prefix without slashes at its ends."""
    for notation in (_S3_PATH, _VIRTUAL_HOST, _PATH_STYLE):
        if match := notation.fullmatch(path):
            return match[1], match[2].strip("/")
    raise invalid(f"The S3OutputPath '{path}' names no S3 bucket.")


def _conditions(source: str | None, request: Mapping[str, Any]) -> tuple[Condition, ...] | None:
    config = request.get("HumanLoopActivationConfig")
    if config is None:
        return EVERYTHING if source == REKOGNITION else None
    text = config["HumanLoopActivationConditionsConfig"]["HumanLoopActivationConditions"]
    if source is None:
        raise invalid("HumanLoopActivationConfig needs a HumanLoopRequestSource: a custom task type has no conditions.")
    try:
        if source == REKOGNITION:
            return parse(text)
        read_object(text)
    except (ConditionsInvalid, ValueError) as error:
        raise invalid(f"HumanLoopActivationConditions are not valid: {error}") from error
    return None
