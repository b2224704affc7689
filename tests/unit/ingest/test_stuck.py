"""Items that were opened and left are taken up again, once they surely are nobody's."""

from datetime import timedelta

import pytest

from services.ingest.handler.stuck import take_up_again
from shared.contracts.cloudevents import encode
from shared.contracts.words import Status
from tests import media
from tests.unit.ingest.test_crashes import Hazard, Killed, delivered
from tests.unit.ingest.world import World, cloudevent

AGE, INTERVAL = timedelta(hours=1), timedelta(minutes=5)


async def test_an_item_whose_object_was_written_anew_while_it_was_in_nobodys_hands_still_gets_on() -> None:
    world = World()
    first = world.upload(media.jpeg(seed=1))
    unversioned = cloudevent(first.__class__(bucket=first.bucket, key=first.key))
    with pytest.raises(Killed):
        await delivered(world, unversioned, Hazard(at=7))
    second = world.upload(media.jpeg(seed=2))
    await world.deliver(unversioned, receive_count=2)
    assert (world.status(first), world.status(second)) == (Status.RECEIVED, Status.MODERATING)

    world.now += AGE + timedelta(seconds=1)
    assert await take_up_again(world.ports, holder="a", age=AGE, interval=INTERVAL) == 1
    ((event, _),) = world.split.sent
    await world.deliver(encode(event))
    assert world.status(first) is Status.MODERATING


async def test_a_young_item_is_left_to_whoever_has_it() -> None:
    world = World()
    first = world.upload(media.jpeg(seed=1))
    with pytest.raises(Killed):
        await delivered(world, cloudevent(first), Hazard(at=7))
    world.now += AGE - timedelta(seconds=1)
    assert await take_up_again(world.ports, holder="a", age=AGE, interval=INTERVAL) == 0


async def test_one_task_looks_at_a_time() -> None:
    world = World()
    first = world.upload(media.jpeg(seed=1))
    with pytest.raises(Killed):
        await delivered(world, cloudevent(first), Hazard(at=7))
    world.now += AGE + timedelta(seconds=1)
    assert await take_up_again(world.ports, holder="a", age=AGE, interval=INTERVAL) == 1
    assert await take_up_again(world.ports, holder="b", age=AGE, interval=INTERVAL) == 0
