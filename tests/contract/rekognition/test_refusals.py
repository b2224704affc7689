"""Everything that Rekognition refuses, with the code, the status and the text that AWS documents."""

import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from botocore.session import get_session

from tests import media
from tests.conftest import Aws
from tests.contract.rekognition.pictures import Shelf, plain
from tests.contract.rekognition.wire import post
from tests.emulator import Emulator

PARAMETERS = ("InvalidParameterException", "Request has invalid parameters.")
FORMAT = ("InvalidImageFormatException", "Request has invalid image format.")
TOO_LARGE = ("ImageTooLargeException", "Image size is too large.")
OBJECT = (
    "InvalidS3ObjectException",
    "Unable to get object metadata from S3. Check object key, region and/or access permissions.",
)
ADAPTER = "arn:aws:rekognition:us-east-1:000000000000:project/p/version/v/1700000000000"
LOOP = {"HumanLoopName": "loop-1", "FlowDefinitionArn": "arn:aws:sagemaker:us-east-1:000000000000:flow-definition/f"}


def refusal(call: Callable[..., Any], **parameters: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as refused:
        call(**parameters)
    response = refused.value.response
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 400
    return response["Error"]["Code"], response["Error"]["Message"]


@pytest.mark.parametrize(
    "parameters",
    [
        pytest.param({}, id="no image"),
        pytest.param({"Image": {}}, id="an empty image"),
        pytest.param({"Image": {"Bytes": b""}}, id="no bytes"),
        pytest.param({"Image": {"Bytes": b"x" * 5_242_881}}, id="more than 5 MB of bytes"),
        pytest.param({"Image": {"Bytes": b"x", "S3Object": {"Bucket": "photos", "Name": "a"}}}, id="both"),
        pytest.param({"Image": {"S3Object": {"Bucket": "ab", "Name": "a"}}}, id="a short bucket"),
        pytest.param({"Image": {"S3Object": {"Bucket": "b" * 256, "Name": "a"}}}, id="a long bucket"),
        pytest.param({"Image": {"S3Object": {"Bucket": "ph/otos", "Name": "a"}}}, id="a bucket with a slash"),
        pytest.param({"Image": {"S3Object": {"Bucket": "photos", "Name": ""}}}, id="an empty key"),
        pytest.param({"Image": {"S3Object": {"Bucket": "photos", "Name": "a" * 1025}}}, id="a long key"),
        pytest.param({"Image": {"S3Object": {"Bucket": "photos", "Name": "a", "Version": ""}}}, id="an empty version"),
        pytest.param({"MinConfidence": -1}, id="a negative minimum"),
        pytest.param({"MinConfidence": 101}, id="a minimum over 100"),
        pytest.param({"ProjectVersion": "adapter"}, id="an adapter without an ARN"),
        pytest.param({"ProjectVersion": ADAPTER.replace("/1700000000000", "/new")}, id="an adapter without its time"),
        pytest.param({"HumanLoopConfig": {"HumanLoopName": "loop-1"}}, id="a loop without a flow"),
        pytest.param({"HumanLoopConfig": {**LOOP, "HumanLoopName": "Loop 1"}}, id="a loop with a bad name"),
        pytest.param({"HumanLoopConfig": {**LOOP, "HumanLoopName": "l" * 64}}, id="a loop with a long name"),
        pytest.param({"HumanLoopConfig": {**LOOP, "FlowDefinitionArn": "f" * 257}}, id="a long flow"),
        pytest.param(
            {"HumanLoopConfig": {**LOOP, "DataAttributes": {"ContentClassifiers": ["FreeOfCharge"]}}},
            id="an unknown classifier",
        ),
    ],
)
def test_parameters_outside_the_constraints(rekognition: Any, shelf: Shelf, parameters: dict[str, Any]) -> None:
    image = {} if not parameters else {"Image": shelf.put()}
    assert refusal(rekognition.detect_moderation_labels, **{**image, **parameters}) == PARAMETERS


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        pytest.param(lambda: b"", FORMAT, id="zero bytes"),
        pytest.param(media.gif, FORMAT, id="gif"),
        pytest.param(media.webp, FORMAT, id="webp"),
        pytest.param(media.bmp, FORMAT, id="bmp"),
        pytest.param(media.tiff, FORMAT, id="tiff"),
        pytest.param(media.heic, FORMAT, id="heic"),
        pytest.param(media.svg, FORMAT, id="svg"),
        pytest.param(media.html, FORMAT, id="html"),
        pytest.param(media.mp4, FORMAT, id="mp4"),
        pytest.param(media.truncated_jpeg, FORMAT, id="half a jpeg"),
        pytest.param(media.truncated_png, FORMAT, id="half a png"),
        pytest.param(media.corrupt_png, FORMAT, id="a corrupt png"),
        pytest.param(media.one_pixel_png, PARAMETERS, id="one pixel"),
        pytest.param(lambda: media.jpeg((79, 400)), PARAMETERS, id="79 px"),
        pytest.param(lambda: media.wide_jpeg(10_001), TOO_LARGE, id="10,001 px"),
        pytest.param(media.decompression_bomb_png, TOO_LARGE, id="a decompression bomb"),
    ],
)
def test_images_outside_the_limits(
    rekognition: Any, shelf: Shelf, make: Callable[[], bytes], expected: tuple[str, str]
) -> None:
    content = make()
    assert refusal(rekognition.detect_moderation_labels, Image=shelf.put(content)) == expected
    assert refusal(rekognition.detect_labels, Image=shelf.put(content)) == expected
    if content:
        assert refusal(rekognition.detect_moderation_labels, Image={"Bytes": content}) == expected


def test_an_object_of_more_than_15_mb(rekognition: Any, shelf: Shelf) -> None:
    content = media.jpeg().ljust(15 * 1024 * 1024 + 1, b"\0")
    assert refusal(rekognition.detect_moderation_labels, Image=shelf.put(content)) == TOO_LARGE


def test_an_object_that_is_not_there(rekognition: Any, shelf: Shelf) -> None:
    image = shelf.put()
    deleted = shelf.put()
    shelf.s3.delete_object(Bucket=shelf.bucket, Key=deleted["S3Object"]["Name"])
    nowhere = [
        plain(image, Name="missing.jpg"),
        plain(image, Bucket=f"no-such-{uuid.uuid4().hex[:12]}"),
        plain(image, Version="no-such-version"),
        plain(image, Version="a" * 32),
        plain(deleted),
    ]
    for place in nowhere:
        assert refusal(rekognition.detect_moderation_labels, Image=place) == OBJECT, place
    assert rekognition.detect_moderation_labels(Image=deleted)["ModerationLabels"] == []


def test_a_bucket_of_another_region(aws: Aws, shelf: Shelf) -> None:
    elsewhere = aws("rekognition", region="eu-west-1")
    assert refusal(elsewhere.detect_moderation_labels, Image=shelf.put()) == OBJECT


def test_an_adapter_that_nobody_made(rekognition: Any, shelf: Shelf) -> None:
    code, message = refusal(rekognition.detect_moderation_labels, Image=shelf.put(), ProjectVersion=ADAPTER)
    assert code == "ResourceNotFoundException"
    assert ADAPTER in message


def test_a_script_that_makes_no_sense_is_seen_and_not_taken_for_an_innocent_picture(
    rekognition: Any, shelf: Shelf
) -> None:
    code, message = refusal(rekognition.detect_moderation_labels, Image=shelf.put(labels="weapon violence:92.6"))
    assert code == "InvalidParameterException"
    assert message.startswith("The emulator can't read what the object's gavel-* metadata says: ")
    assert "'weapon violence' is not a label of the moderation taxonomy 7.0; did you mean 'Weapon Violence'?" in message


@pytest.mark.parametrize(
    "parameters",
    [
        pytest.param({"MaxLabels": -1}, id="a negative maximum"),
        pytest.param({"MinConfidence": 100.5}, id="a minimum over 100"),
        pytest.param({"Features": ["COLORS"]}, id="an unknown feature"),
        pytest.param({"Features": ["GENERAL_LABELS", "IMAGE_PROPERTIES", "GENERAL_LABELS"]}, id="three features"),
        pytest.param({"Features": ["IMAGE_PROPERTIES"], "MinConfidence": 60}, id="a minimum without labels"),
        pytest.param({"Features": ["IMAGE_PROPERTIES"], "MaxLabels": 5}, id="a maximum without labels"),
        pytest.param({"Settings": {"ImageProperties": {"MaxDominantColors": 21}}}, id="21 colours"),
        pytest.param({"Settings": {"GeneralLabels": {"LabelInclusionFilters": ["a"] * 101}}}, id="101 filters"),
        pytest.param({"Settings": {"GeneralLabels": {"LabelExclusionFilters": ["a" * 51]}}}, id="a long filter"),
        pytest.param({"Settings": {"GeneralLabels": {"LabelInclusionFilters": ["{a}"]}}}, id="a filter's characters"),
    ],
)
def test_parameters_of_detect_labels_outside_the_constraints(
    rekognition: Any, shelf: Shelf, parameters: dict[str, Any]
) -> None:
    assert refusal(rekognition.detect_labels, Image=shelf.put(), **parameters) == PARAMETERS


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "InvalidParameterException"),
        (b"{}", "InvalidParameterException"),
        (b'{"Image": null}', "InvalidParameterException"),
        (b"{", "SerializationException"),
        (b"[]", "SerializationException"),
        (b'{"Image": "photos/a.jpg"}', "SerializationException"),
        (b'{"Image": {"Bytes": "%%%"}}', "SerializationException"),
        (b'{"Image": {"S3Object": {"Bucket": 1, "Name": "a"}}}', "SerializationException"),
        (b'{"Image": {"Bytes": "aGVsbG8="}, "MinConfidence": "70"}', "SerializationException"),
        (b'{"Image": {"Bytes": "aGVsbG8="}, "MinConfidence": NaN}', "InvalidParameterException"),
        (b'{"Image": {"Bytes": "aGVsbG8="}}', "InvalidImageFormatException"),
    ],
)
def test_an_error_has_the_body_that_aws_documents(emulator: Emulator, body: bytes, code: str) -> None:
    answer = post(emulator.endpoint, "DetectModerationLabels", body)
    error = json.loads(answer.body)
    assert (answer.status, list(error)) == (400, ["__type", "Code", "Logref", "Message"])
    assert error["__type"] == error["Code"] == code
    assert uuid.UUID(error["Logref"])
    assert error["Message"]
    assert answer.headers["content-type"] == "application/x-amz-json-1.1"
    assert answer.headers["x-amzn-requestid"]


def test_an_operation_that_does_not_exist(emulator: Emulator) -> None:
    answer = post(emulator.endpoint, "DetectEverything", b"{}")
    assert (answer.status, json.loads(answer.body)["__type"]) == (400, "UnknownOperationException")


OTHERS = sorted(
    set(get_session().get_service_model("rekognition").operation_names)
    - {"DetectModerationLabels", "DetectLabels", "StartContentModeration", "GetContentModeration"}
    - {"StartMediaAnalysisJob", "GetMediaAnalysisJob", "ListMediaAnalysisJobs"}
    - {"CreateProject", "DescribeProjects", "DeleteProject", "TagResource", "UntagResource", "ListTagsForResource"}
    - {"CreateProjectVersion", "DescribeProjectVersions", "DeleteProjectVersion"}
)


@pytest.mark.parametrize("operation", OTHERS)
def test_every_other_operation_says_that_it_is_not_emulated(emulator: Emulator, operation: str) -> None:
    answer = post(emulator.endpoint, operation, b"{}")
    error = json.loads(answer.body)
    assert (answer.status, error["Code"]) == (501, "NotEmulated")
    assert error["Message"] == f"rekognition.{operation} is not emulated."
