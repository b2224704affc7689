"""Agreement is counted from the ledger's records: each answer against the last ruling, and among one another."""

from collections.abc import Sequence

import pytest

from shared.contracts.messages import Reason
from shared.contracts.words import Action, Choice, Status
from shared.ledger.agreement import Stats, Tallies, alpha
from shared.ledger.entries import AnswerGiven, DecisionMade, Entry, LoopEnded
from shared.ledger.record import Record, Summary
from tests.unit.review.cases import AT, REF

A, S, R = Action.APPROVE, Action.RESTRICT, Action.REJECT
ANNE, BERT, CARL = (character * 16 for character in "abc")


def answer(worker: str, action: Action, round_: int = 1, spent_s: float | None = None) -> AnswerGiven:
    return AnswerGiven(at=AT, round=round_, worker=worker, action=action, spent_s=spent_s)


def ended(action: Action | None, round_: int = 1) -> LoopEnded:
    return LoopEnded(at=AT, round=round_, outcome="ruled" if action else "tie", action=action)


def escalated_for(label: str) -> DecisionMade:
    reasons = (
        Reason(code="review-band", label=label, choice=Choice.ESCALATE),
        Reason(code="approve-band", label="Alcohol", choice=Choice.APPROVE),
    )
    return DecisionMade(at=AT, policy=REF, choice=Choice.ESCALATE, reasons=reasons, floor=A, severity=70)


def record(*entries: Entry) -> Record:
    summary = Summary(media_id="m", status=Status.DONE, tenant="default", received_at=AT, updated_at=AT)
    return Record(summary=summary, entries=entries)


def stats(*records: Record) -> Stats:
    tallies = Tallies()
    for each in records:
        tallies.take(each)
    return tallies.stats()


def test_each_answer_is_held_against_the_last_ruling() -> None:
    found = stats(
        record(answer(ANNE, A, spent_s=10), answer(BERT, R, spent_s=20), ended(None), answer(CARL, R, 2), ended(R, 2)),
        record(answer(ANNE, S, spent_s=30), ended(S)),
    )
    assert found.items == 2
    assert (found.overall.answers, found.overall.agreement) == (4, 0.75)
    assert {worker: one.agreement for worker, one in found.reviewers.items()} == {ANNE: 0.5, BERT: 1.0, CARL: 1.0}
    assert found.reviewers[ANNE].median_s == 20


def test_labels_are_those_that_an_item_was_escalated_for() -> None:
    found = stats(
        record(escalated_for("Weapons"), answer(ANNE, A), answer(BERT, R), answer(CARL, R), ended(R)),
        record(escalated_for("Smoking"), answer(ANNE, A), ended(A)),
    )
    assert {label: (one.answers, one.agreement) for label, one in found.labels.items()} == {
        "Weapons": (3, 2 / 3),
        "Smoking": (1, 1.0),
    }


def test_without_a_ruling_answers_agree_with_nothing() -> None:
    (reviewer,) = stats(record(answer(ANNE, A), ended(None))).reviewers.values()
    assert (reviewer.answers, reviewer.judged, reviewer.agreement) == (1, 0, None)


def test_items_that_nobody_answered_do_not_count() -> None:
    assert stats(record()).items == 0


def test_who_answered_twice_about_an_item_counts_once_for_alpha() -> None:
    twice = record(answer(ANNE, A), ended(None), answer(ANNE, R, 2), answer(BERT, R, 2), ended(R, 2))
    other = record(answer(ANNE, A), answer(BERT, A), ended(A))
    assert stats(twice, other).overall.alpha == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("units", "expected"),
    [
        ([], None),
        ([(2, 0, 0), (3, 0, 0)], None),
        ([(2, 0, 0), (0, 0, 2)], 1.0),
        # Coincidences approve-approve 2, approve-reject 1 and 1, n = 4: 1 - 3 * 2 / (2 * 3 * 1).
        ([(2, 0, 0), (1, 0, 1)], 0.0),
        ([(1, 0, 1), (1, 0, 1)], -0.5),
    ],
)
def test_alpha(units: Sequence[tuple[int, ...]], expected: float | None) -> None:
    assert alpha(units) == (None if expected is None else pytest.approx(expected))


def test_being_two_steps_apart_is_worse_than_one() -> None:
    settled = [(2, 0, 0), (0, 2, 0), (0, 0, 2)]
    near, far = alpha([*settled, (1, 1, 0)]), alpha([*settled, (1, 0, 1)])
    assert near is not None
    assert far is not None
    assert near > far
