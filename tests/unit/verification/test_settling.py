from collections import Counter
from itertools import pairwise

from shared.verification.counts import Counts, LabelCounts, counts_of, together
from shared.verification.settling import Settled, begun, change, settled_state, tally, with_word
from shared.verification.words import Word
from tests.unit.verification.pictures import ANA, BEN, CEM, DEE, image, word

GUN = image("gun.jpg", "Weapons", "Violence")


def said(*words: Word) -> Settled | None:
    state = begun(words[0].image)
    for each in words:
        state = with_word(state, each)
    return settled_state(state)


def test_one_persons_word_is_enough() -> None:
    assert said(word(GUN, right=["Weapons"])) == Settled(labels=("Violence", "Weapons"), disputed=(), people=1)


def test_a_word_that_leaves_a_prediction_open_does_not_count() -> None:
    assert said(word(GUN, wrong=["Weapons"])) is None


def test_more_than_half_settle_a_label_and_half_dispute_it() -> None:
    yes, no = word(GUN, ANA, right=["Weapons"]), word(GUN, BEN, wrong=["Violence"])
    assert said(yes, no) == Settled(labels=(), disputed=("Violence", "Weapons"), people=2)
    more = word(GUN, CEM, right=["Violence"], wrong=["Weapons"])
    assert said(yes, no, more) == Settled(labels=("Violence",), disputed=(), people=3)
    assert said(yes, no, more, word(GUN, DEE, right=["Weapons"])) == Settled(
        labels=("Violence",), disputed=("Weapons",), people=4
    )


def test_of_each_person_the_newest_word_counts() -> None:
    assert said(word(GUN, right=["Weapons"]), word(GUN, wrong=["Violence"])) == Settled(
        labels=(), disputed=(), people=1
    )


def test_a_word_that_was_taken_back_is_nobodys() -> None:
    assert said(word(GUN, right=["Weapons"]), word(GUN, is_seen=False)) is None


def test_the_same_word_again_changes_nothing() -> None:
    state = with_word(begun(GUN), word(GUN, right=["Weapons"]))
    assert with_word(state, word(GUN, right=["Weapons"], at_s=60)) is state


def test_an_image_counts_each_label_once_for_what_the_model_got_right_and_wrong() -> None:
    state = with_word(begun(GUN), word(GUN, right=["Violence"], wrong=["Weapons"], missing=["Gambling"]))
    assert tally(state) == {
        "images": 1,
        "bucket#media": 1,
        "right#Violence": 1,
        "wrong#Weapons": 1,
        "missing#Gambling": 1,
    }


def test_a_dispute_takes_an_image_out_of_the_counts_and_a_third_person_puts_it_in_again() -> None:
    states = [begun(GUN)]
    for each in (
        word(GUN, ANA, right=["Weapons"]),
        word(GUN, BEN, wrong=["Violence"]),
        word(GUN, CEM, right=["Weapons"]),
    ):
        states.append(with_word(states[-1], each))
    numbers: Counter[str] = Counter()
    seen = []
    for before, after in pairwise(states):
        numbers.update(change(before, after))
        seen.append((numbers["images"], numbers["disputed"], numbers["right#Weapons"]))
    assert seen == [(1, 0, 1), (0, 1, 0), (1, 0, 1)]


def test_counts_say_what_is_missing_until_a_label_can_be_trained() -> None:
    counts = counts_of({"images": 39, "wrong#Weapons": 20, "right#Weapons": 4, "missing#Drinking": 49, "right#Gone": 0})
    assert counts.labels == (
        LabelCounts(label="Drinking", false_negatives=49),
        LabelCounts(label="Weapons", right=4, false_positives=20),
    )
    drinking, weapons = counts.labels
    assert (drinking.is_enough, drinking.false_positives_missing, drinking.false_negatives_missing) == (False, 20, 1)
    assert weapons.is_enough
    assert (counts.images_missing(weapons), counts.trainable) == (1, ())
    assert counts_of({"images": 40, "wrong#Weapons": 20}).trainable == ("Weapons",)


def test_counts_of_several_sets_are_added_up() -> None:
    one = Counts(images=2, labels=(LabelCounts(label="Weapons", right=1, false_positives=1),), buckets={"media": 2})
    both = together([one, Counts(images=1, disputed=1, buckets={"other": 1}), one])
    assert both == Counts(
        images=5,
        disputed=1,
        labels=(LabelCounts(label="Weapons", right=2, false_positives=2),),
        buckets={"media": 4, "other": 1},
    )
