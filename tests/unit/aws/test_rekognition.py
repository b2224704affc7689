from typing import Any

import pytest

from shared.aws.rekognition import Rekognition
from shared.contracts.messages import ContentType, Finding, LoopStarted, MediaRef
from shared.detection import LoopRequest
from shared.errors import Deferred, Permanent, Transient
from tests.fakes.aws import ScriptedClient, refusal

IMAGE = MediaRef(bucket="work", key="a b.jpg", version_id="v1")
FLOW = "arn:aws:sagemaker:us-east-1:111122223333:flow-definition/images"
LOOP = LoopRequest(name="m-01234567-r1", flow_definition_arn=FLOW)
LOOP_ARN = "arn:aws:sagemaker:us-east-1:111122223333:human-loop/m-01234567-r1"
ANSWER: dict[str, Any] = {
    "ModerationLabels": [
        {"Confidence": 92.59999847412109, "Name": "Weapons", "ParentName": "Violence", "TaxonomyLevel": 2},
        {"Confidence": 92.59999847412109, "Name": "Violence", "ParentName": "", "TaxonomyLevel": 1},
    ],
    "ModerationModelVersion": "7.0",
    "ContentTypes": [{"Confidence": 99.99, "Name": "Illustrated"}],
}


def answered(**more: object) -> dict[str, object]:
    return ANSWER | more | {"ResponseMetadata": {"RequestId": "r"}}


async def test_an_answer_is_read_whole_and_kept_unchanged() -> None:
    client = ScriptedClient(detect_moderation_labels=[answered(ProjectVersion="arn:adapter")])
    answer = await Rekognition(client).detect_moderation_labels(IMAGE, min_confidence=40, adapter="arn:adapter")
    assert answer.findings == (
        Finding(label="Weapons", parent="Violence", level=2, confidence=92.59999847412109),
        Finding(label="Violence", parent="", level=1, confidence=92.59999847412109),
    )
    assert answer.content_types == (ContentType(name="Illustrated", confidence=99.99),)
    assert (answer.model_version, answer.adapter_used, answer.loop) == ("7.0", "arn:adapter", None)
    assert answer.raw == ANSWER | {"ProjectVersion": "arn:adapter"}
    assert client.asked == [
        (
            "detect_moderation_labels",
            {
                "Image": {"S3Object": {"Bucket": "work", "Name": "a b.jpg", "Version": "v1"}},
                "MinConfidence": 40,
                "ProjectVersion": "arn:adapter",
            },
        )
    ]


@pytest.mark.parametrize("said", [{}, {"ProjectVersion": "arn:adapter"}, {"ModerationLabels": [], "ContentTypes": []}])
async def test_an_answer_that_says_no_more_than_was_read_is_whole(said: dict[str, object]) -> None:
    client = ScriptedClient(detect_moderation_labels=[answered(**said)])
    answer = await Rekognition(client).detect_moderation_labels(IMAGE, min_confidence=40)
    assert answer.is_whole


@pytest.mark.parametrize(
    "said",
    [
        {"HumanLoopActivationOutput": {"HumanLoopArn": LOOP_ARN}},
        {"ModerationLabels": [{**ANSWER["ModerationLabels"][1], "Instances": []}]},
        {"OfALaterApi": 1},
    ],
)
async def test_an_answer_that_says_more_than_was_read_is_not(said: dict[str, object]) -> None:
    client = ScriptedClient(detect_moderation_labels=[answered(**said)])
    answer = await Rekognition(client).detect_moderation_labels(IMAGE, min_confidence=40)
    assert not answer.is_whole


async def test_an_adapter_that_was_ignored_is_told_by_its_absence() -> None:
    client = ScriptedClient(detect_moderation_labels=[answered()])
    answer = await Rekognition(client).detect_moderation_labels(IMAGE, min_confidence=50, adapter="arn:adapter")
    assert answer.adapter_used is None


async def test_an_image_without_version_is_asked_for_without() -> None:
    client = ScriptedClient(detect_moderation_labels=[answered()])
    await Rekognition(client).detect_moderation_labels(MediaRef(bucket="b", key="k"), min_confidence=50)
    assert client.asked[0][1]["Image"] == {"S3Object": {"Bucket": "b", "Name": "k"}}


@pytest.mark.parametrize(
    ("output", "loop"),
    [
        ({"HumanLoopArn": LOOP_ARN}, LoopStarted(name=LOOP.name, arn=LOOP_ARN)),
        ({"HumanLoopActivationConditionsEvaluationResults": "{}"}, None),
    ],
    ids=["conditions met", "conditions not met"],
)
async def test_a_loop_counts_as_started_when_rekognition_says_its_arn(
    output: dict[str, str], loop: LoopStarted | None
) -> None:
    client = ScriptedClient(detect_moderation_labels=[answered(HumanLoopActivationOutput=output)])
    answer = await Rekognition(client).detect_moderation_labels(IMAGE, min_confidence=50, loop=LOOP)
    assert answer.loop == loop
    assert client.asked[0][1]["HumanLoopConfig"] == {"HumanLoopName": LOOP.name, "FlowDefinitionArn": FLOW}


@pytest.mark.parametrize(
    "taken",
    [
        refusal("ConflictException", status=409),
        refusal("InvalidParameterException", "A human loop with this name already exists."),
        refusal("InvalidParameterException", "Human loop m-1 with different input data exists."),
    ],
    ids=["conflict", "in words", "in other words"],
)
async def test_a_loop_of_an_earlier_delivery_is_taken_over(taken: Exception) -> None:
    client = ScriptedClient(detect_moderation_labels=[taken, answered()])
    answer = await Rekognition(client).detect_moderation_labels(IMAGE, min_confidence=50, loop=LOOP)
    assert answer.loop == LoopStarted(name=LOOP.name, arn=LOOP_ARN)
    assert answer.raw == ANSWER
    assert "HumanLoopConfig" not in client.asked[1][1]


async def test_a_flow_definition_that_is_not_there_waits_to_be_deployed() -> None:
    told = refusal("InvalidParameterException", f"The flow definition {FLOW} does not exist.")
    client = ScriptedClient(detect_moderation_labels=[told])
    with pytest.raises(Transient) as refused:
        await Rekognition(client).detect_moderation_labels(IMAGE, min_confidence=50, loop=LOOP)
    assert refused.value.code == "flow-definition-missing"


@pytest.mark.parametrize(
    ("code", "kind", "reason"),
    [
        ("InvalidImageFormatException", Permanent, "image-format-refused"),
        ("ImageTooLargeException", Permanent, "image-too-large"),
        ("InvalidS3ObjectException", Permanent, "image-not-readable"),
        ("InvalidParameterException", Permanent, "detection-refused"),
        ("ThrottlingException", Transient, "rekognition-throttled"),
        ("ProvisionedThroughputExceededException", Transient, "rekognition-throttled"),
        ("InternalServerError", Transient, "rekognition-failed"),
        ("AccessDeniedException", Transient, "rekognition-access-denied"),
        ("ResourceNotFoundException", Transient, "rekognition-resource-missing"),
        ("ResourceNotReadyException", Transient, "rekognition-adapter-not-ready"),
        ("HumanLoopQuotaExceededException", Deferred, "human-loop-quota"),
    ],
)
async def test_each_refusal_has_its_remedy_and_a_code_of_its_own(code: str, kind: type[Exception], reason: str) -> None:
    client = ScriptedClient(detect_moderation_labels=[refusal(code, "Request has invalid parameters.")])
    with pytest.raises(kind) as raised:
        await Rekognition(client).detect_moderation_labels(IMAGE, min_confidence=50, loop=LOOP)
    assert raised.value.code == reason  # type: ignore[attr-defined]
    assert len(client.asked) == 1
