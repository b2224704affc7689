"""DetectLabels: labels, filters and image properties."""

from typing import Any

import pytest

from tests import media
from tests.contract.rekognition.pictures import Shelf

SCRIPT = "Robin:91.0,Sports Car:80,Wine:54"


def names(answer: dict[str, Any]) -> list[str]:
    return [label["Name"] for label in answer["Labels"]]


def test_a_label_brings_its_parents_and_55_is_the_default_minimum(rekognition: Any, shelf: Shelf) -> None:
    answer = rekognition.detect_labels(Image=shelf.put(objects=SCRIPT))
    assert names(answer) == ["Animal", "Bird", "Robin", "Car", "Sports Car", "Transportation", "Vehicle"]
    assert answer["Labels"][2] == {
        "Name": "Robin",
        "Confidence": 91.0,
        "Instances": [],
        "Parents": [{"Name": "Animal"}, {"Name": "Bird"}],
        "Aliases": [],
        "Categories": [{"Name": "Animals and Pets"}],
    }
    assert answer["LabelModelVersion"] == "3.0"
    assert "ImageProperties" not in answer


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({"MinConfidence": 90}, ["Animal", "Bird", "Robin"]),
        ({"MinConfidence": 54, "MaxLabels": 9}, "first 9"),
        ({"MaxLabels": 0}, []),
        ({"MaxLabels": 5000}, "all 7"),
        ({"Features": []}, "all 7"),
        ({"Settings": {"GeneralLabels": {"LabelInclusionFilters": ["Car"]}}}, ["Car"]),
        (
            {
                "MaxLabels": 1,
                "Settings": {
                    "GeneralLabels": {
                        "LabelCategoryInclusionFilters": ["Animals and Pets"],
                        "LabelExclusionFilters": ["Animal", "Bird"],
                    }
                },
            },
            ["Robin"],
        ),
    ],
)
def test_minimum_maximum_and_filters_choose_labels(
    rekognition: Any, shelf: Shelf, parameters: dict[str, Any], expected: list[str] | str
) -> None:
    found = names(rekognition.detect_labels(Image=shelf.put(objects=SCRIPT), **parameters))
    assert len(found) == int(expected.split()[1]) if isinstance(expected, str) else found == expected


def test_image_properties_come_when_asked_for(rekognition: Any, shelf: Shelf) -> None:
    image = shelf.put(media.jpeg((400, 300)), objects=SCRIPT)
    answer = rekognition.detect_labels(
        Image=image,
        Features=["IMAGE_PROPERTIES"],
        Settings={"ImageProperties": {"MaxDominantColors": 2}},
    )
    assert "Labels" not in answer
    found = answer["ImageProperties"]
    assert set(found["Quality"]) == {"Brightness", "Sharpness", "Contrast"}
    for part in (found, found["Foreground"], found["Background"]):
        assert len(part["DominantColors"]) == 2
        assert all(0 <= value <= 100 for value in part["Quality"].values())
    both = rekognition.detect_labels(Image=image, Features=["GENERAL_LABELS", "IMAGE_PROPERTIES"])
    assert len(both["Labels"]) == 7
    assert 2 < len(both["ImageProperties"]["DominantColors"]) <= 10


def test_instances_have_boxes_and_with_image_properties_colours(rekognition: Any, shelf: Shelf) -> None:
    image = shelf.put(media.jpeg((400, 300)), objects="Robin:91.0@0.18/0/0.12/0.1@0.8/0.5/0.2/0.5/88")
    (_, _, robin) = rekognition.detect_labels(Image=image)["Labels"]
    assert robin["Instances"] == [
        {"BoundingBox": {"Left": 0.18, "Top": 0, "Width": 0.12, "Height": 0.1}, "Confidence": 91.0},
        {"BoundingBox": {"Left": 0.8, "Top": 0.5, "Width": 0.2, "Height": 0.5}, "Confidence": 88.0},
    ]
    (_, _, robin) = rekognition.detect_labels(Image=image, Features=["GENERAL_LABELS", "IMAGE_PROPERTIES"])["Labels"]
    # The scene's bright corner, and its dark bar.
    assert [one["DominantColors"][0]["SimplifiedColor"] for one in robin["Instances"]] == ["yellow", "blue"]
