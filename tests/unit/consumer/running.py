"""Runs a consumer on fakes, in virtual time."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from shared.consumer.consume import consume_many
from shared.consumer.identify import by_subject
from shared.consumer.line import Source
from shared.consumer.ports import Message
from shared.consumer.settings import ConsumerSettings
from tests.fakes.queues import FakeQuarantine, FakeQueue, wall_clock

SETTINGS = ConsumerSettings()
MEDIA_ID = "k3v7yq2mnb5x4c6tdhw2pzr7ae"


def event(text: str = "", *, subject: str = MEDIA_ID) -> str:
    return f'{{"specversion":"1.0","id":"1","source":"s","type":"t","subject":"{subject}","data":{{"text":"{text}"}}}}'


Step = Callable[[Message], Awaitable[None]]


@dataclass
class Recorder:
    """A handler that notes what it gets and then does what the test wants; by default nothing."""

    step: Step | None = None
    began: list[str] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0

    async def __call__(self, message: Message) -> None:
        self.began.append(message.body)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            if self.step is not None:
                await self.step(message)
        finally:
            self.at_once -= 1
        self.ended.append(message.body)


def raising(*errors: BaseException) -> Step:
    """Each message in turn ends in the next error; when they are used up, in peace."""
    waiting = list(errors)

    async def step(message: Message) -> None:
        if waiting:
            raise waiting.pop(0)

    return step


def taking(seconds: float) -> Step:
    async def step(message: Message) -> None:
        await asyncio.sleep(seconds)

    return step


@dataclass
class Running:
    stop: asyncio.Event
    task: "asyncio.Task[None]"
    quarantine: FakeQuarantine
    is_expected_to_fail: bool = False

    async def ended(self) -> BaseException | None:
        """Wait until it ends by itself; returns what it ended with."""
        self.is_expected_to_fail = True
        (error,) = await asyncio.gather(self.task, return_exceptions=True)
        return error

    async def stopped(self) -> float:
        """Tell it to stop; returns how long that took."""
        began = asyncio.get_running_loop().time()
        self.stop.set()
        await self.task
        return asyncio.get_running_loop().time() - began


@asynccontextmanager
async def consuming(
    queue: FakeQueue,
    handle: Step,
    *,
    settings: ConsumerSettings = SETTINGS,
    quarantine: FakeQuarantine | None = None,
    roll: float = 0.5,
) -> AsyncIterator[Running]:
    source = Source(queue=queue, handle=handle, identify=by_subject)
    async with consuming_many([source], settings=settings, quarantine=quarantine, roll=roll) as running:
        yield running


@asynccontextmanager
async def consuming_many(
    sources: Sequence[Source],
    *,
    settings: ConsumerSettings = SETTINGS,
    quarantine: FakeQuarantine | None = None,
    roll: float = 0.5,
) -> AsyncIterator[Running]:
    stop, quarantine = asyncio.Event(), quarantine or FakeQuarantine()
    task = asyncio.ensure_future(
        consume_many(sources, quarantine=quarantine, settings=settings, stop=stop, clock=wall_clock, roll=lambda: roll)
    )
    running = Running(stop=stop, task=task, quarantine=quarantine)
    try:
        yield running
    finally:
        stop.set()
        if not running.is_expected_to_fail:
            await task


async def until(holds: Callable[[], bool], within_s: float = 60) -> None:
    """Let time pass until something holds; fails after `within_s`."""
    async with asyncio.timeout(within_s):
        while not holds():  # noqa: ASYNC110  in virtual time, looking costs nothing
            await asyncio.sleep(0.01)
