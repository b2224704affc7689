"""The answer of DetectModerationLabels."""

from gavel_emulator.rekognition.moderation import moderation_answer
from gavel_emulator.rekognition.scene import Scene, Seen
from gavel_emulator.rekognition.taxonomy import taxonomy


def labels_of(*seen: tuple[str, float], min_confidence: float = 50.0) -> list[tuple[str, str, int, float]]:
    scene = Scene(moderation=tuple(Seen(name, confidence) for name, confidence in seen))
    return [
        (label["Name"], label["ParentName"], label["TaxonomyLevel"], label["Confidence"])
        for label in moderation_answer(scene, taxonomy(), min_confidence)["ModerationLabels"]
    ]


def test_a_label_brings_its_ancestors_upwards_with_its_confidence() -> None:
    assert labels_of(("Weapon Violence", 92.6)) == [
        ("Weapon Violence", "Graphic Violence", 3, 92.6),
        ("Graphic Violence", "Violence", 2, 92.6),
        ("Violence", "", 1, 92.6),
    ]


def test_the_surest_family_comes_first() -> None:
    names = [name for name, *_ in labels_of(("Drinking", 71.2), ("Weapons", 92.6))]
    assert names == ["Weapons", "Violence", "Drinking", "Alcohol Use", "Alcohol"]


def test_families_of_equal_confidence_are_not_mixed() -> None:
    names = [name for name, *_ in labels_of(("Drinking", 80.0), ("Smoking", 80.0))]
    assert names == [
        "Drinking",
        "Alcohol Use",
        "Alcohol",
        "Smoking",
        "Drugs & Tobacco Paraphernalia & Use",
        "Drugs & Tobacco",
    ]


def test_a_shared_ancestor_is_listed_once_and_is_as_sure_as_its_surest_descendant() -> None:
    assert labels_of(("Physical Violence", 60.0), ("Weapons", 90.0)) == [
        ("Weapons", "Violence", 2, 90.0),
        ("Violence", "", 1, 90.0),
        ("Physical Violence", "Graphic Violence", 3, 60.0),
        ("Graphic Violence", "Violence", 2, 60.0),
    ]


def test_an_ancestor_that_was_told_apart_keeps_its_greater_confidence() -> None:
    assert {name: confidence for name, _, _, confidence in labels_of(("Violence", 99.0), ("Weapons", 70.0))} == {
        "Violence": 99.0,
        "Weapons": 70.0,
    }


def test_labels_under_the_minimum_are_left_out_and_one_at_the_minimum_stays() -> None:
    seen = (("Weapons", 60.0), ("Drinking", 59.9))
    assert [name for name, *_ in labels_of(*seen, min_confidence=60.0)] == ["Weapons", "Violence"]
    assert labels_of(*seen, min_confidence=60.1) == []
    assert len(labels_of(*seen, min_confidence=0.0)) == 5


def test_content_types_come_the_surest_first_whatever_the_minimum() -> None:
    scene = Scene(content_types=(Seen("Animated", 20.0), Seen("Illustrated", 93.9)))
    answer = moderation_answer(scene, taxonomy(), 50.0)
    assert answer["ContentTypes"] == [
        {"Confidence": 93.9, "Name": "Illustrated"},
        {"Confidence": 20.0, "Name": "Animated"},
    ]


def test_the_model_version_is_the_taxonomys() -> None:
    assert moderation_answer(Scene(), taxonomy(), 50.0) == {
        "ModerationLabels": [],
        "ModerationModelVersion": "7.0",
        "ContentTypes": [],
    }


def test_every_label_of_the_taxonomy_has_a_lineage_that_ends_at_level_1() -> None:
    for name in taxonomy().labels:
        levels = [label.level for label in taxonomy().lineage(name)]
        assert levels == list(range(len(levels), 0, -1))
