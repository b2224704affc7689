"""The desk's own loops in DynamoDB, S3 and EventBridge as the emulator plays them."""

import asyncio
import json
from datetime import timedelta

import pytest

from services.review.desk.domain import loops
from services.review.desk.domain.loops import Refused
from shared.errors import Transient
from tests.contract.desk.place import TEMPLATE, Place
from tests.unit.review_desk.reviewing import ANNA, BEGIN, BEN, REJECT


async def test_a_loop_is_there_with_its_input_and_template_until_it_ends(place: Place) -> None:
    name = await place.start()
    (listed,) = await place.loops.get_all([name, "unknown"])
    assert listed == place.opened == await place.loops.get(name)
    assert await place.waiting("gavel-dev-moderators") == [name]
    assert await place.waiting("gavel-dev-others") == []
    assert await place.loops.task_input(name) == '{"kind": "image"}'
    assert await place.loops.template(listed) == TEMPLATE
    await place.loops.change(name, loops.stopped)
    assert await place.waiting("gavel-dev-moderators") == []


async def test_starting_again_changes_nothing(place: Place) -> None:
    name = await place.start()
    held = await place.loops.change(name, lambda one: loops.claimed(one, ANNA.worker, place.now))
    await place.start()
    assert await place.loops.get(name) == held


async def test_a_large_input_lies_in_the_evidence_bucket(place: Place) -> None:
    content = json.dumps({"kind": "image", "labels": "ü" * 300_000})
    await place.loops.start(place.opened, content, TEMPLATE)
    assert await place.loops.task_input(place.opened.name) == content


async def test_of_many_who_claim_at_once_one_gets_the_task(place: Place) -> None:
    name = await place.start()

    async def claim(number: int) -> bool:
        try:
            await place.loops.change(name, lambda one: loops.claimed(one, f"{number:016x}", place.now))
        except Refused:
            return False
        return True

    assert sum(await asyncio.gather(*(claim(number) for number in range(6)))) == 1


async def test_the_output_is_there_before_the_event_tells_of_it(place: Place) -> None:
    name = await place.start()
    await place.loops.change(name, lambda one: loops.claimed(one, ANNA.worker, place.now))
    over = await place.loops.change(name, lambda one: loops.answered(one, ANNA, REJECT, place.now))
    assert (over.status, place.calls) == ("Completed", ["put_object", "put_events"])
    assert [answer["workerId"] for answer in (await place.output())["humanAnswers"]] == [ANNA.worker]
    await place.loops.settled(name)
    assert place.calls == ["put_object", "put_events"], "an end is told once"


@pytest.mark.parametrize("broken", ["put_object", "put_events"])
async def test_an_end_that_a_crash_left_untold_is_told_by_whoever_asks_next(place: Place, broken: str) -> None:
    name = await place.start()
    await place.loops.change(name, lambda one: loops.claimed(one, ANNA.worker, place.now))
    for client in (place.s3, place.events):
        client.broken = {broken}
    with pytest.raises(Transient):
        await place.loops.change(name, lambda one: loops.answered(one, ANNA, REJECT, place.now))
    found = await place.loops.get(name)
    assert found is not None
    assert (found.status, found.is_open) == ("InProgress", False)
    for client in (place.s3, place.events):
        client.broken = set()
    settled = await place.loops.settled(name)
    assert settled is not None
    assert settled.status == "Completed"
    assert len((await place.output())["humanAnswers"]) == 1


async def test_asking_carries_out_what_time_has_done(place: Place) -> None:
    name = await place.start()
    await place.loops.change(name, lambda one: loops.claimed(one, ANNA.worker, place.now))
    place.now = BEGIN + timedelta(minutes=30)
    await place.loops.change(name, lambda one: loops.claimed(one, BEN.worker, place.now))
    place.now = BEGIN + timedelta(hours=24)
    assert [loop.is_open for loop in await place.loops.get_all([name])] == [False]
    settled = await place.loops.settled(name)
    assert settled is not None
    assert settled.status == "Failed"
    assert place.calls == ["put_events"], "without an answer there is nothing to write"


async def test_what_nobody_has_started_is_nobodys(place: Place) -> None:
    assert await place.loops.settled("unknown") is None
    with pytest.raises(KeyError):
        await place.loops.change("unknown", loops.stopped)
