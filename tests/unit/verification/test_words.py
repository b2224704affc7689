from shared.contracts.messages import MediaRef
from shared.verification.words import Said, image_id, said_of

GUN = frozenset({"Violence", "Weapons"})


def test_what_is_above_a_right_label_is_right_too() -> None:
    said = said_of(GUN, right=["Weapons"])
    assert said == Said(right=("Violence", "Weapons"), is_seen=True)
    assert said.is_whole(GUN)


def test_what_is_under_a_wrong_label_is_wrong_too() -> None:
    assert said_of(GUN, wrong=["Violence"]).wrong == ("Violence", "Weapons")


def test_a_wrong_label_says_nothing_of_the_one_above_it() -> None:
    said = said_of(GUN, wrong=["Weapons"])
    assert said.wrong == ("Weapons",)
    assert not said.is_whole(GUN)


def test_of_two_that_contradict_each_other_what_is_there_counts() -> None:
    assert said_of(GUN, right=["Weapons"], wrong=["Violence"]) == said_of(GUN, right=["Weapons"])


def test_a_missing_label_makes_right_what_is_above_it() -> None:
    said = said_of(frozenset({"Violence"}), missing=["Weapons"])
    assert said == Said(right=("Violence",), missing=("Weapons",), is_seen=True)


def test_what_was_predicted_cannot_be_missing_nor_what_nobody_knows() -> None:
    assert said_of(GUN, missing=["Weapons", "Unicorns"]) == said_of(GUN, right=["Weapons"])
    assert said_of(frozenset(), missing=["Unicorns"], is_seen=False) == Said()


def test_labels_of_another_models_taxonomy_stand_by_themselves() -> None:
    said = said_of(frozenset({"Old Label", "Weapons"}), right=["Old Label"], wrong=["Weapons"])
    assert (said.right, said.wrong) == (("Old Label",), ("Weapons",))


def test_an_image_in_which_nothing_was_seen_can_be_right() -> None:
    assert said_of(frozenset()).is_whole(frozenset())
    assert not Said().is_whole(frozenset())


def test_what_an_image_shows_holds_what_is_above_each_label() -> None:
    assert said_of(frozenset(), missing=["Weapon Violence"]).truth == {
        "Weapon Violence",
        "Graphic Violence",
        "Violence",
    }


def test_objects_of_the_same_key_in_two_buckets_are_two() -> None:
    assert image_id(MediaRef(bucket="media", key="a.jpg")) != image_id(MediaRef(bucket="other", key="a.jpg"))


def test_ids_of_one_objects_versions_begin_alike() -> None:
    first, second = (image_id(MediaRef(bucket="media", key="a.jpg", version_id=version)) for version in ("v1", "v2"))
    assert first != second
    assert first.partition("-")[0] == second.partition("-")[0]
