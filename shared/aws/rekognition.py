"""Asks Amazon Rekognition about images, one attempt a call: retries go through the limiter of whoever calls.

Open its client with `open_clients("rekognition", retries=0)`: an SDK that retries by itself spends the account's
quota behind the limiter's back.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final, Protocol

from botocore.exceptions import ClientError

from shared.aws.errors import error_code, translated
from shared.contracts.messages import ContentType, Finding, LoopStarted, MediaRef
from shared.detection import Detection, LoopRequest
from shared.errors import Deferred, Transient

LOOP_QUOTA_DELAY_S: Final = 300
"""Loops end when people answer, so a full quota (5,000 in flight for a flow definition) stays full for minutes."""

# What can never be answered for this image; AWS's texts are in its guide's page on error handling.
REFUSED: Final = {
    "InvalidImageFormatException": "image-format-refused",
    "ImageTooLargeException": "image-too-large",
    "InvalidS3ObjectException": "image-not-readable",
    "InvalidParameterException": "detection-refused",
}
# The deployment's fault: items wait until a flow definition is there; without an adapter, whoever calls may ask again.
NOT_THERE: Final = {
    "ResourceNotFoundException": "rekognition-resource-missing",
    "ResourceNotReadyException": "rekognition-adapter-not-ready",
}
NAME_TAKEN: Final = re.compile(r"loop\b.*\b(exists|already|conflicts?)\b")
FLOW_MISSING: Final = re.compile(r"flow ?definition\b.*\b(not exist|not found|not active|no access|not have access)\b")


class RekognitionClient(Protocol):
    async def detect_moderation_labels(self, **request: Any) -> dict[str, Any]: ...


class Rekognition:
    def __init__(self, client: RekognitionClient) -> None:
        self._client = client

    async def detect_moderation_labels(
        self, image: MediaRef, *, min_confidence: float, adapter: str | None = None, loop: LoopRequest | None = None
    ) -> Detection:
        """The image must be in a bucket of the client's region: JPEG or PNG, at most 15 MB, 80 to 10,000 px a side.

        Raises Permanent when this image can't be judged; Transient when throttled (code `rekognition-throttled`: tell
        the limiter), out of reach, or when adapter or flow definition isn't there; Deferred when the flow definition
        has no room for another loop.
        """
        request = _request(image, min_confidence, adapter)
        if loop is None:
            return read_answer(await self._ask(request))
        config = {"HumanLoopName": loop.name, "FlowDefinitionArn": loop.flow_definition_arn}
        try:
            answer = await self._ask(request | {"HumanLoopConfig": config})
        except _LoopExists:
            # An earlier delivery started the loop and crashed before it kept the answer: ask for the labels alone.
            return read_answer(await self._ask(request), LoopStarted(name=loop.name, arn=_loop_arn(loop)))
        arn = answer.get("HumanLoopActivationOutput", {}).get("HumanLoopArn")
        return read_answer(answer, LoopStarted(name=loop.name, arn=arn) if arn else None)

    async def _ask(self, request: Mapping[str, Any]) -> dict[str, Any]:
        with translated("rekognition", REFUSED):
            try:
                answer = await self._client.detect_moderation_labels(**request)
            except ClientError as error:
                remedy = _loop_remedy(error) if "HumanLoopConfig" in request else None
                remedy = remedy or _deployment_remedy(error)
                if remedy is None:
                    raise
                raise remedy from error
        return {name: value for name, value in answer.items() if name != "ResponseMetadata"}


class _LoopExists(Exception):
    """The loop that Rekognition was to start is there already."""


def _request(image: MediaRef, min_confidence: float, adapter: str | None) -> dict[str, Any]:
    place = {"Bucket": image.bucket, "Name": image.key}
    if image.version_id is not None:
        place["Version"] = image.version_id
    request: dict[str, Any] = {"Image": {"S3Object": place}, "MinConfidence": min_confidence}
    return request if adapter is None else request | {"ProjectVersion": adapter}


def read_answer(answer: Mapping[str, Any], loop: LoopStarted | None = None) -> Detection:
    """An answer of DetectModerationLabels, or what bulk analysis says of an image, which has the same form."""
    detection = Detection(
        findings=tuple(
            Finding(
                label=label["Name"],
                parent=label.get("ParentName", ""),
                level=label["TaxonomyLevel"],
                confidence=label["Confidence"],
            )
            for label in answer.get("ModerationLabels", [])
        ),
        content_types=tuple(
            ContentType(name=kind["Name"], confidence=kind["Confidence"]) for kind in answer.get("ContentTypes", [])
        ),
        model_version=answer["ModerationModelVersion"],
        adapter_used=answer.get("ProjectVersion"),
        loop=loop,
        raw=answer,
    )
    return replace(detection, is_whole=_as_answered(detection) == answer)


def _as_answered(detection: Detection) -> dict[str, Any]:
    """The answer as the detection's own fields have it. What Rekognition may come to say beside them isn't in it."""
    answer: dict[str, Any] = {
        "ModerationLabels": [
            {"Name": one.label, "ParentName": one.parent, "TaxonomyLevel": one.level, "Confidence": one.confidence}
            for one in detection.findings
        ],
        "ContentTypes": [{"Name": kind.name, "Confidence": kind.confidence} for kind in detection.content_types],
        "ModerationModelVersion": detection.model_version,
    }
    return answer if detection.adapter_used is None else answer | {"ProjectVersion": detection.adapter_used}


def _loop_remedy(error: ClientError) -> Exception | None:
    """What Rekognition says of the loop that it was to start.

    AWS documents the quota's code alone. That a name is taken, or that the flow definition isn't there, may come as
    A2I's own code or in the text of an InvalidParameterException; both are read.
    """
    code, text = error_code(error), str(error.response["Error"].get("Message", "")).lower()
    if code == "HumanLoopQuotaExceededException":
        return Deferred("human-loop-quota", f"rekognition answered {code}", delay_s=LOOP_QUOTA_DELAY_S)
    if "Conflict" in code or (code == "InvalidParameterException" and NAME_TAKEN.search(text)):
        return _LoopExists()
    if code == "InvalidParameterException" and FLOW_MISSING.search(text):
        return Transient("flow-definition-missing", f"rekognition answered {code}")
    return None


def _deployment_remedy(error: ClientError) -> Transient | None:
    code = error_code(error)
    return Transient(NOT_THERE[code], f"rekognition answered {code}") if code in NOT_THERE else None


def _loop_arn(loop: LoopRequest) -> str:
    """`arn:aws:sagemaker:<region>:<account>:human-loop/<name>`, beside its flow definition."""
    return f"{loop.flow_definition_arn.rpartition(':flow-definition/')[0]}:human-loop/{loop.name}"
