"""A consumer's end: what is under way is finished, what isn't is given back, and all of it in time."""

import asyncio
from collections.abc import Sequence

import pytest

from shared.consumer.ports import Message
from shared.consumer.settings import ConsumerSettings
from shared.errors import Transient
from tests.fakes.queues import FakeQueue
from tests.unit.consumer.running import Recorder, consuming, taking, until

STOPPING = ConsumerSettings(stop_timeout_s=60, stop_margin_s=5)


async def test_an_idle_consumer_stops_when_its_poll_ends() -> None:
    queue = FakeQueue()
    async with consuming(queue, Recorder(), settings=STOPPING) as running:
        await asyncio.sleep(7)
        assert await running.stopped() <= STOPPING.wait_s
    assert queue.calls["receive"] == 2


async def test_a_consumer_that_waits_for_anything_else_stops_at_once() -> None:
    queue, handler = FakeQueue(), Recorder()
    queue.fail_next("receive", *(Transient("sqs-unreachable") for _ in range(9)))
    async with consuming(queue, handler, settings=STOPPING, roll=1.0) as running:
        await asyncio.sleep(13)
        assert await running.stopped() < 0.1


async def test_what_the_last_poll_brings_is_given_back_at_once_and_swallowed_by_nobody() -> None:
    queue, handler = FakeQueue(), Recorder()
    async with consuming(queue, handler, settings=STOPPING) as running:
        await asyncio.sleep(6)
        running.stop.set()
        await asyncio.sleep(1)
        id_ = queue.put("late")
        await asyncio.sleep(0.1)
        assert (queue.visible, handler.began) == ([id_], [])
        await running.task
    queue.put("later still")
    assert (len(queue.visible), queue.in_flight) == (2, [])


async def test_a_poll_that_does_not_end_is_given_up_in_time() -> None:
    class Silent(FakeQueue):
        async def receive(self, *, limit: int, wait_s: int, visibility_s: int) -> Sequence[Message]:
            await asyncio.Event().wait()
            return []

    async with consuming(Silent(), Recorder(), settings=STOPPING) as running:
        await asyncio.sleep(1)
        assert await running.stopped() <= STOPPING.stop_timeout_s


async def test_handlers_under_way_are_finished_and_their_messages_deleted() -> None:
    queue, handler = FakeQueue(), Recorder(taking(30))
    for n in range(5):
        queue.put(str(n))
    async with consuming(queue, handler, settings=STOPPING) as running:
        await until(lambda: len(handler.began) == 5)
        assert await running.stopped() == pytest.approx(30, abs=1)
    assert (len(handler.ended), queue.ids) == (5, [])


async def test_deletes_are_flushed_after_the_last_handler() -> None:
    queue = FakeQueue()

    async def step(message: Message) -> None:
        await asyncio.sleep(float(message.body))

    for seconds in ("0.1", "0.2", "20"):
        queue.put(seconds)
    handler = Recorder(step)
    async with consuming(queue, handler, settings=STOPPING) as running:
        await until(lambda: len(handler.began) == 3)
        await running.stopped()
    assert queue.ids == []
    assert queue.log[-1] == "delete"


async def test_what_waits_in_hand_is_given_back_before_the_handlers_end() -> None:
    queue, handler = FakeQueue(), Recorder(taking(30))
    for n in range(50):
        queue.put(str(n))
    settings = ConsumerSettings(concurrency=4, stop_timeout_s=60, stop_margin_s=5)
    async with consuming(queue, handler, settings=settings) as running:
        await until(lambda: len(handler.began) == 4 and len(queue.in_flight) == 10)
        running.stop.set()
        await asyncio.sleep(1)
        assert len(queue.in_flight) == 4
        assert len(queue.visible) == 46
        await running.task
    assert (len(handler.began), len(handler.ended), len(queue.visible)) == (4, 4, 46)


async def test_handlers_that_take_too_long_are_cancelled_and_their_messages_given_back() -> None:
    queue, handler = FakeQueue(), Recorder(taking(10_000))
    for n in range(5):
        queue.put(str(n))
    async with consuming(queue, handler, settings=STOPPING) as running:
        await until(lambda: len(handler.began) == 5)
        assert await running.stopped() <= STOPPING.stop_timeout_s
    assert (handler.ended, len(queue.visible), queue.in_flight) == ([], 5, [])


async def test_a_handler_that_resists_does_not_keep_the_consumer_past_its_time() -> None:
    queue, let_go = FakeQueue(), asyncio.Event()

    async def stubborn(message: Message) -> None:
        while not let_go.is_set():
            try:
                await let_go.wait()
            except asyncio.CancelledError:
                continue

    queue.put("a")
    async with consuming(queue, stubborn, settings=STOPPING) as running:
        await until(lambda: len(queue.in_flight) == 1)
        await asyncio.sleep(0.1)
        assert await running.stopped() <= STOPPING.stop_timeout_s
    let_go.set()
    await asyncio.sleep(0)


async def test_it_stops_in_time_though_the_queue_answers_no_more() -> None:
    class Silent(FakeQueue):
        async def delete(self, receipts: Sequence[str]) -> Sequence[str]:
            await asyncio.Event().wait()
            return []

    queue, handler = Silent(), Recorder()
    queue.put("a")
    async with consuming(queue, handler, settings=STOPPING) as running:
        await until(lambda: handler.ended == ["a"])
        assert await running.stopped() <= STOPPING.stop_timeout_s
    assert len(queue.ids) == 1


async def test_what_a_poll_brings_in_the_moment_of_the_stop_is_given_back() -> None:
    queue, handler = FakeQueue(), Recorder()
    async with consuming(queue, handler, settings=STOPPING) as running:
        await asyncio.sleep(5)
        # In one turn of the loop: the poll wakes up with a message, and the consumer is told to stop.
        queue.put("late")
        await asyncio.sleep(0)
        running.stop.set()
        await running.task
    assert queue.in_flight == []
    assert len(queue.visible) + len(handler.ended) == 1


@pytest.mark.parametrize("turns", range(8))
async def test_at_no_turn_of_the_loop_does_a_stop_lose_hold_of_a_message(turns: int) -> None:
    queue, handler = FakeQueue(), Recorder()
    async with consuming(queue, handler, settings=STOPPING) as running:
        await asyncio.sleep(5)
        queue.put("late")
        for _ in range(turns):
            await asyncio.sleep(0)
        await running.stopped()
    assert queue.in_flight == []
    assert len(queue.visible) + len(handler.ended) == 1


async def test_nothing_is_received_after_the_stop() -> None:
    queue, handler = FakeQueue(), Recorder(taking(20))
    for n in range(4):
        queue.put(str(n))
    async with consuming(queue, handler, settings=STOPPING) as running:
        await until(lambda: len(handler.began) == 4)
        running.stop.set()
        await asyncio.sleep(0.1)
        received = queue.calls["receive"]
        for n in range(50):
            queue.put(str(n))
        await running.task
        assert queue.calls["receive"] == received
    assert len(queue.visible) == 50


async def test_held_messages_stay_ours_while_handlers_finish() -> None:
    queue, handler = FakeQueue(), Recorder(taking(50))
    id_ = queue.put("a")
    settings = ConsumerSettings(visibility_s=20, stop_timeout_s=60, stop_margin_s=5)
    async with consuming(queue, handler, settings=settings) as running:
        await until(lambda: handler.began == ["a"])
        running.stop.set()
        await asyncio.sleep(40)
        assert queue.in_flight == [id_]
        await running.task
    assert queue.ids == []


async def test_being_cancelled_is_being_told_to_stop() -> None:
    queue, handler = FakeQueue(), Recorder(taking(10))
    queue.put("a")
    async with consuming(queue, handler, settings=STOPPING) as running:
        await until(lambda: handler.began == ["a"])
        running.task.cancel()
        assert isinstance(await running.ended(), asyncio.CancelledError)
    assert (handler.ended, queue.ids) == (["a"], [])


async def test_a_delete_that_fails_at_the_end_is_only_a_redelivery() -> None:
    queue, handler = FakeQueue(), Recorder()
    id_ = queue.put("a")
    queue.refuse("delete", id_)
    async with consuming(queue, handler, settings=STOPPING) as running:
        await until(lambda: handler.ended == ["a"])
        await running.stopped()
    assert queue.ids == [id_]
    async with consuming(queue, handler, settings=STOPPING):
        await until(lambda: handler.ended == ["a", "a"], within_s=90)
    assert queue.ids == []
