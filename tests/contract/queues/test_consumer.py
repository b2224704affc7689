"""The consumer on SQS itself: what its unit tests prove on the fake, where time and the network are real."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from shared.aws.sqs import SqsOutbox, SqsQueue
from shared.consumer.consume import consume
from shared.consumer.identify import unknown
from shared.consumer.ports import Handler, Message
from shared.consumer.settings import ConsumerSettings
from shared.errors import Deferred, Permanent, Transient
from tests.conftest import PATIENCE_S
from tests.contract.queues.conftest import Aws, event
from tests.fakes.queues import FakeQuarantine

SETTINGS = ConsumerSettings(concurrency=8, linger_s=0.2, backoff_base_s=1, stop_timeout_s=10, stop_margin_s=2)


@asynccontextmanager
async def consuming(
    queue: SqsQueue, handle: Handler, quarantine: FakeQuarantine | None = None
) -> AsyncIterator[asyncio.Event]:
    stop = asyncio.Event()
    task = asyncio.ensure_future(
        consume(
            queue,
            handle,
            identify=unknown,
            quarantine=quarantine or FakeQuarantine(),
            settings=SETTINGS,
            stop=stop,
        )
    )
    yield stop
    stop.set()
    await task


async def until(holds: Callable[[], bool], within_s: float = PATIENCE_S) -> None:
    deadline = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.02)


async def test_a_backlog_is_handled_and_gone(aws_side: Aws) -> None:
    url = await aws_side.queue()
    outbox, queue = SqsOutbox(aws_side.clients["sqs"], url), SqsQueue(aws_side.clients["sqs"], url)
    await asyncio.gather(*(outbox.send(event(str(n)), group="t") for n in range(100)))
    bodies: list[str] = []

    async def handle(message: Message) -> None:
        bodies.append(message.body)

    async with consuming(queue, handle):
        await until(lambda: len(bodies) == 100)
    assert len(set(bodies)) == 100
    assert await aws_side.in_flight(url) == 0
    assert not await queue.receive(limit=1, wait_s=0, visibility_s=1)


async def test_every_way_of_ending_ends_where_it_should(aws_side: Aws) -> None:
    url = await aws_side.queue()
    outbox, queue = SqsOutbox(aws_side.clients["sqs"], url), SqsQueue(aws_side.clients["sqs"], url)
    quarantine, tries = FakeQuarantine(), dict[str, int]()

    async def handle(message: Message) -> None:
        word = next(word for word in ("transient", "deferred", "permanent", "defect", "fine") if word in message.body)
        tries[word] = tries.get(word, 0) + 1
        if word == "permanent":
            raise Permanent("bad")
        if tries[word] == 1:
            match word:
                case "transient":
                    raise Transient("busy")
                case "deferred":
                    raise Deferred("quota-full", delay_s=1)
                case "defect":
                    raise ValueError("a bug")

    for word in ("transient", "deferred", "permanent", "defect", "fine"):
        await outbox.send(event(word), group="t")
    async with consuming(queue, handle, quarantine):
        await until(lambda: tries == {"transient": 2, "deferred": 2, "permanent": 1, "defect": 2, "fine": 1})
    assert [one.code for one in quarantine.filed] == ["bad"]
    assert await aws_side.in_flight(url) == 0
    assert not await queue.receive(limit=1, wait_s=0, visibility_s=1)


async def test_nothing_stays_in_flight_after_a_stop(aws_side: Aws) -> None:
    url = await aws_side.queue()
    outbox, queue = SqsOutbox(aws_side.clients["sqs"], url), SqsQueue(aws_side.clients["sqs"], url)
    await asyncio.gather(*(outbox.send(event(str(n)), group="t") for n in range(60)))
    began, ended = 0, 0

    async def handle(message: Message) -> None:
        nonlocal began, ended
        began += 1
        await stop.wait()
        ended += 1

    async with consuming(queue, handle) as stop:
        await until(lambda: began >= 8)
    assert ended == began
    assert await aws_side.in_flight(url) == 0
    left = 0
    while found := await queue.receive(limit=10, wait_s=1, visibility_s=60):
        left += len(found)
    assert left == 60 - ended
