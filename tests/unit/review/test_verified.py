"""Rulings on live cases become words on the model's predictions: once, and never in the way of a verdict."""

from datetime import timedelta
from typing import Any

import pytest

from services.review.handler.cases import on_review_requested
from services.review.handler.loops import conclude, sweep
from shared.errors import Transient
from shared.verification.counts import Counts, LabelCounts
from shared.verification.words import Origin, Said
from tests.unit.review.cases import MEDIA_ID, ROUND_1, ROUND_2, SOURCE, Review_, policy_with, weapons

GUN: dict[str, Any] = {"ruling": "reject", "labels": {"Weapons": True}}
NOTHING: dict[str, Any] = {"ruling": "approve", "labels": {"Weapons": False}}
UNNAMED: dict[str, Any] = {"ruling": "reject"}


async def _ruled(*answers: dict[str, Any], review: Review_ | None = None) -> Review_:
    review = review or Review_()
    await on_review_requested(await review.accept(*weapons(70)), review.ports)
    await conclude(review.backend.end(ROUND_1, "Completed", answers=list(answers)), review.ports)
    return review


async def test_a_ruling_says_of_each_prediction_whether_it_is_right() -> None:
    review = await _ruled(GUN)
    ((_, word),) = review.verified.added
    assert word.said == Said(right=("Violence", "Weapons"), is_seen=True)
    assert (word.image.source, word.media_id, word.round, word.origin) == (SOURCE, MEDIA_ID, 1, Origin.RULING)
    assert word.image.model_version == "7.0"
    assert {each.label: each.confidence for each in word.image.predictions} == {"Violence": 70, "Weapons": 70}


async def test_an_approval_without_labels_says_that_all_are_wrong() -> None:
    review = await _ruled(NOTHING)
    assert await review.verified.counts("default", "live") == Counts(
        images=1,
        labels=(LabelCounts(label="Violence", false_positives=1), LabelCounts(label="Weapons", false_positives=1)),
        buckets={"media": 1},
    )


async def test_a_label_that_the_model_did_not_see_is_missing() -> None:
    review = await _ruled({"ruling": "reject", "labels": {"Violence": True, "Gambling": True}})
    ((_, word),) = review.verified.added
    assert (word.said.right, word.said.wrong, word.said.missing) == (("Violence",), ("Weapons",), ("Gambling",))


async def test_who_rejects_without_a_label_says_nothing_of_labels() -> None:
    assert (await _ruled(UNNAMED)).verified.added == []


async def test_everybody_who_was_asked_has_a_word_whatever_the_round() -> None:
    review = await _ruled(GUN, NOTHING, review=Review_(policy=policy_with(answers=2)))
    assert review.verified.added == []
    await conclude(review.backend.end(ROUND_2, "Completed", answers=[GUN, GUN]), review.ports)
    # Of the four the one who says the same again adds nothing.
    assert sorted(word.round or 0 for _, word in review.verified.added) == [1, 1, 2]


async def test_a_loop_end_told_five_times_adds_nothing_twice() -> None:
    review = await _ruled(GUN)
    for _ in range(4):
        await conclude(review.backend.end(ROUND_1, "Completed", answers=[GUN]), review.ports)
    assert len(review.verified.added) == 1


@pytest.mark.parametrize("written", [True, False])
async def test_a_verdict_does_not_wait_for_the_verified_set_which_loses_nothing(written: bool) -> None:
    review = Review_()
    review.verified.fail_next(Transient("verified-failed"), written=written)
    with pytest.raises(Transient):
        await _ruled(GUN, review=review)
    assert len(review.sent) == 1
    await conclude(review.backend.end(ROUND_1, "Completed", answers=[GUN]), review.ports)
    assert len({event.id for event in review.sent}) == 1
    assert len(review.verified.added) == 1


async def test_what_could_not_be_added_after_a_sweep_the_next_one_adds() -> None:
    review, grace = Review_(), timedelta(minutes=5)
    await on_review_requested(await review.accept(*weapons(70)), review.ports)
    review.backend.end(ROUND_1, "Completed", answers=[GUN])
    review.verified.fail_next(Transient("verified-failed"))
    for words in (0, 1, 1):
        review.later(minutes=6)
        await sweep(review.ports, holder="task-1", grace=grace, interval=grace)
        assert len(review.verified.added) == words
    assert len({event.id for event in review.sent}) == 1
