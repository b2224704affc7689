"""The consumer as a whole: many messages side by side."""

import asyncio
import random
from collections.abc import Sequence

import pytest

from shared.consumer.ports import Message
from shared.consumer.settings import ConsumerSettings
from shared.errors import Transient
from tests.fakes.queues import FakeQueue
from tests.unit.consumer.running import Recorder, consuming, raising, taking, until


class Far(FakeQueue):
    """A receive takes 20 ms at least."""

    at_once = 0
    most_at_once = 0

    async def receive(self, *, limit: int, wait_s: int, visibility_s: int) -> Sequence[Message]:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            await asyncio.sleep(0.02)
            return await super().receive(limit=limit, wait_s=wait_s, visibility_s=visibility_s)
        finally:
            self.at_once -= 1


async def test_a_slow_message_holds_up_nobody() -> None:
    queue = FakeQueue()

    async def step(message: Message) -> None:
        await asyncio.sleep(500 if message.body == "slow" else 0.1)

    handler = Recorder(step)
    queue.put("slow")
    for n in range(99):
        queue.put(str(n))
    async with consuming(queue, handler):
        await until(lambda: len(handler.ended) == 99, within_s=10)
        assert "slow" not in handler.ended
        await until(lambda: len(queue.ids) == 1, within_s=2)


async def test_no_more_are_handled_at_once_than_may_be() -> None:
    queue, handler = FakeQueue(), Recorder(taking(1))
    for n in range(100):
        queue.put(str(n))
    async with consuming(queue, handler, settings=ConsumerSettings(concurrency=7)):
        await until(lambda: len(handler.ended) == 100)
    assert handler.most_at_once == 7


async def test_no_more_wait_in_hand_than_may() -> None:
    queue, handler = FakeQueue(), Recorder(taking(100))
    for n in range(200):
        queue.put(str(n))
    async with consuming(queue, handler, settings=ConsumerSettings(concurrency=8, prefetch=10)):
        await asyncio.sleep(50)
        assert (len(handler.began), len(queue.in_flight)) == (8, 10)


async def test_receiving_side_by_side_takes_no_more_in_hand_either() -> None:
    queue, handler = Far(), Recorder(taking(100))
    for n in range(200):
        queue.put(str(n))
    async with consuming(queue, handler, settings=ConsumerSettings(concurrency=40, prefetch=10, receivers=4)):
        await until(lambda: len(handler.began) == 40)
        await asyncio.sleep(10)
        assert queue.most_at_once > 1
        assert len(queue.in_flight) <= 50


@pytest.mark.parametrize(
    ("per_s", "requests_at_most", "median_at_most_s"), [(5, 2.0, 0.001), (50, 0.30, 0.060), (200, 0.25, 0.060)]
)
async def test_steady_traffic_costs_few_requests_and_waits_little(
    per_s: float, requests_at_most: float, median_at_most_s: float
) -> None:
    queue, waited, chance = FakeQueue(), list[float](), random.Random(1)  # noqa: S311  a simulation
    loop = asyncio.get_running_loop()

    async def handle(message: Message) -> None:
        waited.append(loop.time() - float(message.body))

    async with consuming(queue, handle):
        for _ in range(int(per_s * 60)):
            await asyncio.sleep(chance.expovariate(per_s))
            queue.put(str(loop.time()))
        await until(lambda: queue.ids == [])
        assert (queue.calls["receive"] + queue.calls["delete"]) / len(waited) <= requests_at_most
        assert sorted(waited)[len(waited) // 2] <= median_at_most_s


async def test_a_backlog_costs_a_fifth_of_a_request_for_each_message() -> None:
    queue, handler = FakeQueue(), Recorder(taking(0.05))
    for n in range(2_000):
        queue.put(str(n))
    async with consuming(queue, handler):
        await until(lambda: queue.ids == [])
    requests = queue.calls["receive"] + queue.calls["delete"]
    assert (requests <= 2_000 * 0.2 + 5, queue.calls["visibility"]) == (True, 0)


async def test_failing_messages_stop_the_receiving_until_a_probe_succeeds() -> None:
    queue = FakeQueue()
    handler = Recorder(raising(*(Transient("down") for _ in range(7))))
    for n in range(100):
        queue.put(str(n))
    settings = ConsumerSettings(concurrency=1, breaker_failures=5, breaker_pause_s=60)
    async with consuming(queue, handler, settings=settings, roll=1.0):
        await until(lambda: len(handler.began) == 5)
        await asyncio.sleep(50)
        # What waited in hand is given back too, and nothing else is received.
        assert (len(handler.began), queue.in_flight) == (5, [])
        await until(lambda: len(handler.began) == 7, within_s=200)
        assert queue.limits[-2:] == [1, 1]
        await until(lambda: queue.ids == [], within_s=400)
    assert len(handler.ended) == 100


async def test_receiving_goes_on_after_the_queue_was_out_of_reach(caplog: pytest.LogCaptureFixture) -> None:
    queue, handler = FakeQueue(), Recorder()
    queue.fail_next("receive", *(Transient("sqs-unreachable") for _ in range(5)))
    queue.put("a")
    async with consuming(queue, handler):
        await until(lambda: handler.ended == ["a"], within_s=200)
    assert [record.message for record in caplog.records].count("receive.failed") == 5
    assert queue.calls["receive"] >= 6


async def test_a_queue_that_is_not_there_ends_the_consumer_after_its_handlers() -> None:
    queue, handler = FakeQueue(), Recorder(taking(5))
    queue.put("a")
    async with consuming(queue, handler) as running:
        await until(lambda: handler.began == ["a"])
        queue.fail_next("receive", KeyError("no such queue"))
        assert isinstance(await running.ended(), KeyError)
    assert (handler.ended, queue.ids) == (["a"], [])


async def test_an_unusable_setting_is_refused_with_every_reason() -> None:
    with pytest.raises(ValueError, match="concurrency is at least 1; wait_s is 0 to 20"):
        ConsumerSettings(concurrency=0, wait_s=30)


async def test_several_receive_side_by_side_while_there_is_a_backlog_and_one_otherwise() -> None:
    queue, handler = Far(), Recorder()
    for n in range(500):
        queue.put(str(n))
    async with consuming(queue, handler, settings=ConsumerSettings(receivers=3)):
        await until(lambda: queue.ids == [])
        assert queue.most_at_once == 3
        await asyncio.sleep(30)
        queue.most_at_once = 0
        for n in range(20):
            queue.put(str(n))
            await asyncio.sleep(0.5)
        assert queue.most_at_once == 1


async def test_messages_that_were_asked_for_before_the_breaker_opened_are_given_back() -> None:
    queue = FakeQueue()

    async def step(message: Message) -> None:
        await asyncio.sleep(1)
        raise Transient("down")

    handler = Recorder(step)
    async with consuming(queue, handler, settings=ConsumerSettings(breaker_failures=5, breaker_pause_s=30)):
        for n in range(5):
            queue.put(str(n))
        await until(lambda: len(handler.began) == 5)
        # The next poll, of ten, is open by now, and still is when the fifth failure opens the breaker.
        await asyncio.sleep(2)
        queue.put("late")
        await asyncio.sleep(20)
        assert len(handler.began) == 5
        assert len(queue.visible) == 6
