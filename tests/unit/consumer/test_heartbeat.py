import asyncio

import pytest

from shared.consumer.settings import ConsumerSettings
from shared.errors import Transient
from tests.fakes.queues import FakeQueue
from tests.unit.consumer.running import Recorder, consuming, taking, until

SETTINGS = ConsumerSettings(visibility_s=60, handler_limit_s=100_000)
HOUR_S = 3600.0


async def test_a_message_stays_ours_for_as_long_as_its_handler_takes() -> None:
    queue, handler = FakeQueue(), Recorder(taking(600))
    id_ = queue.put()
    async with consuming(queue, handler, settings=SETTINGS):
        await until(lambda: len(handler.ended) == 1, within_s=700)
        assert queue.receive_count(id_) == 1
    assert queue.ids == []


async def test_it_is_extended_when_about_half_of_its_visibility_is_over() -> None:
    queue, handler = FakeQueue(), Recorder(taking(100))
    queue.put()
    async with consuming(queue, handler, settings=SETTINGS):
        await until(lambda: len(handler.ended) == 1, within_s=200)
    times = [at for at, _, _ in queue.changes]
    gaps = [later - earlier for earlier, later in zip([0.0, *times], times, strict=False)]
    assert len(gaps) == 4
    assert all(20 <= gap <= 30 for gap in gaps)


async def test_what_was_received_together_is_extended_together() -> None:
    queue, handler = FakeQueue(), Recorder(taking(50))
    for _ in range(10):
        queue.put()
    async with consuming(queue, handler, settings=SETTINGS):
        await until(lambda: len(handler.ended) == 10)
    assert len(queue.changes) == 20
    assert queue.calls["visibility"] == 2


async def test_a_message_that_waits_for_a_place_is_kept_too() -> None:
    queue, handler = FakeQueue(), Recorder(taking(150))
    for body in "ab":
        queue.put(body)
    async with consuming(queue, handler, settings=ConsumerSettings(concurrency=1, visibility_s=60)):
        await until(lambda: handler.ended == ["a", "b"], within_s=400)
    assert queue.ids == []
    assert len(handler.began) == 2


async def test_an_extension_that_fails_is_tried_again_before_the_visibility_ends() -> None:
    queue, handler = FakeQueue(), Recorder(taking(100))
    id_ = queue.put()
    queue.fail_next("visibility", *(Transient("sqs-failed") for _ in range(3)))
    async with consuming(queue, handler, settings=SETTINGS):
        await until(lambda: len(handler.ended) == 1, within_s=200)
        assert queue.receive_count(id_) == 1


async def test_short_messages_cost_no_extension() -> None:
    queue, handler = FakeQueue(), Recorder(taking(5))
    queue.put()
    async with consuming(queue, handler, settings=SETTINGS):
        await until(lambda: queue.ids == [])
    assert queue.calls["visibility"] == 0


async def test_nothing_is_held_past_twelve_hours(caplog: pytest.LogCaptureFixture) -> None:
    queue, handler = FakeQueue(), Recorder(taking(13 * HOUR_S))
    id_ = queue.put()
    async with consuming(queue, handler, settings=SETTINGS) as running:
        await asyncio.sleep(12.5 * HOUR_S)
        assert queue.receive_count(id_) == 2
        assert "message.lost_hold" in [record.message for record in caplog.records]
        assert "message.not_extended" not in [record.message for record in caplog.records]
        await running.stopped()
