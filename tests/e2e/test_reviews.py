"""Loops that end without a ruling go to a new round, then to the fail-closed action with an alert; never to approve."""

import json

import pytest

from services.review.domain.tasks import INTEGRATED_ANSWER
from shared.contracts.words import Action, DecidedBy
from shared.ledger.entries import LoopEnded, LoopOpened
from shared.ledger.views import only
from tests.e2e.pictures import mark, unique_jpeg
from tests.e2e.pipeline import Pipeline, eventually
from tests.e2e.reviews import A2iReviews, DeskReviews, Reviews, at_the_desk, reviews

WAYS = [("a2i", way) for way in A2iReviews.ways] + [("desk", way) for way in DeskReviews.ways]
BACKENDS = ("a2i", "desk")


async def _escalated(pipeline: Pipeline, people: Reviews) -> str:
    """The id of an item that waits for people at this place."""
    key = f"{people.prefix}{mark()}.jpg"
    return await pipeline.submit(await pipeline.upload(unique_jpeg(), key=key, labels="Weapons:71.3"))


@pytest.mark.parametrize("backend", BACKENDS)
async def test_what_people_rule_becomes_the_verdict(pipeline: Pipeline, backend: str) -> None:
    async with reviews(backend, pipeline) as people:
        item = await _escalated(pipeline, people)
        await people.answer(await people.open_loop(item), Action.RESTRICT)
        event = await pipeline.verdict(item)
        assert (event.data.verdict, event.data.decided_by) == (Action.RESTRICT, DecidedBy.HUMAN)
        assert await people.count(item) == 1
        record = await pipeline.record(item)
        opened = only(record, LoopOpened) if record else None
        assert opened is not None
        assert opened.backend == backend


@pytest.mark.parametrize(("backend", "way"), WAYS)
async def test_a_loop_without_a_ruling_gets_a_new_round_then_the_fallback(
    pipeline: Pipeline, alerts: dict[str, list[str]], backend: str, way: str
) -> None:
    async with reviews(backend, pipeline) as people:
        item = await _escalated(pipeline, people)
        await people.end(await people.open_loop(item, 1), way)
        await people.end(await people.open_loop(item, 2), "fail")
        event = await pipeline.verdict(item)
        assert (event.data.verdict, event.data.decided_by) == (Action.REJECT, DecidedBy.FAIL_CLOSED)
        assert await people.count(item) == 2

    async def told() -> list[str] | None:
        return alerts.get(item)

    assert await eventually(told, what="the alert") == ["review-without-ruling"]


@pytest.mark.parametrize("backend", BACKENDS)
async def test_a_page_that_cannot_be_shown_fails_its_loop_and_is_never_taken_for_consent(
    pipeline: Pipeline, alerts: dict[str, list[str]], backend: str
) -> None:
    async with reviews(backend, pipeline) as people, people.with_broken_pages():
        item = await _escalated(pipeline, people)
        for round_ in (1, 2):
            await people.open_page(item, round_)
        event = await pipeline.verdict(item)
    assert (event.data.verdict, event.data.decided_by) == (Action.REJECT, DecidedBy.FAIL_CLOSED)
    record = await pipeline.record(item)
    assert record is not None
    ends = [entry for entry in record.entries if isinstance(entry, LoopEnded)]
    assert [(end.outcome, end.failure_code) for end in ends] == [("failed", "ValidationError")] * 2

    async def told() -> list[str] | None:
        return alerts.get(item)

    assert await eventually(told, what="the alert") == ["review-without-ruling"]


@pytest.mark.parametrize("backend", BACKENDS)
async def test_a_second_round_may_still_rule(pipeline: Pipeline, backend: str) -> None:
    async with reviews(backend, pipeline) as people:
        item = await _escalated(pipeline, people)
        await people.end(await people.open_loop(item, 1), "fail")
        await people.answer(await people.open_loop(item, 2), Action.APPROVE)
        event = await pipeline.verdict(item)
    assert (event.data.verdict, event.data.decided_by) == (Action.APPROVE, DecidedBy.HUMAN)


async def test_loops_that_rekognition_has_started_are_answered_at_the_desk_too(pipeline: Pipeline) -> None:
    item = await pipeline.submit(
        await pipeline.upload(unique_jpeg(), key=f"marketplace/{mark()}.jpg", labels="Weapons:71.3")
    )
    name = await pipeline.open_loop(item)
    opened = await pipeline.entry(item, LoopOpened)
    for _ in range(opened.answers_wanted):
        await at_the_desk(pipeline, name, {INTEGRATED_ANSWER: {"moderationLabels": []}})
    event = await pipeline.verdict(item)
    assert (event.data.verdict, event.data.decided_by) == (Action.APPROVE, DecidedBy.HUMAN)


async def test_a_loop_whose_end_was_never_told_is_found_by_asking(pipeline: Pipeline) -> None:
    await pipeline.control("human-loops-settings", {"eventCopies": 0})
    try:
        item = await pipeline.submit(await pipeline.upload(unique_jpeg(), labels="Weapons:71.3"))
        await pipeline.answer(await pipeline.open_loop(item), Action.REJECT)
        assert (await pipeline.verdict(item)).data.verdict is Action.REJECT
    finally:
        await pipeline.control("human-loops-settings", method="DELETE")


async def test_an_end_told_twice_is_one_verdict(pipeline: Pipeline) -> None:
    await pipeline.control("human-loops-settings", {"eventCopies": 2})
    try:
        item = await pipeline.submit(await pipeline.upload(unique_jpeg(), labels="Weapons:71.3"))
        await pipeline.answer(await pipeline.open_loop(item), Action.REJECT)
        await pipeline.verdict(item)
    finally:
        await pipeline.control("human-loops-settings", method="DELETE")
    assert json.dumps([loop["status"] for loop in await pipeline.loops(item)]) == '["Completed"]'
