"""The integrated path: Rekognition answered, and the flow definition's conditions decide whether people look as well."""

from collections.abc import Mapping
from typing import Any


def start_if_activated(
    *, account_id: str, region: str, request: Mapping[str, Any], response: Mapping[str, Any]
) -> dict[str, Any]:
    """Evaluate the flow definition's activation conditions and start the human loop when one of them is true.

    `request` is the whole DetectModerationLabels request as LocalStack parsed it, with its `HumanLoopConfig`;
    `response` is the whole answer so far (`ModerationLabels` already cut at MinConfidence, `ModerationModelVersion`,
    `ContentTypes`, `ProjectVersion`). Returns the answer's `HumanLoopActivationOutput`: always with
    `HumanLoopActivationConditionsEvaluationResults`; with `HumanLoopArn` and `HumanLoopActivationReasons` only when the
    loop was started (a repeat of the same request gets the same loop).

    Raises LocalStack ServiceExceptions of Rekognition's own, to be let through to the client: InvalidParameterException
    (flow definition missing, of another region or account, not for Rekognition; image sent as bytes; loop name taken by
    other input) and HumanLoopQuotaExceededException.
    """
    return {}
