"""An AWS account with a quota and a fleet of workers that always have work, in virtual time."""

import asyncio
import math
import random
from collections.abc import Collection, Coroutine, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import partial
from typing import Any, TypeVar

from shared.contracts.words import Lane
from shared.errors import Transient
from shared.limiter import RateLimiter
from shared.membership import Beat
from tests.fakes.membership import MemoryMembership
from tests.fakes.virtual_time import VirtualTimeLoop

IN_FLIGHT = 32
"""Requests that one worker has waiting or on their way."""
BEAT_TAKES_S = (0.003, 0.05)

BEGINNING = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
T = TypeVar("T")


def run_virtual(main: Coroutine[Any, Any, T]) -> T:
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(main)


def virtual_now(*, skew_s: float = 0.0) -> datetime:
    """The time of day on a machine whose clock is off by `skew_s`."""
    return BEGINNING + timedelta(seconds=now_s() + skew_s)


class Kind(StrEnum):
    BUCKET = "bucket"
    WINDOW = "window"


def now_s() -> float:
    return asyncio.get_running_loop().time()


@dataclass
class Account:
    """Counts as AWS may: a bucket of one second's worth, or a fixed window of one second."""

    quota_per_s: float
    kind: Kind
    served_at_s: list[float] = field(default_factory=list)
    throttled_at_s: list[float] = field(default_factory=list)
    _room: float = math.inf
    _counted_at_s: float = 0.0

    async def request(self, jitter: random.Random) -> None:
        await asyncio.sleep(jitter.uniform(0.002, 0.010))
        taken = self._take()
        await asyncio.sleep(jitter.uniform(0.020, 0.200))
        if not taken:
            raise Transient("rekognition-throttled")

    def served(self, since_s: float, until_s: float) -> float:
        """The part of the quota that was used."""
        return between(self.served_at_s, since_s, until_s) / (self.quota_per_s * (until_s - since_s))

    def throttled(self, since_s: float, until_s: float) -> float:
        """The part of the requests that was throttled."""
        refused = between(self.throttled_at_s, since_s, until_s)
        return refused / max(1, refused + between(self.served_at_s, since_s, until_s))

    def _take(self) -> bool:
        now = now_s()
        if self.kind is Kind.BUCKET:
            self._room = min(self.quota_per_s, self._room + (now - self._counted_at_s) * self.quota_per_s)
        elif math.floor(now) != math.floor(self._counted_at_s):
            self._room = self.quota_per_s
        self._room = min(self.quota_per_s, self._room)
        self._counted_at_s = now
        taken = self._room >= 1
        self._room -= taken
        (self.served_at_s if taken else self.throttled_at_s).append(now)
        return taken


class Line:
    """One worker's way to the membership; cut when the worker is killed."""

    def __init__(self, membership: MemoryMembership, jitter: random.Random) -> None:
        self.is_cut = False
        self._jitter = jitter
        self._membership = membership

    async def beat(self, member: str, beat: Beat, *, forget: Collection[str] = ()) -> Mapping[str, Beat]:
        if self.is_cut:
            raise Transient("ledger-unreachable")
        await asyncio.sleep(self._jitter.uniform(*BEAT_TAKES_S))
        return await self._membership.beat(member, beat, forget=forget)


@dataclass
class Worker:
    limiter: RateLimiter
    line: Line
    lane: Lane
    served_at_s: list[float] = field(default_factory=list)
    task: asyncio.Task[None] | None = None


@dataclass
class Fleet:
    """Workers on one account. `skew_s` is how far their clocks are off at the most."""

    account: Account
    assumed_quota_per_s: float
    seed: int = 0
    skew_s: float = 0.002
    membership: MemoryMembership = field(default_factory=MemoryMembership)
    workers: list[Worker] = field(default_factory=list)

    def start(self, workers: int = 1) -> None:
        for _ in range(workers):
            number = len(self.workers)
            jitter = random.Random(f"{self.seed}-{number}")  # noqa: S311  no secret hangs on it
            line = Line(self.membership, jitter)
            clock = partial(virtual_now, skew_s=jitter.uniform(-self.skew_s, self.skew_s))
            limiter = RateLimiter(self.assumed_quota_per_s, member=f"worker-{number}", membership=line, clock=clock)
            worker = Worker(limiter=limiter, line=line, lane=Lane.LIVE)
            worker.task = asyncio.create_task(self._work(worker, jitter))
            self.workers.append(worker)

    async def stop(self, number: int) -> None:
        """As SIGTERM does."""
        worker = self.workers[number]
        assert worker.task is not None
        worker.task.cancel()
        with suppress(asyncio.CancelledError):
            await worker.task

    async def kill(self, number: int) -> None:
        """As SIGKILL does: the worker takes leave of nobody."""
        self.workers[number].line.is_cut = True
        await self.stop(number)

    async def end(self) -> None:
        for number in range(len(self.workers)):
            await self.stop(number)

    async def _work(self, worker: Worker, jitter: random.Random) -> None:
        async with worker.limiter, asyncio.TaskGroup() as group:
            for _ in range(IN_FLIGHT):
                group.create_task(self._keep_asking(worker, jitter))

    async def _keep_asking(self, worker: Worker, jitter: random.Random) -> None:
        while True:
            with suppress(Transient):
                async with worker.limiter.turn(worker.lane):
                    await self.account.request(jitter)
                worker.served_at_s.append(now_s())


def between(moments_s: list[float], since_s: float, until_s: float) -> int:
    return sum(since_s <= moment < until_s for moment in moments_s)
