"""The request and response examples of AWS's pages, as written there."""

import json
from typing import Any

from tests.contract.rekognition.pictures import Shelf, plain
from tests.contract.rekognition.wire import post
from tests.emulator import Emulator


def test_the_request_on_the_wire_is_a_post_with_a_target(emulator: Emulator, shelf: Shelf) -> None:
    """JSON 1.1 over POST /, `X-Amz-Target: RekognitionService.<Op>`; blobs are base64."""
    image = plain(shelf.put(labels="Weapons:99.44", content_types="Illustrated:99.99"))
    body = json.dumps({"Image": image, "MinConfidence": 60}).encode()
    answer = post(emulator.endpoint, "DetectModerationLabels", body)
    assert (answer.status, answer.headers["content-type"]) == (200, "application/x-amz-json-1.1")
    assert json.loads(answer.body) == {
        "ModerationLabels": [
            {"Confidence": 99.44, "Name": "Weapons", "ParentName": "Violence", "TaxonomyLevel": 2},
            {"Confidence": 99.44, "Name": "Violence", "ParentName": "", "TaxonomyLevel": 1},
        ],
        "ModerationModelVersion": "7.0",
        "ContentTypes": [{"Confidence": 99.99, "Name": "Illustrated"}],
    }


def test_the_error_example_of_the_guide(emulator: Emulator, shelf: Shelf) -> None:
    body = json.dumps({"Image": plain(shelf.put(), Name="input.jpg")}).encode()
    answer = post(emulator.endpoint, "DetectModerationLabels", body)
    error = json.loads(answer.body)
    assert (answer.status, {**error, "Logref": ""}) == (
        400,
        {
            "__type": "InvalidS3ObjectException",
            "Code": "InvalidS3ObjectException",
            "Logref": "",
            "Message": "Unable to get object metadata from S3. Check object key, region and/or access permissions.",
        },
    )


def test_the_filters_of_the_guide(rekognition: Any, shelf: Shelf) -> None:
    answer = rekognition.detect_labels(
        Image=shelf.put(objects="Puppy:98.5,Tree:70"),
        MaxLabels=10,
        MinConfidence=75,
        Features=["GENERAL_LABELS", "IMAGE_PROPERTIES"],
        Settings={
            "GeneralLabels": {
                "LabelInclusionFilters": ["Cat", "Dog"],
                "LabelCategoryExclusionFilters": ["Vehicles and Automotive"],
            },
            "ImageProperties": {"MaxDominantColors": 10},
        },
    )
    assert [label["Name"] for label in answer["Labels"]] == ["Dog"]
    assert [parent["Name"] for parent in answer["Labels"][0]["Parents"]] == ["Animal", "Canine", "Mammal", "Pet"]
