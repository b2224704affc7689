import json

import pytest

from shared.verification.results import read_line

LINE = {
    "source-ref": "s3://media/a b/ü.jpg",
    "detect-moderation-labels": {
        "ModerationLabels": [
            {"Name": "Violence", "Confidence": 80.25, "ParentName": "", "TaxonomyLevel": 1},
            {"Name": "Weapons", "Confidence": 80.25, "ParentName": "Violence", "TaxonomyLevel": 2},
        ],
        "ModerationModelVersion": "7.0",
        "ContentTypes": [{"Confidence": 72.7, "Name": "Animated"}],
    },
}


def test_a_line_in_the_shape_of_aws_is_read() -> None:
    read = read_line(json.dumps(LINE).encode(), adapter="arn:adapter")
    assert read is not None
    assert (read.source.bucket, read.source.key) == ("media", "a b/ü.jpg")
    assert {each.label: each.confidence for each in read.predictions} == {"Violence": 80.25, "Weapons": 80.25}
    assert (read.model_version, read.adapter) == ("7.0", "arn:adapter")


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"null",
        b"\xff\xfe",
        b'{"source-ref": "s3://media/a.jpg"}',
        json.dumps(LINE | {"source-ref": "https://example.org/a.jpg"}).encode(),
        json.dumps(LINE | {"source-ref": "s3://media/"}).encode(),
        json.dumps(LINE | {"detect-moderation-labels": {"ModerationLabels": [{"Name": 7}]}}).encode(),
        json.dumps(
            LINE | {"detect-moderation-labels": {"ModerationLabels": [{"Name": "x" * 129, "Confidence": 80}]}}
        ).encode(),
    ],
)
def test_what_is_no_line_of_results_is_nothing(line: bytes) -> None:
    assert read_line(line) is None
