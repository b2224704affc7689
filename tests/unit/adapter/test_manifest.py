"""What a verified set says, and everything that can be wrong with one, at once."""

import json
from typing import Any

import pytest

from cli.adapter.manifest import MAX_IMAGES, SetProblems, lines_of, read_set


def line(key: str = "a.jpg", *labels: str, bucket: str = "photos", **more: Any) -> str:
    truth = {"ModerationLabels": [{"Name": label} for label in labels]}
    return json.dumps({"source-ref": f"s3://{bucket}/{key}", "content-moderation-groundtruth": truth, **more})


def problems(*lines: str) -> tuple[str, ...]:
    with pytest.raises(SetProblems) as caught:
        read_set(lines)
    return caught.value.problems


def test_a_line_is_an_image_with_what_is_right_and_what_the_base_model_saw() -> None:
    seen = {"ModerationLabels": [{"Name": "Smoking", "Confidence": 81.5, "ParentName": ""}]}
    told: dict[str, Any] = {"detect-moderation-labels": seen, "sha256": "ab" * 32}
    verified = read_set([line("ü/1.jpg", "Weapons", **told), "", line("2.jpg")])
    first, second = verified.images
    assert (first.ref, first.content) == ("s3://photos/ü/1.jpg", "ab" * 32)
    assert first.labels == {"Weapons"}
    assert first.predicted == {"Smoking": 81.5}
    assert first.truth == {"Weapons", "Violence"}
    assert (second.labels, second.predicted, second.content) == (frozenset(), None, None)


def test_an_adapters_answers_are_no_base_models() -> None:
    adapted = {"ModerationLabels": [{"Name": "Smoking", "Confidence": 99}], "ProjectVersion": "arn:…"}
    alone: dict[str, Any] = {"detect-moderation-labels": adapted}
    assert read_set([line("a.jpg", **alone)]).images[0].predicted is None
    base: dict[str, Any] = {"ModerationLabels": []}
    told: dict[str, Any] = {"detect-moderation-labels": adapted, "detect-moderation-labels-base-model": base}
    assert read_set([line("a.jpg", **told)]).images[0].predicted == {}


def test_rekognition_gets_the_two_keys_that_it_knows() -> None:
    written = line("a.jpg", "Weapons", "Smoking", sha256="00", verified_by="somebody")
    (told,) = lines_of(read_set([written]).images)
    assert json.loads(told) == {
        "source-ref": "s3://photos/a.jpg",
        "content-moderation-groundtruth": {"ModerationLabels": [{"Name": "Smoking"}, {"Name": "Weapons"}]},
    }


def test_a_line_that_comes_twice_counts_once() -> None:
    verified = read_set([line("a.jpg", "Weapons"), line("b.jpg"), line("a.jpg", "Weapons")])
    assert (len(verified.images), verified.repeats) == (2, 1)


def test_everything_that_is_wrong_is_told_at_once() -> None:
    told = problems(
        "{",
        "[]",
        line("a.jpg", "Weapon"),
        line("b.jpg", "Suggestive", "Nonsense"),
        '{"source-ref": "photos/c.jpg"}',
        line("d.jpg", bucket="elsewhere"),
        line("e.jpg", "Weapons"),
        line("e.jpg"),
    )
    assert told == (
        "line 1: isn't JSON",
        "line 2: isn't a JSON object",
        "line 3: 'Weapon' is no label of the moderation taxonomy: Weapons or Weapon Violence?",
        "line 4: 'Nonsense' is no label of the moderation taxonomy",
        "line 4: 'Suggestive' is no label of the moderation taxonomy: Non-Explicit Nudity of Intimate parts and "
        "Kissing or Swimwear or Underwear?",
        "line 5: `source-ref` takes s3://bucket/key",
        'line 5: `content-moderation-groundtruth` takes {"ModerationLabels": [{"Name": …}]}, with an empty list where '
        "nothing is",
        "line 8: s3://photos/e.jpg came before, with other labels",
        "the images are in 2 buckets (elsewhere, photos); Rekognition takes one",
    )


def test_a_set_is_neither_empty_nor_too_large() -> None:
    assert problems("", " ") == ("there is no image in it",)
    assert problems(*(line(f"{number}.jpg") for number in range(MAX_IMAGES + 1))) == (
        "there are 10,001 images; Rekognition takes 10,000",
    )
