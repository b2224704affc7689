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
from shared.contracts.messages import MediaRef
from shared.contracts.words import Status
from shared.ledger.record import Record
from tests.bench.processes import Usage, usage
from tests.e2e.pictures import unique_jpeg
from tests.e2e.pipeline import Pipeline, Verdicts
from tests.e2e.silent import SILENT_BUCKET, make_silent_bucket, with_silent_bucket

PATIENCE_S = 300
SIDE_BY_SIDE = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Burst:
    """So many events at once. `seconds` are from the first one's send to the last verdict, `requests` what came to the
    emulator meanwhile, our own looks apart; usage is by service, before and after."""

    items: int
    seconds: float
    records: Sequence[Record]
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
        self._looks = 0

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

    async def done(self, media: Sequence[MediaRef], *, look_s: float = 0.1) -> list[Record]:
        """The records, as soon as every item has its verdict."""
        items = [self.pipeline.id_of(one) for one in media]
        deadline = time.monotonic() + PATIENCE_S
        records: dict[str, Record] = {}
        # From the end: what came last is done last, or nearly.
        for item in reversed(items):
            while item not in records:
                record = await self.pipeline.record(item)
                self._looks += 1
                if record is not None and record.summary.status is Status.DONE:
                    records[item] = record
                elif time.monotonic() > deadline:
                    raise RuntimeError(f"{len(items) - len(records)} of {len(items)} have no verdict yet")
                else:
                    await asyncio.sleep(look_s)
        return [records[item] for item in items]

    async def burst(self, number: int) -> Burst:
        media = await self.upload(number)
        before = await self.usage()
        await self.pipeline.control("requests", method="DELETE")
        await self.tell(media)
        self._looks = 0
        records = await self.done(media, look_s=0.5)
        requests = Counter[str](await self.pipeline.control("requests"))
        requests["dynamodb.Query"] -= self._looks
        after = await self.usage()
        # Read out of the ledger, since looking takes time of its own.
        began = min(record.summary.received_at for record in records)
        ended = max(record.summary.updated_at for record in records)
        return Burst(
            items=number,
            seconds=(ended - began).total_seconds(),
            records=records,
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
    return local_stack(folder, settings={"sweep_interval_s": 300, **with_silent_bucket(), **settings})


def prepare(stack: LocalStack) -> None:
    point_to_local(stack.state)
    make_silent_bucket(stack)
