"""Queues that share one consumer, the live one before the backfill."""

import asyncio

from shared.consumer.identify import unknown
from shared.consumer.line import Source
from shared.consumer.ports import Message
from shared.consumer.settings import ConsumerSettings
from shared.errors import Transient
from tests.fakes.queues import FakeQueue
from tests.unit.consumer.running import Recorder, consuming_many, taking, until

SETTINGS = ConsumerSettings(concurrency=4)


def lanes(handler: Recorder) -> tuple[FakeQueue, FakeQueue, list[Source]]:
    live, backfill = FakeQueue(name="live"), FakeQueue(name="backfill")
    return (
        live,
        backfill,
        [
            Source(queue=live, handle=handler, identify=unknown, priority=0),
            Source(queue=backfill, handle=handler, identify=unknown, priority=1),
        ],
    )


async def test_backfill_waits_while_live_has_a_backlog() -> None:
    handler = Recorder(taking(1))
    live, backfill, sources = lanes(handler)
    for n in range(100):
        live.put(f"live {n}")
        backfill.put(f"backfill {n}")
    async with consuming_many(sources, settings=SETTINGS):
        await until(lambda: len(live.ids) == 0, within_s=100)
        last_live = max(index for index, body in enumerate(handler.began) if body.startswith("live"))
        early = [body for body in handler.began[:last_live] if body.startswith("backfill")]
        # At most what was asked for before the first answer from the live queue told of its backlog.
        assert len(early) <= 10
        await until(lambda: len(backfill.ids) == 0, within_s=100)


async def test_live_messages_overtake_backfill_that_waits_in_hand() -> None:
    handler = Recorder(taking(10))
    live, backfill, sources = lanes(handler)
    for n in range(50):
        backfill.put(f"backfill {n}")
    async with consuming_many(sources, settings=SETTINGS):
        await until(lambda: len(backfill.in_flight) > 4)
        for n in range(4):
            live.put(f"live {n}")
        already = len(handler.began)
        await until(lambda: len(handler.began) >= already + 4, within_s=30)
        assert {body.split()[0] for body in handler.began[already : already + 4]} == {"live"}


async def test_backfill_gets_what_live_leaves() -> None:
    handler = Recorder(taking(1))
    live, backfill, sources = lanes(handler)
    for n in range(60):
        backfill.put(f"backfill {n}")

    async def trickle() -> None:
        for n in range(10):
            live.put(f"live {n}")
            await asyncio.sleep(1)

    async with consuming_many(sources, settings=SETTINGS):
        await trickle()
        await until(lambda: live.ids == [] and backfill.ids == [], within_s=30)
    assert handler.most_at_once == 4


async def test_both_share_one_bound() -> None:
    handler = Recorder(taking(1))
    live, backfill, sources = lanes(handler)
    for n in range(40):
        live.put(f"live {n}")
        backfill.put(f"backfill {n}")
    async with consuming_many(sources, settings=SETTINGS):
        await until(lambda: live.ids == [] and backfill.ids == [], within_s=60)
    assert (handler.most_at_once, len(handler.ended)) == (4, 80)


async def test_equals_are_served_in_order_of_arrival() -> None:
    handler = Recorder(taking(1))
    first, second = FakeQueue(name="first"), FakeQueue(name="second")
    for n in range(40):
        first.put(f"first {n}")
        second.put(f"second {n}")
    sources = [Source(queue=queue, handle=handler, identify=unknown) for queue in (first, second)]
    async with consuming_many(sources, settings=SETTINGS):
        await until(lambda: len(handler.began) >= 40, within_s=60)
        counts = [sum(body.startswith(name) for body in handler.began[:40]) for name in ("first", "second")]
        assert min(counts) >= 10


async def test_everything_in_hand_goes_back_to_its_own_queue() -> None:
    handler = Recorder(taking(10_000))
    live, backfill, sources = lanes(handler)
    for n in range(5):
        live.put(f"live {n}")
        backfill.put(f"backfill {n}")
    async with consuming_many(sources, settings=SETTINGS) as running:
        await until(lambda: len(handler.began) == 4 and len(live.in_flight) + len(backfill.in_flight) == 10)
        await running.stopped()
    assert (len(live.visible), len(backfill.visible)) == (5, 5)


async def test_a_failing_backfill_waits_its_turn_even_to_probe() -> None:
    live, backfill = FakeQueue(name="live"), FakeQueue(name="backfill")

    async def fail(message: Message) -> None:
        raise Transient("down")

    slow = Recorder(taking(200))
    for n in range(5):
        backfill.put(str(n))
    sources = [
        Source(queue=live, handle=slow, identify=unknown, priority=0),
        Source(queue=backfill, handle=fail, identify=unknown, priority=1),
    ]
    settings = ConsumerSettings(concurrency=20, breaker_failures=5, breaker_pause_s=10)
    async with consuming_many(sources, settings=settings, roll=1.0) as running:
        await until(lambda: backfill.calls["receive"] > 0)
        await asyncio.sleep(6)
        for n in range(100):
            live.put(str(n))
        await asyncio.sleep(60)
        assert 1 not in backfill.limits
        running.task.cancel()
        assert isinstance(await running.ended(), asyncio.CancelledError)
