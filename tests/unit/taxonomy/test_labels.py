import pytest

from shared.taxonomy import labels
from shared.taxonomy.labels import taxonomy


def test_the_taxonomy_is_model_7_with_its_three_levels() -> None:
    by_level = [sum(label.level == level for label in taxonomy().labels.values()) for level in (1, 2, 3)]
    assert (taxonomy().version, by_level) == ("7.0", [10, 20, 22])


def test_every_parent_is_a_label_one_level_up() -> None:
    for label in taxonomy().labels.values():
        assert labels.level(label.parent) == label.level - 1 if label.parent else label.level == 1


def test_ancestors_and_descendants_agree() -> None:
    for label in taxonomy().labels.values():
        assert all(label.name in labels.ancestors(below) for below in label.descendants)
        assert all(label.name in labels.descendants(above) for above in label.ancestors)
        assert len(label.ancestors) == label.level - 1


def test_a_label_knows_the_way_up_and_down() -> None:
    assert labels.ancestors("Corpses") == ("Death and Emaciation", "Visually Disturbing")
    assert labels.descendants("Alcohol") == ("Alcohol Use", "Drinking", "Alcoholic Beverages")
    assert labels.top("Blood & Gore") == "Violence"
    assert labels.top("Gambling") == "Gambling"


def test_labels_come_before_their_descendants() -> None:
    order = list(taxonomy().labels)
    assert all(order.index(above) < order.index(name) for name in order for above in labels.ancestors(name))


def test_a_name_that_is_no_label_is_refused() -> None:
    with pytest.raises(KeyError):
        labels.ancestors("weapons")


@pytest.mark.parametrize(
    ("misspelt", "meant"),
    [
        ("weapons", "Weapons"),
        ("Weapon", "Weapons"),
        ("Blood and Gore", "Blood & Gore"),
        ("Gore", "Blood & Gore"),
        ("Nuditty", "Explicit Nudity"),
        ("Explict", "Explicit"),
        ("Self Harm", "Self-Harm"),
        ("Drugs and Tobacco", "Drugs & Tobacco"),
    ],
)
def test_a_misspelt_name_finds_the_one_that_was_meant(misspelt: str, meant: str) -> None:
    assert labels.nearest(misspelt)[0] == meant


def test_nothing_like_a_label_finds_nothing() -> None:
    assert labels.nearest("xyzzy") == ()


def test_labels_that_model_7_dropped_lead_to_labels_that_it_has() -> None:
    assert labels.successors("Suggestive") == (
        "Non-Explicit Nudity of Intimate parts and Kissing",
        "Swimwear or Underwear",
    )
    dropped = labels._dropped_by_7()
    assert all(labels.is_known(new) for news in dropped.values() for new in news)
    assert not any(labels.is_known(old) for old in dropped)
    assert labels.successors("Weapons") == ()
