"""Requests against the service model: types on the wire, then constraints."""

import functools
import json
from typing import Any

import pytest
from botocore.model import OperationModel, Shape
from botocore.session import get_session
from gavel_emulator.rekognition.validation import violations
from gavel_emulator.rekognition.wire import body_fits

OBJECT: dict[str, Any] = {"S3Object": {"Bucket": "photos", "Name": "a b.jpg"}}
LOOP: dict[str, Any] = {
    "HumanLoopName": "loop-1",
    "FlowDefinitionArn": "arn:aws:sagemaker:us-east-1:1:flow-definition/f",
}
ADAPTER = "arn:aws:rekognition:us-east-1:111122223333:project/p/version/v/1700000000000"


@functools.cache
def operation(name: str) -> OperationModel:
    return get_session().get_service_model("rekognition").operation_model(name)


def input_shape(name: str) -> Shape:
    shape: Shape = operation(name).input_shape
    return shape


@pytest.mark.parametrize(
    ("name", "request_"),
    [
        ("DetectModerationLabels", {"Image": OBJECT}),
        ("DetectModerationLabels", {"Image": {"Bytes": b"x" * 5_242_880}}),
        ("DetectModerationLabels", {"Image": OBJECT, "MinConfidence": 0}),
        ("DetectModerationLabels", {"Image": OBJECT, "MinConfidence": 100.0}),
        ("DetectModerationLabels", {"Image": OBJECT, "HumanLoopConfig": LOOP}),
        ("DetectModerationLabels", {"Image": OBJECT, "ProjectVersion": ADAPTER}),
        ("DetectLabels", {"Image": OBJECT, "MaxLabels": 0, "Features": ["GENERAL_LABELS", "IMAGE_PROPERTIES"]}),
        ("DetectLabels", {"Image": OBJECT, "Settings": {"ImageProperties": {"MaxDominantColors": 20}}}),
        (
            "DetectLabels",
            {"Image": OBJECT, "Settings": {"GeneralLabels": {"LabelInclusionFilters": ["Crème brûlée"[:3]]}}},
        ),
    ],
)
def test_a_request_within_the_constraints_is_taken(name: str, request_: dict[str, Any]) -> None:
    assert violations(operation(name), request_) == []


@pytest.mark.parametrize(
    ("name", "request_", "found"),
    [
        ("DetectModerationLabels", {}, ["Image: missing"]),
        ("DetectModerationLabels", {"Image": None}, ["Image: missing"]),
        ("DetectModerationLabels", {"Image": {"Bytes": b""}}, ["Image.Bytes: shorter than 1"]),
        ("DetectModerationLabels", {"Image": {"Bytes": b"x" * 5_242_881}}, ["Image.Bytes: longer than 5242880"]),
        (
            "DetectModerationLabels",
            {"Image": {"S3Object": {"Bucket": "b", "Name": "", "Version": ""}}},
            [
                "Image.S3Object.Bucket: shorter than 3",
                "Image.S3Object.Name: shorter than 1",
                "Image.S3Object.Version: shorter than 1",
            ],
        ),
        (
            "DetectModerationLabels",
            {"Image": {"S3Object": {"Bucket": "pho tos", "Name": "n" * 1025}}},
            ["Image.S3Object.Bucket: does not match [0-9A-Za-z\\.\\-_]*", "Image.S3Object.Name: longer than 1024"],
        ),
        ("DetectModerationLabels", {"Image": OBJECT, "MinConfidence": -0.1}, ["MinConfidence: less than 0"]),
        ("DetectModerationLabels", {"Image": OBJECT, "MinConfidence": 100.1}, ["MinConfidence: more than 100"]),
        ("DetectModerationLabels", {"Image": OBJECT, "MinConfidence": float("nan")}, ["MinConfidence: not a number"]),
        (
            "DetectModerationLabels",
            {"Image": OBJECT, "HumanLoopConfig": {"HumanLoopName": None, "FlowDefinitionArn": None}},
            ["HumanLoopConfig.HumanLoopName: missing", "HumanLoopConfig.FlowDefinitionArn: missing"],
        ),
        (
            "DetectModerationLabels",
            {
                "Image": OBJECT,
                "HumanLoopConfig": {
                    "HumanLoopName": "Loop_1",
                    "FlowDefinitionArn": "a" * 257,
                    "DataAttributes": {"ContentClassifiers": ["FreeOfAdultContent", "FreeOfCharge"]},
                },
            },
            [
                "HumanLoopConfig.HumanLoopName: does not match ^[a-z0-9](-*[a-z0-9])*",
                "HumanLoopConfig.FlowDefinitionArn: longer than 256",
                "HumanLoopConfig.DataAttributes.ContentClassifiers[1]: not one of "
                "FreeOfPersonallyIdentifiableInformation, FreeOfAdultContent",
            ],
        ),
        (
            "DetectModerationLabels",
            {"Image": OBJECT, "HumanLoopConfig": {**LOOP, "HumanLoopName": "a" * 64}},
            ["HumanLoopConfig.HumanLoopName: longer than 63"],
        ),
        (
            "DetectModerationLabels",
            {"Image": OBJECT, "HumanLoopConfig": {**LOOP, "HumanLoopName": "loop-"}},
            ["HumanLoopConfig.HumanLoopName: does not match ^[a-z0-9](-*[a-z0-9])*"],
        ),
        ("DetectLabels", {"Image": OBJECT, "MaxLabels": -1}, ["MaxLabels: less than 0"]),
        (
            "DetectLabels",
            {"Image": OBJECT, "Features": ["COLORS"]},
            ["Features[0]: not one of GENERAL_LABELS, IMAGE_PROPERTIES"],
        ),
        ("DetectLabels", {"Image": OBJECT, "Features": ["GENERAL_LABELS"] * 3}, ["Features: longer than 2"]),
        (
            "DetectLabels",
            {"Image": OBJECT, "Settings": {"ImageProperties": {"MaxDominantColors": 21}}},
            ["Settings.ImageProperties.MaxDominantColors: more than 20"],
        ),
        (
            "DetectLabels",
            {"Image": OBJECT, "Settings": {"GeneralLabels": {"LabelExclusionFilters": ["x"] * 101}}},
            ["Settings.GeneralLabels.LabelExclusionFilters: longer than 100"],
        ),
        (
            "DetectLabels",
            {"Image": OBJECT, "Settings": {"GeneralLabels": {"LabelCategoryInclusionFilters": ["x" * 51]}}},
            ["Settings.GeneralLabels.LabelCategoryInclusionFilters[0]: longer than 50"],
        ),
    ],
)
def test_every_violated_constraint_is_named(name: str, request_: dict[str, Any], found: list[str]) -> None:
    assert violations(operation(name), request_) == found


@pytest.mark.parametrize("arn", ["short", "arn:aws:rekognition:us-east-1:1:project/p/version/v/1", ADAPTER + "/x"])
def test_an_adapter_is_named_by_its_whole_arn(arn: str) -> None:
    found = violations(operation("DetectModerationLabels"), {"Image": OBJECT, "ProjectVersion": arn})
    assert found
    assert all(problem.startswith("ProjectVersion: ") for problem in found)


@pytest.mark.parametrize(
    "document",
    [
        {"Image": OBJECT, "MinConfidence": 70, "Features": ["GENERAL_LABELS"], "Unknown": 1},
        {"Image": {"Bytes": "aGVsbG8="}, "MinConfidence": None},
        {},
    ],
)
def test_json_of_the_models_types_fits(document: dict[str, Any]) -> None:
    assert body_fits(input_shape("DetectLabels"), json.dumps(document).encode())


def test_an_empty_body_is_an_empty_object() -> None:
    assert body_fits(input_shape("DetectLabels"), b"")


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"\xff\xfe",
        b"[]",
        b'"text"',
        b'{"Image": "photos/a.jpg"}',
        b'{"Image": {"Bytes": "%%%"}}',
        b'{"Image": {"Bytes": 7}}',
        b'{"Image": {"S3Object": {"Bucket": ["photos"]}}}',
        b'{"MinConfidence": "70"}',
        b'{"MinConfidence": true}',
        b'{"MaxLabels": 1.5}',
        b'{"MaxLabels": false}',
        b'{"Features": "GENERAL_LABELS"}',
        b'{"Features": [1]}',
        b'{"Settings": []}',
    ],
)
def test_json_of_other_types_does_not_fit(body: bytes) -> None:
    assert not body_fits(input_shape("DetectLabels"), body)
