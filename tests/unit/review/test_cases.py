"""Cases are decided by policy, and those that need a person get exactly one loop."""

import json
from dataclasses import replace

import pytest

from services.review.handler.cases import on_review_requested
from shared.contracts.words import Action, Choice, DecidedBy, Status
from shared.errors import Permanent, Transient
from shared.ledger.entries import DecisionMade, LoopEnded, LoopOpened
from shared.ledger.views import only
from shared.policy.decide import ReasonCode
from shared.policy.model import WhenIgnored
from tests.unit.review.cases import MEDIA_ID, POLICY, ROUND_1, Review_, drinks, message, weapons


@pytest.mark.parametrize(
    ("findings", "action", "alert"),
    [((), Action.APPROVE, False), (drinks(85), Action.RESTRICT, False), (weapons(97), Action.REJECT, True)],
)
async def test_what_the_policy_settles_goes_straight_to_outcomes(findings: tuple, action: Action, alert: bool) -> None:  # type: ignore[type-arg]
    review = Review_()
    await on_review_requested(await review.accept(*findings), review.ports)
    (event,) = review.sent
    assert (event.data.action, event.data.decided_by, event.data.alert) == (action, DecidedBy.MODEL, alert)
    assert event.subject == MEDIA_ID
    assert review.backend.started == 0


async def test_an_escalation_opens_one_loop_and_sends_no_outcome() -> None:
    review = Review_()
    await on_review_requested(await review.accept(*weapons(70)), review.ports)
    assert list(review.backend.loops) == [ROUND_1]
    assert review.sent == []
    record = await review.ledger.record(MEDIA_ID)
    assert record is not None
    assert record.summary.status is Status.REVIEWING
    decision = only(record, DecisionMade)
    assert decision is not None
    assert decision.choice is Choice.ESCALATE


async def test_reviewers_are_shown_the_labels_with_those_that_matter_flagged() -> None:
    review = Review_()
    await on_review_requested(await review.accept(*weapons(70), *drinks(55)), review.ports)
    shown = json.loads(review.backend.inputs[ROUND_1])
    assert (shown["taskObject"], shown["taskObjectVersion"]) == ("s3://media/uploads/a.jpg", "v1")
    assert shown["instructions"] == "Look twice."
    flagged = {label["name"] for label in shown["labels"] if label["flagged"]}
    assert "Weapons" in flagged
    assert "Alcoholic Beverages" not in flagged


async def test_a_repeated_message_opens_no_second_loop() -> None:
    review = Review_()
    request = await review.accept(*weapons(70))
    for _ in range(5):
        await on_review_requested(request, review.ports)
    assert review.backend.started == 1


async def test_a_repeat_after_the_loop_ended_opens_no_second_loop() -> None:
    review = Review_()
    request = await review.accept(*weapons(70))
    await on_review_requested(request, review.ports)
    review.backend.end(ROUND_1, "Completed", answers=[{"ruling": "approve"}])
    await on_review_requested(request, review.ports)
    assert review.backend.started == 1


@pytest.mark.parametrize("took_effect", [False, True])
async def test_a_start_that_fails_is_tried_again_and_starts_one_loop(took_effect: bool) -> None:
    review = Review_()
    request = await review.accept(*weapons(70))
    review.backend.fail_next_start = (Transient("a2i-failed"), took_effect)
    with pytest.raises(Transient):
        await on_review_requested(request, review.ports)
    await on_review_requested(request, review.ports)
    assert review.backend.started == 1


@pytest.mark.parametrize("written", [False, True])
async def test_a_ledger_that_fails_changes_nothing_about_the_outcome(written: bool) -> None:
    review = Review_()
    request = await review.accept(*weapons(97))
    review.ledger.fail_next("add", Transient("dynamodb-failed"), written=written)
    with pytest.raises(Transient):
        await on_review_requested(request, review.ports)
    await on_review_requested(request, review.ports)
    assert {event.id for event in review.sent} == {review.sent[0].id}
    assert review.sent[0].data.action is Action.REJECT


async def test_rekognitions_own_loop_is_taken_over_without_starting_another() -> None:
    review = Review_()
    await on_review_requested(await review.accept(*weapons(70), loop=ROUND_1), review.ports)
    assert review.backend.started == 0
    record = await review.ledger.record(MEDIA_ID)
    opened = only(record, LoopOpened) if record else None
    assert opened is not None
    assert (opened.name, opened.integrated) == (ROUND_1, True)


async def test_a_loop_that_the_policy_does_not_need_is_stopped() -> None:
    review = Review_()
    await on_review_requested(await review.accept(*weapons(97), loop=ROUND_1), review.ports)
    assert review.backend.stopped == [ROUND_1]
    assert [event.data.action for event in review.sent] == [Action.REJECT]
    record = await review.ledger.record(MEDIA_ID)
    ended = only(record, LoopEnded) if record else None
    assert ended is not None
    assert ended.outcome == "superseded"


async def test_a_message_of_another_kind_is_refused() -> None:
    review = Review_()
    with pytest.raises(Permanent):
        await on_review_requested(message('{"specversion":"1.0","id":"1","source":"s","type":"x"}'), review.ports)


@pytest.mark.parametrize(
    ("ignored", "decided"), [(WhenIgnored.BASE, Choice.APPROVE), (WhenIgnored.ESCALATE, Choice.ESCALATE)]
)
async def test_what_the_base_model_judged_in_an_adapters_place_is_as_the_policy_says(
    ignored: WhenIgnored, decided: Choice
) -> None:
    review = Review_(policy=replace(POLICY, adapter="arn:aws:adapter", adapter_ignored=ignored))
    request = await review.accept(adapter="arn:aws:adapter")
    await on_review_requested(request, review.ports)
    record = await review.ledger.record(MEDIA_ID)
    assert record is not None
    decision = only(record, DecisionMade)
    assert decision is not None
    assert decision.choice is decided
    assert ReasonCode.ADAPTER_IGNORED in [reason.code for reason in decision.reasons]
    assert [event.data.action for event in review.sent] == ([Action.APPROVE] if decided is Choice.APPROVE else [])
    assert review.backend.started == (decided is Choice.ESCALATE)
