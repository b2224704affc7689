"""The deployed pipeline, driven: media that wait for their event, events by the ten, and when all of them are done."""

import asyncio
import time
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cli.connection import connect, point_to_local
from cli.local import LocalStack, local_stack
from shared.clock import utc_now
from shared.contracts.messages import MediaRef
from shared.contracts.words import Status
from shared.ledger.entries import Summary
from tests.bench.processes import Usage, usage
from tests.e2e.pictures import unique_jpeg
from tests.e2e.pipeline import Pipeline, Verdicts
from tests.e2e.silent import SILENT_BUCKET, add_silent_bucket

PATIENCE_S = 300
SIDE_BY_SIDE = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Burst:
    """So many events at once. `seconds` are from the first one's send to the last verdict, `requests` what came to the
    emulator meanwhile; usage is by service, before and after."""

    items: int
    seconds: float
    requests: Mapping[str, int]
    before: Mapping[str, Usage]
    after: Mapping[str, Usage]

    @property
    def per_s(self) -> float:
        return self.items / self.seconds

    @property
    def cpu_s(self) -> dict[str, float]:
        return {name: self.after[name].cpu_s - self.before[name].cpu_s for name in self.after if name in self.before}


class Driver:
    def __init__(self, pipeline: Pipeline) -> None:
        self.pipeline = pipeline
        self.looks = 0
        """Requests of our own, which nobody is to count."""

    async def upload(self, number: int, *, labels: str = "") -> list[MediaRef]:
        """Media of which nobody is told yet."""
        places = asyncio.Semaphore(SIDE_BY_SIDE)

        async def one() -> MediaRef:
            async with places:
                return await self.pipeline.upload(unique_jpeg(), bucket=SILENT_BUCKET, labels=labels)

        return list(await asyncio.gather(*(one() for _ in range(number))))

    async def tell(self, media: Sequence[MediaRef]) -> None:
        url = self.pipeline.connection.outputs.queues["media-events"]
        entries = [
            {"Id": uuid.uuid4().hex, "MessageBody": self.pipeline.event(one), "MessageGroupId": "bench"}
            for one in media
        ]
        for first in range(0, len(entries), 10):
            answer = await self.pipeline.connection.sqs.send_message_batch(
                QueueUrl=url, Entries=entries[first : first + 10]
            )
            assert not answer.get("Failed"), answer

    async def done(self, media: Sequence[MediaRef]) -> list[Summary]:
        """What the ledger says of them, in their order, as soon as every one has its verdict."""
        items = [self.pipeline.id_of(one) for one in media]
        deadline = time.monotonic() + PATIENCE_S
        # What came last is done last, or nearly. Each look costs the emulator a good deal where there are many items.
        await self._until_done(items[-1], deadline, look_s=0.1 if len(items) == 1 else 1.0)
        while True:
            found = {
                one.media_id: one
                async for one in self.pipeline.connection.ledger.by_status(Status.DONE, since=utc_now())
            }
            if found.keys() >= set(items):
                return [found[item] for item in items]
            if time.monotonic() > deadline:
                raise RuntimeError(f"{len(set(items) - found.keys())} of {len(items)} have no verdict yet")
            await asyncio.sleep(1)

    async def _until_done(self, item: str, deadline: float, *, look_s: float) -> None:
        while True:
            record = await self.pipeline.record(item)
            self.looks += 1
            if record is not None and record.summary.status is Status.DONE:
                return
            if time.monotonic() > deadline:
                raise RuntimeError("the last item has no verdict yet")
            await asyncio.sleep(look_s)

    async def burst(self, number: int) -> Burst:
        media = await self.upload(number)
        before = await self.usage()
        await self.pipeline.control("requests", method="DELETE")
        await self.tell(media)
        self.looks = 0
        await self._until_done(self.pipeline.id_of(media[-1]), time.monotonic() + PATIENCE_S, look_s=1)
        requests = Counter[str](await self.pipeline.control("requests"))
        requests["dynamodb.Query"] -= self.looks
        summaries = await self.done(media)
        after = await self.usage()
        # By the ledger's own times, since looking takes time of its own.
        began = min(summary.received_at for summary in summaries)
        ended = max(summary.updated_at for summary in summaries)
        return Burst(
            items=number,
            seconds=(ended - began).total_seconds(),
            requests=requests,
            before=before,
            after=after,
        )

    async def usage(self) -> dict[str, Usage]:
        tasks = await self.pipeline.control("tasks")
        return {task["service"]: usage(task["pid"]) for task in tasks if task["status"] == "RUNNING"}


@asynccontextmanager
async def driven(stack: LocalStack) -> AsyncIterator[Driver]:
    async with connect("local") as connection:
        yield Driver(Pipeline(stack=stack, connection=connection, verdicts=Verdicts()))


def deployed(folder: Path, **settings: Any) -> Any:
    """A local stack, with sweeps as rare as in production."""
    return local_stack(folder, settings={"sweep_interval_s": 300, **settings})


def prepare(stack: LocalStack) -> None:
    point_to_local(stack.state)
    add_silent_bucket(stack)
