"""A human loop started, by StartHumanLoop or by Rekognition."""

import re

from gavel_emulator.a2i import engine, flows
from gavel_emulator.a2i.documents import read_object
from gavel_emulator.a2i.loops import Loop, LoopInput, LoopKey
from gavel_emulator.a2i.refusals import invalid
from gavel_emulator.a2i.state import FlowDefinition, Plane

_FLOW_ARN = re.compile(r"arn:aws[a-z-]*:sagemaker:(?P<region>[^:]*):(?P<account_id>[^:]*):flow-definition/[^:]*")


def find_flow(plane: Plane, arn: str) -> FlowDefinition:
    """An active flow definition. Raises Refused: ValidationException, as StartHumanLoop has no ResourceNotFound."""
    match = _FLOW_ARN.fullmatch(arn)
    if match is None:
        raise invalid(f"{arn} is not the ARN of a flow definition.")
    if (match["account_id"], match["region"]) != (plane.account_id, plane.region):
        raise invalid(f"The flow definition {arn} must be of this account and region, {plane.region}.")
    flow = flows.by_arn(plane, arn)
    if flow is None:
        raise invalid(f"The flow definition {arn} does not exist or you do not have access to it.")
    if not flows.is_active(plane, flow):
        raise invalid(f"The flow definition {arn} is Initializing; it must be Active.")
    return flow


def start(plane: Plane, ports: engine.Ports, name: str, given: LoopInput) -> Loop:
    """Raises Refused: ValidationException, ConflictException or ServiceQuotaExceededException."""
    try:
        read_object(given.content)
    except ValueError as error:
        raise invalid(f"The InputContent is not valid: {error}.") from error
    with plane.lock:  # so that a flow definition isn't deleted between being found and being used
        flow = find_flow(plane, given.flow_arn)
        key = LoopKey(plane.account_id, plane.region, name)
        return engine.start(ports, key, given, lambda: flows.review(plane, flow))
