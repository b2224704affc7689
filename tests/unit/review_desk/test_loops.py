from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.review.desk.domain.loops import (
    FailureCode,
    Loop,
    Refusal,
    Refused,
    after_time_passed,
    answered,
    claimed,
    failed,
    output_key,
    released,
    stopped,
)
from tests.unit.review_desk.reviewing import ANNA, APPROVE, BEGIN, BEN, CLEO, REJECT, at, loop


def refusal_of(act: Any, *args: Any) -> Refusal:
    with pytest.raises(Refused) as refused:
        act(*args)
    return refused.value.refusal


def test_a_task_is_held_by_one_reviewer_at_a_time() -> None:
    held = claimed(loop(), ANNA.worker, BEGIN)
    assert refusal_of(claimed, held, BEN.worker, at(minutes=1)) is Refusal.TAKEN
    assert claimed(held, ANNA.worker, at(minutes=1)) == held, "a second click changes nothing"
    assert claimed(released(held, ANNA.worker), BEN.worker, at(minutes=2)).hold_of(BEN.worker)


def test_the_last_answer_completes_the_loop() -> None:
    first = answered(claimed(loop(answers_wanted=2), ANNA.worker, BEGIN), ANNA, REJECT, at(minutes=1))
    assert first.is_open
    assert refusal_of(claimed, first, ANNA.worker, at(minutes=2)) is Refusal.ANSWERED
    second = answered(claimed(first, BEN.worker, at(minutes=2)), BEN, APPROVE, at(minutes=3))
    assert second.ending is not None
    assert second.ending.status == "Completed"
    assert [answer.worker for answer in second.answers] == [ANNA.worker, BEN.worker]
    assert second.answers[0].accepted_at == BEGIN
    assert refusal_of(claimed, second, CLEO.worker, at(minutes=4)) is Refusal.OVER


def test_the_same_answer_again_is_no_mistake_and_another_one_is() -> None:
    done = answered(claimed(loop(), ANNA.worker, BEGIN), ANNA, REJECT, at(minutes=1))
    assert answered(done, ANNA, dict(REJECT), at(minutes=2)) == done
    assert refusal_of(answered, done, ANNA, APPROVE, at(minutes=2)) is Refusal.ANSWERED


def test_only_who_holds_a_task_can_answer_it() -> None:
    assert refusal_of(answered, loop(), ANNA, REJECT, BEGIN) is Refusal.NOT_HELD


def test_who_has_judged_the_item_before_is_not_asked_again() -> None:
    assert refusal_of(claimed, loop(excluded=(ANNA.worker,)), ANNA.worker, BEGIN) is Refusal.EXCLUDED


def test_a_task_goes_back_to_the_pool_when_its_time_is_over() -> None:
    held = claimed(loop(), ANNA.worker, BEGIN)
    assert after_time_passed(held, at(seconds=1799)) == held
    back = after_time_passed(held, at(seconds=1800))
    assert back == loop()


def test_a_hold_never_outlives_its_loop() -> None:
    held = claimed(loop(), ANNA.worker, at(hours=23, minutes=50))
    assert held.held_until(held.holds[0]) == held.expires_at


def test_a_loop_that_nobody_completed_in_time_fails_as_expired_with_the_answers_it_has() -> None:
    one = answered(claimed(loop(answers_wanted=2), ANNA.worker, BEGIN), ANNA, REJECT, at(minutes=1))
    over = after_time_passed(claimed(one, BEN.worker, at(hours=23, minutes=59)), at(hours=24))
    assert over.ending is not None
    assert (over.ending.status, over.ending.failure_code) == ("Failed", FailureCode.EXPIRED)
    assert over.ending.failure_reason == "The human loop was not completed within 86400 seconds."
    assert (len(over.answers), over.holds) == (1, ())


def test_stopping_waits_for_who_holds_a_task_and_keeps_that_answer() -> None:
    assert stopped(loop()).ending is not None
    stopping = stopped(claimed(loop(answers_wanted=2), ANNA.worker, BEGIN))
    assert (stopping.is_open, stopping.status) == (True, "Stopping")
    assert refusal_of(claimed, stopping, BEN.worker, at(minutes=1)) is Refusal.STOPPING
    over = answered(stopping, ANNA, REJECT, at(minutes=2))
    assert over.ending is not None
    assert (over.ending.status, len(over.answers)) == ("Stopped", 1)
    assert released(stopping, ANNA.worker).ending == over.ending


def test_an_ending_counts_once_it_is_told() -> None:
    over = failed(loop(), FailureCode.VALIDATION_ERROR, "line 3: unknown filter")
    assert over.status == "InProgress"
    assert loop(ending=over.ending, is_told=True).status == "Failed"
    assert failed(over, FailureCode.INTERNAL_ERROR, "later") == over


def test_the_output_is_where_a2i_would_put_it() -> None:
    key = output_key("human-loops", loop().flow, BEGIN, "loop")
    assert key == "human-loops/gavel-dev-standard/2026/03/10/12/00/00/loop/output.json"


STEPS = st.lists(
    st.tuples(st.sampled_from(["claim", "release", "answer", "stop", "wait"]), st.integers(0, 2)), max_size=25
)


@given(steps=STEPS, wanted=st.integers(1, 3))
def test_whatever_people_do_there_are_never_more_answers_than_wanted_and_none_of_anybody_twice(
    steps: list[tuple[str, int]], wanted: int
) -> None:
    now, state = BEGIN, loop(answers_wanted=wanted)
    for step, who in steps:
        before = state
        state = _after(after_time_passed(state, now), step, (ANNA, BEN, CLEO)[who], now)
        now = at(seconds=(now - BEGIN).total_seconds() + (1000 if step == "wait" else 1))
        workers = [answer.worker for answer in state.answers]
        assert len(set(workers)) == len(workers) <= wanted
        assert len(state.answers) + len(state.holds) <= wanted
        assert state.answers[: len(before.answers)] == before.answers
        if before.ending is not None:
            assert state.ending == before.ending
        if state.ending is not None:
            assert state.holds == ()
            assert (state.ending.status == "Completed") is (len(state.answers) == wanted and not state.is_stopping)


def _after(state: Loop, step: str, who: Any, now: Any) -> Loop:
    try:
        match step:
            case "claim":
                return claimed(state, who.worker, now)
            case "release":
                return released(state, who.worker)
            case "answer":
                return answered(state, who, REJECT, now)
            case "stop":
                return stopped(state)
            case _:
                return state
    except Refused:
        return state
