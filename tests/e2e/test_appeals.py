"""An appeal, by the command line and by event: others look again, and their ruling is the next verdict."""

import asyncio
import uuid
from datetime import UTC, datetime
from typing import Any

import pytest
from typer.testing import CliRunner

from cli.demo.reviewer import DeskProblem
from cli.main import app
from cli.screen import Exit
from shared.contracts.cloudevents import CloudEvent, encode
from shared.contracts.messages import APPEAL_REQUESTED, AppealRequested, VerdictReached
from shared.contracts.words import Action, DecidedBy, Status
from shared.ledger.entries import AnswerGiven, VerdictGiven
from tests.e2e.pictures import mark, unique_jpeg
from tests.e2e.pipeline import Pipeline, eventually
from tests.e2e.reviews import reviewer, reviews


async def test_an_appeal_by_hand_overturns_a_verdict_and_keeps_it_on_record(pipeline: Pipeline) -> None:
    item = await _rejected(pipeline)
    assert await _gavel("appeal", item, "--reason", "It is a toy.") == Exit.OK
    loop = await pipeline.open_loop(item, 2)
    await pipeline.status(item, Status.APPEALED)
    assert await _gavel("appeal", item, "--reason", "It still is a toy.") == Exit.FAILED
    for action in (Action.APPROVE, Action.RESTRICT, Action.APPROVE):
        await pipeline.answer(loop, action)
    second = await _verdict(pipeline, item, 2)
    assert (second.data.verdict, second.data.decided_by) == (Action.APPROVE, DecidedBy.HUMAN)
    record = await pipeline.status(item, Status.DONE)
    assert (record.summary.verdict, record.summary.verdict_number) == (Action.APPROVE, 2)
    assert [entry.action for entry in record.entries if isinstance(entry, VerdictGiven)] == [
        Action.REJECT,
        Action.APPROVE,
    ]
    assert len([entry for entry in record.entries if isinstance(entry, AnswerGiven)]) == 4


async def test_an_appeal_at_the_desk_is_ruled_on_by_more_people_and_by_others_than_before(pipeline: Pipeline) -> None:
    async with reviews("desk", pipeline) as people, reviewer(pipeline) as before, reviewer(pipeline) as other:
        item = await pipeline.submit(
            await pipeline.upload(unique_jpeg(), key=f"{people.prefix}{mark()}.jpg", labels="Weapons:71.3")
        )
        await before.answer(await people.open_loop(item), {"ruling": {"reject": True}})
        await pipeline.status(item, Status.DONE)
        assert await _gavel("appeal", item, "--reason", "It is a toy.") == Exit.OK
        loop = await people.open_loop(item, 2)

        async def listed() -> bool | None:
            return loop in await other.free() or None

        await eventually(listed, what=f"{loop} on the list of somebody else")
        assert loop not in await before.free()
        with pytest.raises(DeskProblem):
            await before.answer(loop, {"ruling": {"reject": True}})
        for action in (Action.APPROVE, Action.RESTRICT, Action.APPROVE):
            assert await pipeline.status(item, Status.APPEALED)
            await people.answer(loop, action)
    second = await _verdict(pipeline, item, 2)
    assert (second.data.verdict, second.data.decided_by) == (Action.APPROVE, DecidedBy.HUMAN)
    record = await pipeline.status(item, Status.DONE)
    verdicts = [entry.action for entry in record.entries if isinstance(entry, VerdictGiven)]
    assert verdicts == [Action.REJECT, Action.APPROVE]
    given = [entry for entry in record.entries if isinstance(entry, AnswerGiven)]
    assert [entry.round for entry in given] == [1, 2, 2, 2]
    assert len({entry.worker for entry in given}) == 4


async def test_the_same_appeal_five_times_and_another_are_one_round(pipeline: Pipeline) -> None:
    item = await _rejected(pipeline)
    bodies = [_event(item)] * 5 + [_event(item, verdict=1)]
    await asyncio.gather(*(pipeline.send(body, queue="appeals") for body in bodies))
    loop = await pipeline.open_loop(item, 2)
    for _ in range(3):
        await pipeline.answer(loop, Action.REJECT)
    assert (await _verdict(pipeline, item, 2)).data.verdict is Action.REJECT
    assert len(await pipeline.loops(item)) == 2
    # What comes late finds that its verdict isn't the current one any more.
    late = _event(item, verdict=1)
    await pipeline.send(late, queue="appeals")
    assert (await pipeline.quarantined_message(late)).code == "appeal-of-other-verdict"
    assert len(await pipeline.loops(item)) == 2


async def test_an_appeal_that_nobody_rules_on_leaves_the_verdict_and_alerts(
    pipeline: Pipeline, alerts: dict[str, list[str]]
) -> None:
    item = await _rejected(pipeline)
    await pipeline.send(_event(item), queue="appeals")
    for round_ in (2, 3):
        await pipeline.control(f"human-loops/{await pipeline.open_loop(item, round_)}/expire", {})
    second = await _verdict(pipeline, item, 2)
    assert (second.data.verdict, second.data.decided_by) == (Action.REJECT, DecidedBy.HUMAN)
    assert second.data.reasons[0].code == "appeal-without-ruling"

    async def told() -> list[str] | None:
        return alerts.get(item)

    assert await eventually(told, what="the alert") == ["appeal-without-ruling"]


async def test_reviewing_that_is_killed_takes_the_appeal_up_again(pipeline: Pipeline) -> None:
    item = await _rejected(pipeline)
    fault = {"operation": "sagemaker-a2i-runtime.StartHumanLoop", "kind": "connection-drop", "when": "after", "next": 4}
    await pipeline.control("faults", fault)
    await pipeline.send(_event(item), queue="appeals")
    await pipeline.kill("review")
    loop = await pipeline.open_loop(item, 2)
    for _ in range(3):
        await pipeline.answer(loop, Action.APPROVE)
    assert (await _verdict(pipeline, item, 2)).data.verdict is Action.APPROVE
    assert len(await pipeline.loops(item)) == 2


async def test_what_nobody_knows_or_has_no_verdict_is_refused(pipeline: Pipeline) -> None:
    assert await _gavel("appeal", "a" * 26, "--reason", "Who knows?") == Exit.NOT_FOUND
    item = await pipeline.submit(await pipeline.upload(unique_jpeg(), labels="Weapons:71.3"))
    loop = await pipeline.open_loop(item)
    assert await _gavel("appeal", item, "--reason", "Too early.") == Exit.FAILED
    unknown = _event("b" * 26)
    await pipeline.send(unknown, queue="appeals")
    assert (await pipeline.quarantined_message(unknown)).code == "appeal-of-unknown-item"
    await pipeline.answer(loop, Action.APPROVE)


async def _rejected(pipeline: Pipeline) -> str:
    item = await pipeline.submit(await pipeline.upload(unique_jpeg(), labels="Weapons:71.3"))
    await pipeline.answer(await pipeline.open_loop(item), Action.REJECT)
    await pipeline.status(item, Status.DONE)
    return item


def _event(item: str, **more: Any) -> str:
    data = AppealRequested(media_id=item, reason="It is a toy.", **more)
    now = datetime.now(UTC)
    event = CloudEvent(
        id=uuid.uuid4().hex, source="tests/e2e", type=APPEAL_REQUESTED, subject="complaint", time=now, data=data
    )
    return encode(event)


async def _verdict(pipeline: Pipeline, item: str, number: int) -> CloudEvent[VerdictReached]:
    """The verdict of this number, as subscribers are told."""

    async def look() -> CloudEvent[VerdictReached] | None:
        told = pipeline.verdicts.by_media.get(item, [])
        return next((event for event in told if event.data.number == number), None)

    return await eventually(look, what=f"verdict {number} of {item}")


async def _gavel(*arguments: str) -> int:
    """The exit code of a command, run as a user would."""
    return (await asyncio.to_thread(CliRunner().invoke, app, list(arguments))).exit_code
