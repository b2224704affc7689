"""The answer of DetectLabels, and the vocabulary behind it."""

from typing import Any

import pytest
from gavel_emulator.rekognition.general_labels import LabelFilter, label_list
from gavel_emulator.rekognition.scene import Box, Seen
from gavel_emulator.rekognition.vocabulary import read_vocabulary, vocabulary

SEEN = (Seen("Robin", 91.0), Seen("Sports Car", 80.0), Seen("Wine", 56.0))


Filters = dict[str, list[str]]


def labels(
    filters: Filters | None = None, *, min_confidence: float = 55.0, max_labels: int = 1000
) -> list[dict[str, Any]]:
    return label_list(
        SEEN,
        vocabulary(),
        min_confidence=min_confidence,
        max_labels=max_labels,
        label_filter=LabelFilter.of(filters or {}),
    )


def names(filters: Filters | None = None, *, min_confidence: float = 55.0, max_labels: int = 1000) -> list[str]:
    return [label["Name"] for label in labels(filters, min_confidence=min_confidence, max_labels=max_labels)]


def test_a_label_brings_all_its_ancestors_sorted_by_confidence_and_name() -> None:
    assert names() == [
        "Animal",
        "Bird",
        "Robin",
        "Car",
        "Sports Car",
        "Transportation",
        "Vehicle",
        "Alcohol",
        "Beverage",
        "Wine",
    ]


def test_an_entry_has_the_form_of_the_api() -> None:
    car = next(label for label in labels() if label["Name"] == "Car")
    assert car == {
        "Name": "Car",
        "Confidence": 80.0,
        "Instances": [],
        "Parents": [{"Name": "Transportation"}, {"Name": "Vehicle"}],
        "Aliases": [{"Name": "Automobile"}],
        "Categories": [{"Name": "Vehicles and Automotive"}],
    }


def test_boxes_are_the_label_s_own_and_not_its_parents() -> None:
    box = Box(left=0.1, top=0.2, width=0.3, height=0.4, confidence=88.0)
    found = label_list(
        (Seen("Robin", 91.0, (box,)),),
        vocabulary(),
        min_confidence=55.0,
        max_labels=10,
        label_filter=LabelFilter(),
    )
    instance = {"BoundingBox": {"Left": 0.1, "Top": 0.2, "Width": 0.3, "Height": 0.4}, "Confidence": 88.0}
    assert {label["Name"]: label["Instances"] for label in found} == {"Animal": [], "Bird": [], "Robin": [instance]}


def test_the_minimum_and_the_maximum_number_cut_the_list() -> None:
    assert names(min_confidence=81.0) == ["Animal", "Bird", "Robin"]
    assert names(max_labels=2) == ["Animal", "Bird"]
    assert names(max_labels=0) == []


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"LabelInclusionFilters": ["Robin"]}, ["Robin"]),
        ({"LabelCategoryInclusionFilters": ["Animals and Pets"]}, ["Animal", "Bird", "Robin"]),
        (
            {"LabelCategoryInclusionFilters": ["Animals and Pets"], "LabelInclusionFilters": ["Wine"]},
            ["Animal", "Bird", "Robin", "Wine"],
        ),
        (
            {"LabelCategoryInclusionFilters": ["Animals and Pets"], "LabelExclusionFilters": ["Animal", "Bird"]},
            ["Robin"],
        ),
        (
            {"LabelCategoryExclusionFilters": ["Vehicles and Automotive", "Food and Beverage"]},
            ["Animal", "Bird", "Robin", "Transportation"],
        ),
        ({"LabelInclusionFilters": ["Robin"], "LabelExclusionFilters": ["Robin"]}, []),
        ({"LabelInclusionFilters": ["robin"]}, []),
    ],
)
def test_filters_choose_labels(filters: Filters, expected: list[str]) -> None:
    assert names(filters) == expected


def test_the_maximum_number_counts_what_the_filters_left() -> None:
    assert names({"LabelCategoryInclusionFilters": ["Food and Beverage"]}, max_labels=1) == ["Alcohol"]


def test_every_label_of_the_vocabulary_has_a_category_and_known_parents() -> None:
    for label in vocabulary().labels.values():
        assert label.categories, label
        assert label.name not in label.ancestors
        assert set(label.ancestors) <= set(vocabulary().labels)
        assert list(label.ancestors) == sorted(label.ancestors)


def test_an_unknown_parent_is_an_error_of_the_data_file() -> None:
    with pytest.raises(KeyError, match="Bird"):
        read_vocabulary({"version": "3.0", "labels": [{"name": "Robin", "parents": ["Bird"], "categories": ["A"]}]})
