"""DetectModerationLabels: what it answers for a picture that it takes."""

import hashlib
from typing import Any

import pytest

from tests import media
from tests.contract.rekognition.pictures import Shelf, plain
from tests.emulator import Emulator

SCRIPT = "Weapon Violence:92.6,Drinking:71.2,Smoking:40"


def names(answer: dict[str, Any]) -> list[str]:
    return [label["Name"] for label in answer["ModerationLabels"]]


def test_all_three_levels_are_answered_with_model_version_and_content_types(rekognition: Any, shelf: Shelf) -> None:
    answer = rekognition.detect_moderation_labels(
        Image=shelf.put(labels="Weapon Violence:92.6", content_types="Illustrated:93.9")
    )
    assert answer["ModerationLabels"] == [
        {"Confidence": 92.6, "Name": "Weapon Violence", "ParentName": "Graphic Violence", "TaxonomyLevel": 3},
        {"Confidence": 92.6, "Name": "Graphic Violence", "ParentName": "Violence", "TaxonomyLevel": 2},
        {"Confidence": 92.6, "Name": "Violence", "ParentName": "", "TaxonomyLevel": 1},
    ]
    assert answer["ModerationModelVersion"] == "7.0"
    assert answer["ContentTypes"] == [{"Confidence": 93.9, "Name": "Illustrated"}]
    assert "ProjectVersion" not in answer
    assert "HumanLoopActivationOutput" not in answer


@pytest.mark.parametrize(("minimum", "count"), [(None, 6), (50, 6), (71.2, 6), (71.3, 3), (100, 0), (0, 9)])
def test_labels_under_the_minimum_which_is_50_by_default_are_left_out(
    rekognition: Any, shelf: Shelf, minimum: float | None, count: int
) -> None:
    parameters = {} if minimum is None else {"MinConfidence": minimum}
    answer = rekognition.detect_moderation_labels(Image=shelf.put(labels=SCRIPT), **parameters)
    assert len(answer["ModerationLabels"]) == count


def test_a_picture_that_nobody_scripted_shows_nothing(rekognition: Any, shelf: Shelf) -> None:
    answer = rekognition.detect_moderation_labels(Image=shelf.put())
    assert (answer["ModerationLabels"], answer["ContentTypes"]) == ([], [])


@pytest.mark.parametrize("key", ["summer 2026/a b+c.jpg", "ünïcode/写真.png", "a%20b.jpg", "photo.gif", "no-suffix"])
def test_the_key_may_be_anything_and_the_content_counts(rekognition: Any, shelf: Shelf, key: str) -> None:
    answer = rekognition.detect_moderation_labels(Image=shelf.put(media.png(), key=key, labels="Gambling:80"))
    assert names(answer) == ["Gambling"]


def test_the_version_that_is_asked_for_is_looked_at(rekognition: Any, shelf: Shelf) -> None:
    first = shelf.put(key="a.jpg", labels="Gambling:80")
    second = shelf.put(key="a.jpg", labels="Weapons:80")
    assert names(rekognition.detect_moderation_labels(Image=first)) == ["Gambling"]
    assert names(rekognition.detect_moderation_labels(Image=second)) == ["Weapons", "Violence"]
    assert names(rekognition.detect_moderation_labels(Image=plain(first))) == ["Weapons", "Violence"]


def test_an_image_of_15_mb_is_taken_from_s3(rekognition: Any, shelf: Shelf) -> None:
    limit = 15 * 1024 * 1024
    content = media.jpeg().ljust(limit, b"\0")
    assert names(rekognition.detect_moderation_labels(Image=shelf.put(content, labels="Gambling:80"))) == ["Gambling"]


def test_a_picture_sent_as_bytes_is_known_by_the_hash_of_its_content(rekognition: Any, told: Emulator) -> None:
    content = media.jpeg(seed=417)
    sha256 = hashlib.sha256(content).hexdigest()
    assert told.post("/_gavel/labels", {sha256: {"labels": "Drinking:71.2"}}) == {"added": 1}
    answer = rekognition.detect_moderation_labels(Image={"Bytes": content})
    assert names(answer) == ["Drinking", "Alcohol Use", "Alcohol"]


def test_a_derivative_shows_what_its_source_shows(rekognition: Any, shelf: Shelf, told: Emulator) -> None:
    source = hashlib.sha256(media.webp()).hexdigest()
    told.post("/_gavel/labels", {source: {"labels": "Drinking:71.2"}})
    answer = rekognition.detect_moderation_labels(Image=shelf.put(media.jpeg(seed=2), source_sha256=source))
    assert names(answer) == ["Drinking", "Alcohol Use", "Alcohol"]


def test_the_labels_in_force_are_told_and_forgotten(rekognition: Any, shelf: Shelf, told: Emulator) -> None:
    content = media.jpeg(seed=418)
    sha256 = hashlib.sha256(content).hexdigest()
    told.post("/_gavel/labels", {sha256: {"labels": "Gambling:80"}})
    assert told.get("/_gavel/labels") == {"labels": {sha256: {"labels": "Gambling:80"}}}
    told.delete("/_gavel/labels")
    assert told.get("/_gavel/labels") == {"labels": {}}
    assert names(rekognition.detect_moderation_labels(Image=shelf.put(content))) == []


def test_bad_labels_are_refused_with_every_problem(told: Emulator) -> None:
    with pytest.raises(AssertionError, match="400") as refused:
        told.post("/_gavel/labels", {"abc": {}, "ab" * 32: {"labels": "Violense:90"}})
    assert "abc: not a SHA-256 in hex" in str(refused.value)
    assert "did you mean 'Violence'?" in str(refused.value)
