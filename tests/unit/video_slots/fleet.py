"""Several tasks of MODERATE that share one slot account and two queues of videos, in virtual time."""

import asyncio
import random
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any, TypeVar

from services.moderate.adapters.gate import GatedQueue
from services.moderate.adapters.turnstile import Turnstile
from shared.consumer.consume import consume_many
from shared.consumer.line import Source
from shared.consumer.ports import Message
from shared.consumer.settings import ConsumerSettings
from shared.contracts.words import Lane
from tests.fakes.queues import FakeQuarantine, FakeQueue, wall_clock
from tests.fakes.slots import MemorySlotAccount
from tests.fakes.virtual_time import VirtualTimeLoop

T = TypeVar("T")


def run_virtual(main: Coroutine[Any, Any, T]) -> T:
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(main)


@dataclass
class Fleet:
    """Every message's body is its item; a job takes `job_s`, and some task or other hears of its end."""

    tasks: int = 3
    slots: int = 20
    job_s: float = 60.0
    account: MemorySlotAccount = field(default_factory=MemorySlotAccount)
    live: FakeQueue = field(default_factory=lambda: FakeQueue("live"))
    backfill: FakeQueue = field(default_factory=lambda: FakeQueue("backfill"))
    started: list[str] = field(default_factory=list)
    running: set[str] = field(default_factory=set)
    peak: int = 0
    jitter: random.Random = field(default_factory=lambda: random.Random(7))  # noqa: S311  for spread
    turnstiles: list[Turnstile] = field(default_factory=list)
    _jobs: set[asyncio.Task[None]] = field(default_factory=set)
    _moved: asyncio.Event = field(default_factory=asyncio.Event)

    async def run_until(self, started: int, *, within_s: float = 100_000) -> float:
        """Work until so many jobs have started and all have ended; returns how long it took."""
        self.turnstiles = [
            Turnstile(self.account, slots=self.slots, clock=wall_clock, patience_s=600) for _ in range(self.tasks)
        ]
        stop = asyncio.Event()
        working = [asyncio.create_task(self._work(turnstile, stop)) for turnstile in self.turnstiles]
        began_s = asyncio.get_running_loop().time()
        async with asyncio.timeout(within_s):
            while len(self.started) < started or self._jobs:
                await self._moved.wait()
                self._moved.clear()
        took_s = asyncio.get_running_loop().time() - began_s
        stop.set()
        await asyncio.gather(*working)
        return took_s

    async def _work(self, turnstile: Turnstile, stop: asyncio.Event) -> None:
        async def handle(message: Message) -> None:
            await turnstile.take(message.body, Lane(message.queue))
            await asyncio.sleep(self.jitter.uniform(0.01, 0.2))
            self._start(message.body)

        await consume_many(
            [
                Source(queue=GatedQueue(queue, turnstile, Lane(queue.name)), handle=handle, identify=lambda _: None)
                for queue in (self.live, self.backfill)
            ],
            quarantine=FakeQuarantine(),
            settings=ConsumerSettings(concurrency=self.slots, stop_timeout_s=60),
            stop=stop,
            clock=wall_clock,
            roll=self.jitter.random,
        )

    def _start(self, item: str) -> None:
        if item in self.started:
            return
        self.started.append(item)
        self.running.add(item)
        self.peak = max(self.peak, len(self.running))
        job = asyncio.create_task(self._job(item))
        self._jobs.add(job)
        job.add_done_callback(self._ended)

    def _ended(self, job: asyncio.Task[None]) -> None:
        self._jobs.discard(job)
        self._moved.set()

    async def _job(self, item: str) -> None:
        await asyncio.sleep(self.job_s * self.jitter.uniform(0.5, 1.5))
        self.running.discard(item)
        await asyncio.sleep(self.jitter.uniform(0.05, 0.5))
        await self.jitter.choice(self.turnstiles).release(item)
