"""The integrated path: Rekognition answered, and the flow definition's conditions decide whether people look too."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from localstack.aws.api import CommonServiceException

from gavel_emulator.a2i import flows, starting, wiring
from gavel_emulator.a2i.conditions import Evaluation, evaluate
from gavel_emulator.a2i.documents import camel_cased, write
from gavel_emulator.a2i.loops import LoopInput
from gavel_emulator.a2i.refusals import Refused, invalid

REASON = "ConditionsEvaluation"
LONGEST_RESULTS = 10_240
"""Characters of HumanLoopActivationConditionsEvaluationResults (Rekognition's service model)."""


class HumanLoopQuotaExceeded(CommonServiceException):
    """The members are the service model's; their values are ours, AWS documents none."""

    ResourceType = "human-loop"
    QuotaCode = "human-loops-in-flight"
    ServiceCode = "sagemaker"

    def __init__(self, message: str) -> None:
        super().__init__("HumanLoopQuotaExceededException", message)


def start_if_activated(
    *, account_id: str, region: str, request: Mapping[str, Any], response: Mapping[str, Any]
) -> dict[str, Any]:
    """Evaluate the flow definition's activation conditions and start the human loop when one of them is true.

    `request` is the whole DetectModerationLabels request as LocalStack parsed it, with its `HumanLoopConfig`;
    `response` is the whole answer so far (`ModerationLabels` already cut at MinConfidence, `ModerationModelVersion`,
    `ContentTypes`, `ProjectVersion`). Returns the answer's `HumanLoopActivationOutput`: always with
    `HumanLoopActivationConditionsEvaluationResults`, except when they are longer than the model allows; with
    `HumanLoopArn` and `HumanLoopActivationReasons` only when the loop was started (a repeat of the same request gets
    the same loop).

    Raises LocalStack ServiceExceptions of Rekognition's own, to be let through to the client: InvalidParameterException
    (flow definition missing, of another region or account, not for Rekognition; image sent as bytes; loop name taken by
    other input) and HumanLoopQuotaExceededException.
    """
    try:
        return _start_if_activated(account_id, region, request, response)
    except Refused as refusal:
        if refusal.code == "ServiceQuotaExceededException":
            raise HumanLoopQuotaExceeded(refusal.message) from refusal
        raise CommonServiceException("InvalidParameterException", refusal.message) from refusal


def _start_if_activated(
    account_id: str, region: str, request: Mapping[str, Any], response: Mapping[str, Any]
) -> dict[str, Any]:
    config = request["HumanLoopConfig"]
    plane = wiring.planes().of(account_id, region)
    with plane.lock:
        flow = starting.find_flow(plane, config["FlowDefinitionArn"])
    if flow.conditions is None:
        raise invalid(f"The HumanLoopRequestSource of {flow.arn} is not {flows.REKOGNITION}.")
    if "S3Object" not in request["Image"]:
        raise invalid("An image that people may have to look at must be an S3Object.")
    evaluation = evaluate(flow.conditions, response["ModerationLabels"], _draw(request))
    output: dict[str, Any] = {}
    results = write(evaluation.results)
    if len(results) <= LONGEST_RESULTS:
        output["HumanLoopActivationConditionsEvaluationResults"] = results
    if evaluation.activated:
        given = LoopInput(
            flow_arn=flow.arn,
            content=write(_input_content(request, response, evaluation)),
            classifiers=tuple(config.get("DataAttributes", {}).get("ContentClassifiers", ())),
        )
        loop = starting.start(plane, wiring.ports(), config["HumanLoopName"], given)
        output |= {"HumanLoopArn": loop.key.arn, "HumanLoopActivationReasons": [REASON]}
    return output


def _input_content(request: Mapping[str, Any], response: Mapping[str, Any], evaluation: Evaluation) -> dict[str, Any]:
    """What the worker template gets as `task.input` and output.json repeats."""
    return {
        "aiServiceRequest": camel_cased(request),
        "aiServiceResponse": camel_cased(response),
        "humanTaskActivationConditionResults": evaluation.results,
        "selectedAiServiceResponse": camel_cased({**response, "ModerationLabels": list(evaluation.selected)}),
    }


def _draw(request: Mapping[str, Any]) -> float:
    """A place in [0, 100) that is the same for the same request, as A2I's sampling is."""
    digest = hashlib.sha256(json.dumps(request, sort_keys=True).encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64 * 100
