"""One worker, a process: `python -m tests.bench.quota.worker <strategy> <file>`. It always has work in both lanes.

It says when it is ready and begins when it is told to, a line each: a task on AWS shares no core with the others while
it starts. Each call is a line of the file, written at once, so that one that is killed has told everything: time,
region, lane and what became of the call. SIGUSR1 takes its live work away; SIGTERM ends it.
"""

import asyncio
import math
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, TextIO

from aiobotocore.config import AioConfig
from aiobotocore.session import get_session

from shared.aws.clients import open_clients
from shared.aws.errors import translated
from shared.aws.membership import DynamoMembership
from shared.contracts.words import Lane
from shared.errors import Transient
from shared.limiter import RateLimiter
from shared.pacing import HEADROOM
from tests.bench.place import REGION
from tests.bench.quota.cases import CASES, MOST_WORKERS, TABLE, Case, Strategy
from tests.fakes.dataset import picture

TRIES = 8
"""As often as a message is received before it is given up."""
PICTURE = picture(1)
OVERTAKEN_S = 0.05
"""A live request that has waited so long was there when a backfill one was let through; one that came since was not."""
Turns = Callable[[Lane], Any]
"""Entered when there is room for one request of a lane."""


class Worker:
    def __init__(self, case: Case, client: Any, turns: Turns, log: TextIO) -> None:
        self._case = case
        self._client = client
        self._turns = turns
        self._log = log
        self.has_live = True
        self._live_since_s: dict[int, float] = {}

    async def work(self, lane: Lane) -> None:
        while lane is Lane.BACKFILL or self.has_live:
            await self._item(lane)

    async def _item(self, lane: Lane) -> None:
        for _ in range(TRIES):
            try:
                async with self._turn(lane):
                    await self._call()
            except Transient as error:
                self._tell(lane, error.code)
                continue
            self._tell(lane, "served")
            return
        self._tell(lane, "given-up")

    @asynccontextmanager
    async def _turn(self, lane: Lane) -> AsyncIterator[None]:
        asked_s, asker = time.monotonic(), id(asyncio.current_task())
        if lane is Lane.LIVE:
            self._live_since_s[asker] = asked_s
        async with self._turns(lane):
            self._live_since_s.pop(asker, None)
            since_s = min(self._live_since_s.values(), default=math.inf)
            if lane is Lane.BACKFILL and time.monotonic() - since_s > OVERTAKEN_S:
                self._tell(lane, "before-live")
            yield

    async def _call(self) -> None:
        with translated("rekognition"):
            await self._client.detect_moderation_labels(Image={"Bytes": PICTURE})

    def _tell(self, lane: Lane, what: str) -> None:
        self._log.write(f"{time.time():.4f} {self._case.region} {lane.value} {what}\n")


class FixedShare:
    """One request each so often, whoever else there is."""

    def __init__(self, per_s: float) -> None:
        self._every_s = 1 / per_s
        self._next_s = 0.0

    @asynccontextmanager
    async def turn(self, lane: Lane) -> AsyncIterator[None]:
        now_s = asyncio.get_running_loop().time()
        self._next_s = max(now_s, self._next_s + self._every_s)
        await asyncio.sleep(self._next_s - now_s)
        yield


@asynccontextmanager
async def free(lane: Lane) -> AsyncIterator[None]:
    yield


@asynccontextmanager
async def worker(strategy: Strategy, case: Case, members: Any, log: TextIO) -> AsyncIterator[Worker]:
    async with AsyncExitStack() as stack:
        if strategy is Strategy.ADAPTIVE:
            config = AioConfig(retries={"mode": "adaptive", "total_max_attempts": TRIES}, max_pool_connections=64)
            client = await stack.enter_async_context(
                get_session().create_client("rekognition", region_name=case.region, config=config)
            )
            yield Worker(case, client, free, log)
            return
        clients = await stack.enter_async_context(open_clients("rekognition", region=case.region, retries=0))
        if strategy is Strategy.FIXED:
            fixed = FixedShare(HEADROOM * case.quota_per_s / MOST_WORKERS)
            yield Worker(case, clients["rekognition"], fixed.turn, log)
            return
        limiter = RateLimiter(
            case.quota_per_s,
            member=f"{os.getpid()}",
            membership=DynamoMembership(members, TABLE, case.region),
        )
        await stack.enter_async_context(limiter)
        yield Worker(case, clients["rekognition"], limiter.turn, log)


async def run(strategy: Strategy, log: TextIO) -> None:
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    async with AsyncExitStack() as stack:
        clients = await stack.enter_async_context(open_clients("dynamodb", region=REGION))
        workers = [await stack.enter_async_context(worker(strategy, case, clients["dynamodb"], log)) for case in CASES]

        def take_live_away() -> None:
            for one in workers:
                one.has_live = False

        loop.add_signal_handler(signal.SIGUSR1, take_live_away)
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        await asyncio.to_thread(sys.stdin.readline)
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(one.work(lane))
                for one, case in zip(workers, CASES, strict=True)
                for lane in (Lane.LIVE, Lane.BACKFILL)
                for _ in range(case.in_flight)
            ]
            await stop.wait()
            for task in tasks:
                task.cancel()


def main() -> None:
    with Path(sys.argv[2]).open("w", buffering=1) as log:
        asyncio.run(run(Strategy(sys.argv[1]), log))


if __name__ == "__main__":
    main()
