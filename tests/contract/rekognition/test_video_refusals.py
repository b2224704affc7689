"""Everything that the video operations refuse, and what fails a job."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests import videos
from tests.conftest import Aws
from tests.contract.rekognition.pictures import plain
from tests.contract.rekognition.studio import Listener, Studio
from tests.emulator import Emulator

PARAMETERS = ("InvalidParameterException", "Request has invalid parameters.")
OBJECT = (
    "InvalidS3ObjectException",
    "Unable to get object metadata from S3. Check object key, region and/or access permissions.",
)
TOPIC = "arn:aws:sns:us-east-1:000000000000:AmazonRekognition-done"
ROLE = "arn:aws:iam::000000000000:role/rekognition"


@pytest.mark.parametrize(
    "parameters",
    [
        pytest.param({"Video": {}}, id="an empty video"),
        pytest.param({"Video": {"S3Object": {"Bucket": "films"}}}, id="no key"),
        pytest.param({"Video": {"S3Object": {"Name": "a.mp4"}}}, id="no bucket"),
        pytest.param({"MinConfidence": 100.5}, id="a minimum over 100"),
        pytest.param({"ClientRequestToken": ""}, id="an empty token"),
        pytest.param({"ClientRequestToken": "t" * 65}, id="a long token"),
        pytest.param({"ClientRequestToken": "a token"}, id="a token with a space"),
        pytest.param({"JobTag": "a tag"}, id="a tag with a space"),
        pytest.param({"JobTag": "t" * 1025}, id="a long tag"),
        pytest.param({"NotificationChannel": {"SNSTopicArn": TOPIC}}, id="no role"),
        pytest.param({"NotificationChannel": {"RoleArn": ROLE}}, id="no topic"),
        pytest.param({"NotificationChannel": {"SNSTopicArn": "done", "RoleArn": ROLE}}, id="a topic without an ARN"),
        pytest.param({"NotificationChannel": {"SNSTopicArn": TOPIC, "RoleArn": "role"}}, id="a role without an ARN"),
        pytest.param(
            {"NotificationChannel": {"SNSTopicArn": TOPIC.replace("us-east-1", "eu-west-1"), "RoleArn": ROLE}},
            id="a topic of another region",
        ),
        pytest.param({"NotificationChannel": {"SNSTopicArn": f"{TOPIC}.fifo", "RoleArn": ROLE}}, id="a fifo topic"),
    ],
)
def test_parameters_of_a_start_outside_the_constraints(studio: Studio, parameters: dict[str, Any]) -> None:
    assert studio.refusal("start_content_moderation", **{"Video": studio.put(), **parameters}) == PARAMETERS


def test_a_start_without_a_video(studio: Studio) -> None:
    assert studio.refusal("start_content_moderation") == PARAMETERS


@pytest.mark.parametrize(
    "parameters",
    [
        {"MaxResults": 0},
        {"NextToken": "t" * 256},
        {"SortBy": "CONFIDENCE"},
        {"AggregateBy": "VIDEO"},
        {"JobId": ""},
        {"JobId": "j" * 65},
    ],
    ids=str,
)
def test_parameters_of_a_get_outside_the_constraints(studio: Studio, parameters: dict[str, Any]) -> None:
    assert studio.refusal("get_content_moderation", **{"JobId": "j", **parameters}) == PARAMETERS


def test_an_object_that_is_not_there(studio: Studio) -> None:
    video = studio.put()
    for place in (
        plain(video, Name="missing.mp4"),
        plain(video, Bucket="no-such-bucket-at-all"),
        plain(video, Version="a" * 32),
    ):
        assert studio.refusal("start_content_moderation", Video=place) == OBJECT, place


def test_a_bucket_of_another_region(studio: Studio, aws: Aws) -> None:
    elsewhere = replace(studio, rekognition=aws("rekognition", region="eu-west-1"))
    assert elsewhere.refusal("start_content_moderation", Video=studio.put()) == OBJECT


def test_a_job_of_nobody(studio: Studio) -> None:
    code, _ = studio.refusal("get_content_moderation", JobId="0" * 64)
    assert code == "ResourceNotFoundException"


@pytest.mark.parametrize(
    "make",
    [videos.text_named_mp4, lambda: videos.make_video(codec="libx265"), videos.corrupt],
    ids=["text", "hevc", "corrupt"],
)
def test_what_is_no_h264_fails_its_job_and_says_so(
    studio: Studio, listener: Listener, make: Callable[[], bytes]
) -> None:
    job = studio.start(studio.put(make()), NotificationChannel=listener.channel)
    answer = studio.ended(job)
    assert (answer["JobStatus"], answer["StatusMessage"]) == ("FAILED", "Unsupported codec/format.")
    (message,) = studio.eventually(listener.listen)
    assert message["Status"] == "FAILED"


def test_a_video_of_6_hours_and_a_minute_by_its_header(studio: Studio) -> None:
    code, message = studio.refusal("start_content_moderation", Video=studio.put(videos.long_video()))
    assert code == "VideoTooLargeException"
    assert "21660000" in message


def test_a_file_over_the_limit(studio: Studio) -> None:
    content = videos.make_video()
    studio.turn(max_bytes=len(content) - 1)
    code, message = studio.refusal("start_content_moderation", Video=studio.put(content))
    assert (code, message) == (
        "VideoTooLargeException",
        f"Video size in bytes: {len(content)} is more than the maximum limit of: {len(content) - 1} bytes.",
    )


def test_a_script_that_makes_no_sense_is_seen_and_not_taken_for_an_innocent_video(studio: Studio) -> None:
    code, message = studio.refusal("start_content_moderation", Video=studio.put(labels="Smoking@4800-1200:88.1"))
    assert code == "InvalidParameterException"
    assert message.startswith("The emulator can't read what the object's gavel-* metadata says: ")
    assert "ends before it begins" in message


def test_a_token_of_another_request(studio: Studio) -> None:
    video = studio.put()
    job = studio.start(video, ClientRequestToken="t-1")
    assert studio.start(video, ClientRequestToken="t-1") == job
    assert studio.refusal("start_content_moderation", Video=video, ClientRequestToken="t-1", JobTag="x") == (
        "IdempotentParameterMismatchException",
        "The ClientRequestToken: t-1 you have supplied is already in use.",
    )


@pytest.mark.parametrize("operation", ["StartContentModeration", "GetContentModeration"])
def test_the_operations_are_throttled(aws: Aws, told: Emulator, account: str, operation: str) -> None:
    told.post("/_gavel/quotas", {"account": account, "operation": operation, "tps": 0.0003, "burst": 3})
    client = aws("rekognition", account=account, parameter_validation=False)
    call = client.start_content_moderation if operation.startswith("Start") else client.get_content_moderation
    codes = []
    for _ in range(5):
        with pytest.raises(ClientError) as refused:
            call()
        codes.append(refused.value.response["Error"]["Code"])
    assert codes == [*["InvalidParameterException"] * 3, *["ProvisionedThroughputExceededException"] * 2]
