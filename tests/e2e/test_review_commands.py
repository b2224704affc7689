"""`gavel review`: what waits for reviewers, and how far they agree, both read from the deployed ledger."""

import asyncio
import json
from typing import Any

import pytest
from typer.testing import CliRunner

from cli.demo.reviewer import DeskProblem
from cli.main import app
from cli.screen import Exit
from shared.contracts.words import Action, Status
from shared.ledger.entries import AnswerGiven
from tests.e2e.pictures import mark, unique_jpeg
from tests.e2e.pipeline import Pipeline
from tests.e2e.reviews import reviewer, reviews


async def test_an_open_case_is_in_the_queue_until_it_is_ruled_on_and_then_in_the_statistics(pipeline: Pipeline) -> None:
    item = await pipeline.submit(await pipeline.upload(unique_jpeg(), labels="Weapons:71.3"))
    loop = await pipeline.open_loop(item)
    await pipeline.status(item, Status.REVIEWING)
    (case,) = [case for case in await _gavel("queue") if case["media_id"] == item]
    assert (case["severity"], case["round"], case["category"]) == (53, 1, "Violence")
    await pipeline.answer(loop, Action.REJECT)
    record = await pipeline.status(item, Status.DONE)
    assert item not in [case["media_id"] for case in await _gavel("queue")]
    (worker,) = [entry.worker for entry in record.entries if isinstance(entry, AnswerGiven)]
    stats = await _gavel("stats", "--since", "1h")
    assert stats["items"] >= 1
    assert stats["reviewers"][worker]["answers"] >= 1
    assert stats["labels"]["Weapons"]["judged"] >= 1
    assert (await _gavel("stats", "--since", "2999-01-01"))["items"] == 0


async def test_who_leads_a_team_is_told_how_often_a_case_was_declined_and_why_last(pipeline: Pipeline) -> None:
    async with reviews("desk", pipeline) as people, reviewer(pipeline) as first, reviewer(pipeline) as second:
        item = await pipeline.submit(
            await pipeline.upload(unique_jpeg(), key=f"{people.prefix}{mark()}.jpg", labels="Weapons:71.3")
        )
        loop = await people.open_loop(item)
        await pipeline.status(item, Status.REVIEWING)
        (case,) = [case for case in await _gavel("queue") if case["media_id"] == item]
        assert (case["loop"], case["declines"], case["last_decline"]) == (loop, 0, None)
        await first.decline(loop, "cannot-judge")
        await second.decline(loop, "too-much")
        (case,) = [case for case in await _gavel("queue") if case["media_id"] == item]
        assert (case["declines"], case["last_decline"]) == (2, "too-much")
        with pytest.raises(DeskProblem):
            await first.answer(loop, {"ruling": {"approve": True}})
        with pytest.raises(DeskProblem):
            await second.decline(loop, "no reason of yours")
        await people.answer(loop, Action.REJECT)
        record = await pipeline.status(item, Status.DONE)
    assert len([entry for entry in record.entries if isinstance(entry, AnswerGiven)]) == 1


async def test_both_are_shown_to_people_too(pipeline: Pipeline) -> None:
    for command in ("queue", "stats"):
        result = await asyncio.to_thread(CliRunner().invoke, app, ["review", command])
        assert result.exit_code == Exit.OK, result.output
    nonsense = await asyncio.to_thread(CliRunner().invoke, app, ["review", "stats", "--since", "lately"])
    assert nonsense.exit_code == Exit.USAGE


async def _gavel(*arguments: str) -> Any:
    result = await asyncio.to_thread(CliRunner().invoke, app, ["review", *arguments, "--json"])
    assert result.exit_code == Exit.OK, result.output
    return json.loads(result.stdout)
