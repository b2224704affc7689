"""What a loop leaves behind: `output.json`, and the event that a rule brings to a queue."""

import json
import re
from datetime import UTC
from typing import Any

import pytest

from tests.conftest import REGION
from tests.contract.a2i.studio import COGNITO, Studio

INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


def test_the_output_of_a_custom_task_has_exactly_the_documented_shape(studio: Studio) -> None:
    flow = studio.flow(review={"TaskCount": 2})
    studio.start(flow, content='{"zebra": 1, "ä": [{"b": 2, "a": 1.50}]}')
    studio.answer(workerId="ef7294f850a3d9d1", answerContent={"ruling": {"reject": True}}, timeSpentInSeconds=40.543)
    studio.answer(answerContent={"comment": "大 & <b>"})
    output = studio.output()
    for answer in output["humanAnswers"]:
        assert INSTANT.fullmatch(answer.pop("acceptanceTime"))
        assert INSTANT.fullmatch(answer.pop("submissionTime"))
        assert re.fullmatch(r"[0-9a-f-]{36}", answer["workerMetadata"]["identityData"].pop("sub"))
    other_worker = output["humanAnswers"][1].pop("workerId")
    assert re.fullmatch(r"[0-9a-f]{16}", other_worker)
    issuer = f"https://cognito-idp.{REGION}.amazonaws.com/{COGNITO['UserPool']}"
    metadata = {"identityData": {"identityProviderType": "Cognito", "issuer": issuer}}
    assert output == {
        "flowDefinitionArn": flow,
        "humanAnswers": [
            {
                "answerContent": {"ruling": {"reject": True}},
                "timeSpentInSeconds": 40.543,
                "workerId": "ef7294f850a3d9d1",
                "workerMetadata": metadata,
            },
            {"answerContent": {"comment": "大 & <b>"}, "timeSpentInSeconds": 0.0, "workerMetadata": metadata},
        ],
        "humanLoopName": "loop",
        "inputContent": {"zebra": 1, "ä": [{"b": 2, "a": 1.5}]},
    }


def test_keys_are_written_in_alphabetical_order(studio: Studio) -> None:
    studio.start(studio.flow(), content='{"b": {"d": 1, "c": 2}, "a": 3}')
    studio.answer()
    keys: list[list[str]] = []

    def remember(pairs: list[tuple[str, Any]]) -> None:
        keys.append([key for key, _ in pairs])

    key = studio.describe()["HumanLoopOutput"]["OutputS3Uri"].removeprefix(f"s3://{studio.bucket}/")
    stored = studio.s3.get_object(Bucket=studio.bucket, Key=key)
    assert stored["ContentType"] == "application/json"
    json.loads(stored["Body"].read(), object_pairs_hook=remember)
    assert keys == [sorted(names) for names in keys]


def test_the_event_of_a_completed_loop_arrives_whole(studio: Studio) -> None:
    studio.listen()
    flow = studio.flow()
    arn = studio.start(flow)["HumanLoopArn"]
    studio.answer()
    (event,) = studio.eventually(studio.events)
    described = studio.describe()
    created = described["CreationTime"].astimezone(UTC)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", event.pop("time"))
    assert event.pop("id")
    assert event == {
        "version": "0",
        "detail-type": "SageMaker A2I HumanLoop Status Change",
        "source": "aws.sagemaker",
        "account": studio.account,
        "region": REGION,
        "resources": [arn],
        "detail": {
            "creationTime": f"{created:%Y-%m-%dT%H:%M:%S}.{created.microsecond // 1000:03d}Z",
            "failureCode": None,
            "failureReason": None,
            "flowDefinitionArn": flow,
            "humanLoopArn": arn,
            "humanLoopName": "loop",
            "humanLoopOutput": {"outputS3Uri": described["HumanLoopOutput"]["OutputS3Uri"]},
            "humanLoopStatus": "Completed",
        },
    }


def test_the_output_is_there_when_the_event_arrives(studio: Studio) -> None:
    studio.listen()
    studio.start(studio.flow())
    studio.answer()
    (event,) = studio.eventually(studio.events)
    bucket, _, key = event["detail"]["humanLoopOutput"]["outputS3Uri"].removeprefix("s3://").partition("/")
    assert studio.s3.get_object(Bucket=bucket, Key=key)["ContentLength"]


@pytest.mark.parametrize(
    ("act", "document", "expected"),
    [
        ("fail", {"failureCode": "ValidationError", "failureReason": "Why"}, ("Failed", "ValidationError", "Why")),
        ("complete-empty", {}, ("Completed", None, None)),
    ],
)
def test_every_end_is_told(studio: Studio, act: str, document: dict[str, str], expected: tuple[Any, ...]) -> None:
    studio.listen()
    studio.start(studio.flow())
    assert studio.hook(act, **document)[0] == 200
    (event,) = studio.eventually(studio.events)
    assert tuple(event["detail"][key] for key in ("humanLoopStatus", "failureCode", "failureReason")) == expected


def test_a_stopped_loop_is_told(studio: Studio) -> None:
    studio.listen()
    studio.start(studio.flow())
    studio.a2i.stop_human_loop(HumanLoopName="loop")
    (event,) = studio.eventually(studio.events)
    assert event["detail"]["humanLoopStatus"] == "Stopped"


def test_an_expiry_is_told(studio: Studio) -> None:
    studio.listen()
    studio.start(studio.flow(review={"TaskAvailabilityLifetimeInSeconds": 1}))
    (event,) = studio.eventually(studio.events)
    assert (event["detail"]["humanLoopStatus"], event["detail"]["failureCode"]) == ("Failed", "Expired")


def test_events_are_doubled_and_lost_when_told_to(studio: Studio) -> None:
    studio.listen()
    flow = studio.flow()
    for copies, name in ((0, "lost"), (2, "doubled")):
        setting = {"flowDefinitionArn": flow, "eventCopies": copies}
        assert studio.control("POST", "/_gavel/human-loops-settings", setting)[0] == 200
        studio.start(flow, name)
        studio.answer(name)
    seen: list[str] = []

    def both() -> bool:
        seen.extend(event["detail"]["humanLoopName"] for event in studio.events())
        return len(seen) >= 2

    studio.eventually(both)
    assert seen == ["doubled", "doubled"]


def test_output_is_encrypted_with_the_flow_definitions_key(studio: Studio) -> None:
    key_id = studio.client("kms").create_key()["KeyMetadata"]["Arn"]
    output = {"S3OutputPath": f"s3://{studio.bucket}/x", "KmsKeyId": key_id}
    studio.start(studio.flow(OutputConfig=output))
    studio.answer()
    key = studio.describe()["HumanLoopOutput"]["OutputS3Uri"].removeprefix(f"s3://{studio.bucket}/")
    stored = studio.s3.head_object(Bucket=studio.bucket, Key=key)
    assert (stored["ServerSideEncryption"], stored["SSEKMSKeyId"]) == ("aws:kms", key_id)
