"""The queue of open cases: what waits, how long already, and what is left of the target."""

from datetime import timedelta

import pytest

from cli.review import OpenCase, open_cases, with_declines
from services.review.handler.appeals import on_appeal_requested
from services.review.handler.cases import on_review_requested
from services.review.handler.loops import conclude
from shared.contracts.cloudevents import CloudEvent, encode
from shared.contracts.messages import APPEAL_REQUESTED, AppealRequested
from shared.contracts.words import Action, Status
from shared.declines import Declined, DeclineReason
from tests.fakes.declines import FakeDeclines
from tests.fakes.policies import FakePolicyStore
from tests.unit.review.cases import AT, MEDIA_ID, ROUND_1, Review_, message, policy_with, weapons


async def _queue(review: Review_) -> list[OpenCase]:
    return [case async for case in open_cases(review.ledger, FakePolicyStore(review.policy), review.now)]


@pytest.mark.parametrize(("target_s", "left_s"), [(None, None), (3_600, 3_000), (300, -300)])
async def test_a_case_shows_its_age_and_what_is_left_of_its_target(target_s: int | None, left_s: int | None) -> None:
    review = Review_(policy=policy_with(target_s=target_s))
    await on_review_requested(await review.accept(*weapons(70)), review.ports)
    review.later(minutes=10)
    (case,) = await _queue(review)
    assert (case.media_id, case.status, case.age_s, case.target_s, case.left_s) == (
        MEDIA_ID,
        Status.REVIEWING,
        600,
        target_s,
        left_s,
    )
    assert (case.severity, case.urgency) == (70, 42_000)


async def test_a_second_round_does_not_make_a_case_younger() -> None:
    review = Review_()
    await on_review_requested(await review.accept(*weapons(70)), review.ports)
    review.later(minutes=10)
    await conclude(review.backend.end(ROUND_1, "Completed", answers=[]), review.ports)
    review.later(minutes=10)
    (case,) = await _queue(review)
    assert (case.round, case.age_s) == (2, 1_200)


async def test_an_appeals_age_is_its_own() -> None:
    review = Review_()
    await on_review_requested(await review.accept(*weapons(97)), review.ports)
    assert await _queue(review) == []
    await review.ledger.advance(MEDIA_ID, Status.DONE, AT, verdict=Action.REJECT, verdict_number=1)
    review.later(days=3)
    data = AppealRequested(media_id=MEDIA_ID, reason="It is a toy.")
    event = CloudEvent(id="c", source="t", type=APPEAL_REQUESTED, subject="", time=AT, data=data)
    await on_appeal_requested(message(encode(event)), review.ports)
    review.now += timedelta(seconds=30)
    (case,) = await _queue(review)
    assert (case.status, case.age_s, case.answers_wanted) == (Status.APPEALED, 30, 3)


async def test_a_settled_case_waits_for_nobody() -> None:
    review = Review_()
    await on_review_requested(await review.accept(*weapons(70)), review.ports)
    await conclude(review.backend.end(ROUND_1, "Completed", answers=[{"ruling": "reject"}]), review.ports)
    assert await _queue(review) == []


async def test_a_case_tells_how_often_it_was_declined_and_why_last() -> None:
    review = Review_()
    await on_review_requested(await review.accept(*weapons(70)), review.ports)

    declined = [Declined(reason=reason, at=AT) for reason in (DeclineReason.DOES_NOT_LOAD, DeclineReason.TOO_MUCH)]
    (case,) = await with_declines(await _queue(review), FakeDeclines({ROUND_1: declined}))
    assert (case.declines, case.last_decline) == (2, "does-not-load")


async def test_a_case_that_nobody_has_declined_says_so() -> None:
    review = Review_()
    await on_review_requested(await review.accept(*weapons(70)), review.ports)

    (case,) = await with_declines(await _queue(review), FakeDeclines())
    assert (case.declines, case.last_decline) == (0, None)
