"""Answers about golden items are counted by reviewer and by item, with an interval that fits few of them."""

from collections.abc import Sequence
from math import sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.scores import show_scores
from cli.screen import out
from shared.contracts.words import Action
from shared.ledger.golden import GoldenAnswer
from shared.ledger.scores import Z_95, Scores, scores, wilson
from tests.unit.review.cases import AT

A, S, R = Action.APPROVE, Action.RESTRICT, Action.REJECT
ANNE, BERT = "a" * 16, "b" * 16


def answer(worker: str, given: Action, right: Action, item: str = "i", missed: Sequence[str] = ()) -> GoldenAnswer:
    return GoldenAnswer(
        at=AT,
        loop="l",
        item=item,
        policy="standard",
        worker=worker,
        given=given,
        right=right,
        labels=("Weapons", "Smoking"),
        missed=tuple(missed),
    )


ANSWERS = [
    answer(ANNE, R, R),
    answer(ANNE, A, R, missed=("Weapons",)),
    answer(ANNE, A, A, item="j"),
    answer(BERT, A, R, missed=("Weapons", "Smoking")),
]


def test_each_reviewer_and_item_has_its_score() -> None:
    found = scores(ANSWERS)
    assert {worker: (one.answers, one.right) for worker, one in found.reviewers.items()} == {ANNE: (3, 2), BERT: (1, 0)}
    assert {item: (one.answers, one.share) for item, one in found.items.items()} == {"i": (3, 1 / 3), "j": (1, 1.0)}
    assert found.overall is not None
    assert found.overall.confusion == {A: {A: 1}, R: {A: 2, R: 1}}
    assert (found.overall.labels, found.overall.labels_found) == (8, 5)


def test_without_answers_there_is_no_score() -> None:
    assert scores([]) == Scores(overall=None, reviewers={}, items={})


@pytest.mark.parametrize(
    ("right", "answers", "expected"),
    [(0, 10, (0.0, 0.2775)), (8, 10, (0.4902, 0.9433)), (1, 1, (0.2065, 1.0)), (80, 100, (0.7112, 0.8666))],
)
def test_the_interval_is_wilsons(right: int, answers: int, expected: tuple[float, float]) -> None:
    assert wilson(right, answers) == pytest.approx(expected, abs=1e-4)


@given(st.integers(2, 5_000).flatmap(lambda answers: st.tuples(st.integers(1, answers - 1), st.just(answers))))
def test_its_ends_are_the_shares_that_this_one_is_just_likely_enough_for(counts: tuple[int, int]) -> None:
    right, answers = counts
    for end in wilson(right, answers):
        assert abs(right / answers - end) == pytest.approx(Z_95 * sqrt(end * (1 - end) / answers), rel=1e-6)


@given(st.integers(1, 5_000).flatmap(lambda answers: st.tuples(st.integers(0, answers), st.just(answers))))
def test_the_interval_holds_the_share(counts: tuple[int, int]) -> None:
    low, high = wilson(*counts)
    assert 0 <= low <= counts[0] / counts[1] + 1e-9
    assert counts[0] / counts[1] - 1e-9 <= high <= 1


def test_people_see_what_was_taken_for_what() -> None:
    with out.capture() as shown:
        show_scores(scores(ANSWERS))
    (row,) = [line for line in shown.get().splitlines() if ANNE in line]
    assert row.split() == ["reviewer", ANNE, "3", "67%", "21%-94%", "5/6", "reject", "→", "approve", "1"]
