"""Loops end in a ruling, a new round, or the fallback with an alert; never in an approval that nobody gave."""

from datetime import timedelta

import pytest

from services.review.domain.rulings import LoopState
from services.review.handler.cases import on_review_requested
from services.review.handler.loops import conclude, sweep
from shared.contracts.words import Action, DecidedBy, Status
from shared.errors import Permanent, Transient
from shared.identity import loop_name
from shared.ledger.entries import AnswerGiven, LoopEnded
from tests.unit.review.cases import AT, MEDIA_ID, POLICY, ROUND_1, ROUND_2, Review_, drinks, policy_with, weapons

APPROVE, REJECT = {"ruling": "approve"}, {"ruling": "reject"}
WITHOUT_RULING = [
    ("Failed", "ValidationError", None),
    ("Failed", "Expired", None),
    ("Failed", "InternalError", None),
    ("Stopped", None, None),
    ("Completed", None, []),
    ("Completed", None, [{"ruling": "perhaps"}]),
    ("Deleted", None, None),
]


async def _escalated(review: Review_) -> Review_:
    await on_review_requested(await review.accept(*weapons(70)), review.ports)
    return review


@pytest.mark.parametrize(("answer", "action"), [(APPROVE, Action.APPROVE), (REJECT, Action.REJECT)])
async def test_a_ruling_becomes_the_outcome(answer: dict[str, str], action: Action) -> None:
    review = await _escalated(Review_())
    await conclude(review.backend.end(ROUND_1, "Completed", answers=[answer]), review.ports)
    (event,) = review.sent
    assert (event.data.action, event.data.decided_by, event.data.round) == (action, DecidedBy.HUMAN, 1)
    record = await review.ledger.record(MEDIA_ID)
    assert record is not None
    assert [entry.action for entry in record.entries if isinstance(entry, AnswerGiven)] == [action]


@pytest.mark.parametrize(("answer", "alert"), [(APPROVE, False), (REJECT, True)])
async def test_a_rules_alert_is_raised_for_what_people_did_not_approve(answer: dict[str, str], alert: bool) -> None:
    review = await _escalated(Review_())
    await conclude(review.backend.end(ROUND_1, "Completed", answers=[answer]), review.ports)
    assert [event.data.alert for event in review.sent] == [alert]


async def test_a_loop_end_told_five_times_gives_one_outcome() -> None:
    review = await _escalated(Review_())
    state = review.backend.end(ROUND_1, "Completed", answers=[REJECT])
    for _ in range(5):
        await conclude(state, review.ports)
    assert len({event.id for event in review.sent}) == 1


@pytest.mark.parametrize(("status", "failure_code", "given"), WITHOUT_RULING)
async def test_a_loop_without_a_ruling_goes_to_a_new_round_then_to_the_fallback(
    status: str, failure_code: str | None, given: list[dict[str, str]] | None
) -> None:
    review = await _escalated(Review_())
    await conclude(review.backend.end(ROUND_1, status, failure_code=failure_code, answers=given), review.ports)
    assert review.sent == []
    assert list(review.backend.loops) == [ROUND_1, ROUND_2]
    await conclude(review.backend.end(ROUND_2, status, failure_code=failure_code, answers=given), review.ports)
    (event,) = review.sent
    assert (event.data.action, event.data.decided_by) == (Action.RESTRICT, DecidedBy.FAIL_CLOSED)
    assert event.data.alert


async def test_disagreement_opens_another_round() -> None:
    review = await _escalated(Review_(policy=policy_with(answers=2)))
    await conclude(review.backend.end(ROUND_1, "Completed", answers=[APPROVE, REJECT]), review.ports)
    assert review.sent == []
    await conclude(review.backend.end(ROUND_2, "Completed", answers=[REJECT, REJECT]), review.ports)
    assert [event.data.action for event in review.sent] == [Action.REJECT]


async def test_reviewers_cannot_rule_below_what_other_findings_settled() -> None:
    review = Review_()
    await on_review_requested(await review.accept(*weapons(70), *drinks(85)), review.ports)
    await conclude(review.backend.end(ROUND_1, "Completed", answers=[APPROVE]), review.ports)
    assert [event.data.action for event in review.sent] == [Action.RESTRICT]


async def test_an_output_that_is_not_there_yet_is_waited_for() -> None:
    review = await _escalated(Review_())
    state = review.backend.end(ROUND_1, "Completed", answers=[REJECT])

    async def missing(uri: str) -> object:
        raise Transient("output-missing")

    kept, review.backend.output = review.backend.output, missing  # type: ignore[method-assign]
    with pytest.raises(Transient):
        await conclude(state, review.ports)
    review.backend.output = kept  # type: ignore[method-assign]
    await conclude(state, review.ports)
    assert [event.data.action for event in review.sent] == [Action.REJECT]


@pytest.mark.parametrize(
    ("method", "written"),
    [("record", False), ("add", False), ("add", True), ("advance", False), ("advance", True)],
)
async def test_a_crash_at_any_write_ends_in_the_same_outcome(method: str, written: bool) -> None:
    review = await _escalated(Review_())
    state = review.backend.end(ROUND_1, "Completed", answers=[REJECT])
    review.ledger.fail_next(method, Transient("dynamodb-failed"), written=written)
    with pytest.raises(Transient):
        await conclude(state, review.ports)
    await conclude(state, review.ports)
    assert {(event.id, event.data.action) for event in review.sent} == {(review.sent[0].id, Action.REJECT)}


async def test_a_loop_of_somebody_else_is_quarantined() -> None:
    review = Review_()
    for name in ("somebody-elses-loop", loop_name("a" * 26, POLICY.version, 1)):
        with pytest.raises(Permanent) as caught:
            await conclude(LoopState(name=name, status="Completed"), review.ports)
        assert caught.value.code == "unknown-loop"


async def test_an_end_that_comes_before_its_loop_is_recorded_waits() -> None:
    review = Review_()
    await review.accept(*weapons(70), loop=ROUND_1)
    with pytest.raises(Transient) as caught:
        await conclude(LoopState(name=ROUND_1, status="Completed"), review.ports)
    assert caught.value.code == "loop-not-recorded"


class TestSweep:
    GRACE = timedelta(minutes=5)

    async def _sweep(self, review: Review_) -> int:
        return await sweep(review.ports, holder="task-1", grace=self.GRACE, interval=self.GRACE)

    async def test_an_end_that_nobody_told_is_found(self) -> None:
        review = await _escalated(Review_())
        review.backend.end(ROUND_1, "Completed", answers=[REJECT])
        review.later(minutes=6)
        assert await self._sweep(review) == 1
        assert [event.data.action for event in review.sent] == [Action.REJECT]

    async def test_an_outcome_that_could_not_be_sent_is_sent_by_the_next_sweep(self) -> None:
        review = await _escalated(Review_())
        review.backend.end(ROUND_1, "Completed", answers=[REJECT])
        review.outcomes.failures.append(Transient("sqs-failed"))
        for sent in ([], [Action.REJECT], [Action.REJECT]):
            review.later(minutes=6)
            await self._sweep(review)
            assert [event.data.action for event in review.sent] == sent

    async def test_a_young_loop_is_left_alone(self) -> None:
        review = await _escalated(Review_())
        review.backend.end(ROUND_1, "Completed", answers=[REJECT])
        review.later(minutes=4)
        assert await self._sweep(review) == 0
        assert review.sent == []

    async def test_an_open_loop_is_left_open(self) -> None:
        review = await _escalated(Review_())
        review.later(minutes=6)
        assert await self._sweep(review) == 0
        assert review.sent == []

    async def test_a_loop_that_was_written_but_never_started_is_started(self) -> None:
        review = Review_()
        request = await review.accept(*weapons(70))
        review.backend.fail_next_start = (Transient("a2i-failed"), False)
        with pytest.raises(Transient):
            await on_review_requested(request, review.ports)
        await review.ledger.advance(MEDIA_ID, Status.REVIEWING, review.now)
        review.later(minutes=6)
        await self._sweep(review)
        assert list(review.backend.loops) == [ROUND_1]

    async def test_an_end_that_was_written_but_not_followed_is_followed(self) -> None:
        review = await _escalated(Review_())
        await review.ledger.add(MEDIA_ID, LoopEnded(at=review.now, round=1, outcome="ruled", action=Action.REJECT))
        review.later(minutes=6)
        assert await self._sweep(review) == 1
        assert [event.data.action for event in review.sent] == [Action.REJECT]

    async def test_a_case_older_than_its_target_is_told_once(self) -> None:
        review = await _escalated(Review_(policy=policy_with(target_s=900)))
        for minutes in (6, 8, 6, 6):
            review.later(minutes=minutes)
            await self._sweep(review)
            assert len(review.alerts.published) == (review.now >= AT + timedelta(minutes=15))
        event, attributes, _ = review.alerts.published[0]
        assert (event.data.code, event.subject, attributes["tenant"]) == ("review-overdue", MEDIA_ID, "default")

    async def test_the_age_counts_over_all_rounds(self) -> None:
        review = await _escalated(Review_(policy=policy_with(target_s=900)))
        review.later(minutes=14)
        await conclude(review.backend.end(ROUND_1, "Completed", answers=[]), review.ports)
        review.later(minutes=2)
        await self._sweep(review)
        assert [event.data.code for event, _, _ in review.alerts.published] == ["review-overdue"]

    async def test_an_alert_that_was_told_but_not_written_down_is_told_again_under_the_same_id(self) -> None:
        review = await _escalated(Review_(policy=policy_with(target_s=60)))
        review.ledger.fail_next("add", Transient("dynamodb-failed"))
        for _ in range(2):
            review.later(minutes=6)
            await self._sweep(review)
        assert len(review.alerts.published) == 2
        assert len({event.id for event, _, _ in review.alerts.published}) == 1

    async def test_without_a_target_nothing_is_late(self) -> None:
        review = await _escalated(Review_())
        review.later(days=5)
        await self._sweep(review)
        assert review.alerts.published == []

    async def test_only_one_task_sweeps_at_a_time(self) -> None:
        review = await _escalated(Review_())
        review.backend.end(ROUND_1, "Completed", answers=[REJECT])
        review.later(minutes=6)
        assert await review.ledger.lease("loop-sweep", "task-2", now=review.now, ttl_s=300)
        assert await self._sweep(review) == 0
