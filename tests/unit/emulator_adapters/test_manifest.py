"""The manifests that an adapter learns from, line by line."""

import json
from typing import Any

import pytest
from gavel_emulator.rekognition.adapters.manifest import TrainingFailed, check_bucket, read_lines, split


def entry(number: int = 1, *labels: str, bucket: str = "b") -> dict[str, Any]:
    truth = {"ModerationLabels": [{"Name": label} for label in labels]}
    return {"source-ref": f"s3://{bucket}/pictures/{number}.jpg", "content-moderation-groundtruth": truth}


def manifest(*entries: Any) -> bytes:
    return "\n".join(json.dumps(each) for each in entries).encode()


def test_a_line_names_an_image_and_what_it_shows_with_every_ancestor() -> None:
    safe, unsafe = read_lines(manifest(entry(1), entry(2, "Smoking")) + b"\n\n")
    assert (safe.bucket, safe.key, safe.truth) == ("b", "pictures/1.jpg", frozenset())
    assert unsafe.truth == {"Smoking", "Drugs & Tobacco Paraphernalia & Use", "Drugs & Tobacco"}
    assert (safe.error, unsafe.error) == (None, None)


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b"{", "ERROR_INVALID_JSON_LINE"),
        (b"[]", "ERROR_INVALID_JSON_LINE"),
        (b"\xff\xfe", "ERROR_INVALID_JSON_LINE"),
        (b'{"content-moderation-groundtruth": {}}', "ERROR_MISSING_SOURCE_REF"),
        (b'{"source-ref": "https://b/1.jpg"}', "ERROR_INVALID_SOURCE_REF_FORMAT"),
        (b'{"source-ref": 7}', "ERROR_INVALID_SOURCE_REF_FORMAT"),
        (b'{"source-ref": "s3://b/1.jpg"}', "ERROR_NO_LABEL_ATTRIBUTES"),
        (
            b'{"source-ref": "s3://b/1.jpg", "content-moderation-groundtruth": {"ModerationLabels": ["Smoking"]}}',
            "ERROR_INVALID_LABEL_ATTRIBUTE_FORMAT",
        ),
        (manifest(entry(1, "Rude Gesture")), "ERROR_INVALID_LABEL_ATTRIBUTE_FORMAT"),
    ],
)
def test_a_line_that_cannot_be_used_says_why(line: bytes, code: str) -> None:
    (read,) = read_lines(line)
    assert read.error is not None
    assert read.error.code == code


def test_a_fifth_is_for_testing_always_the_same_and_no_image_is_on_both_sides() -> None:
    lines = read_lines(manifest(*(entry(number % 1000) for number in range(2000))))
    trained, tested = split(lines)
    assert 300 <= len(tested) <= 500
    assert {line.key for line in trained}.isdisjoint(line.key for line in tested)
    assert split(reversed(lines))[1] == list(reversed(tested))


def test_images_of_one_dataset_are_in_one_bucket() -> None:
    assert check_bucket(read_lines(manifest(entry(1), {}, entry(2)))) == "b"
    with pytest.raises(TrainingFailed, match="the same Amazon S3 bucket"):
        check_bucket(read_lines(manifest(entry(1), entry(2, bucket="c"))))
    with pytest.raises(TrainingFailed, match="no valid JSON lines"):
        check_bucket(read_lines(manifest({}, [])))
