"""Loops that end without a ruling go to a new round, then to the fail-closed action with an alert; never to approve."""

import json

import boto3
import pytest

from shared.contracts.words import Action, DecidedBy
from tests.e2e.pictures import unique_jpeg
from tests.e2e.pipeline import Pipeline, eventually

ENDS = {
    "fail": {"failureCode": "InternalError", "failureReason": "the worker portal is down"},
    "expire": {},
    "complete-empty": {},
    "stop": {},
}


async def _end(pipeline: Pipeline, loop: str, how: str) -> None:
    if how == "stop":
        a2i = boto3.client(
            "sagemaker-a2i-runtime",
            endpoint_url=pipeline.stack.state.endpoint,
            region_name=pipeline.stack.state.region,
        )
        a2i.stop_human_loop(HumanLoopName=loop)
    else:
        await pipeline.control(f"human-loops/{loop}/{how}", ENDS[how])


@pytest.mark.parametrize("how", ENDS)
async def test_a_loop_without_a_ruling_gets_a_new_round_then_the_fallback(
    pipeline: Pipeline, alerts: dict[str, list[str]], how: str
) -> None:
    item = await pipeline.submit(await pipeline.upload(unique_jpeg(), labels="Weapons:71.3"))
    await _end(pipeline, await pipeline.open_loop(item, 1), how)
    await _end(pipeline, await pipeline.open_loop(item, 2), how)
    event = await pipeline.verdict(item)
    assert (event.data.verdict, event.data.decided_by) == (Action.REJECT, DecidedBy.FAIL_CLOSED)
    assert len(await pipeline.loops(item)) == 2

    async def told() -> list[str] | None:
        return alerts.get(item)

    assert await eventually(told, what="the alert") == ["review-without-ruling"]


async def test_a_second_round_may_still_rule(pipeline: Pipeline) -> None:
    item = await pipeline.submit(await pipeline.upload(unique_jpeg(), labels="Weapons:71.3"))
    await _end(pipeline, await pipeline.open_loop(item, 1), "expire")
    await pipeline.answer(await pipeline.open_loop(item, 2), Action.APPROVE)
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
