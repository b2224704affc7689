"""A contestant: Gavel's consumer as its services run it, with a handler that does nothing, until SIGTERM."""

import asyncio
import os
import signal

from shared.aws.clients import open_clients
from shared.aws.sqs import SqsQueue
from shared.consumer.consume import consume
from shared.consumer.identify import by_subject
from shared.consumer.ports import Message
from shared.consumer.settings import ConsumerSettings
from shared.service import spare_the_collector
from shared.telemetry.setup import telemetry
from tests.bench.peers.tally import Tally

SETTINGS = ConsumerSettings(wait_s=1)
"""The services' own, save that less time goes by at the end of each run."""


class NoQuarantine:
    async def file(self, message: Message, *, code: str, detail: str, media_id: str | None) -> None:
        raise AssertionError(f"{code}: {detail}")


async def drain(tally: Tally) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)

    async def handle(message: Message) -> None:
        tally.count()

    async with open_clients("sqs", region=os.environ["AWS_REGION"]) as clients:
        queue = SqsQueue(clients["sqs"], os.environ["GAVEL_BENCH_QUEUE_URL"])
        await consume(queue, handle, identify=by_subject, quarantine=NoQuarantine(), settings=SETTINGS, stop=stop)


def main() -> None:
    ratio = os.environ.get("GAVEL_BENCH_TRACE_RATIO")
    endpoint = f"{os.environ['AWS_ENDPOINT_URL']}/_gavel/otlp" if ratio else None
    tally = Tally()
    with telemetry("bench", stack="bench", otlp_endpoint=endpoint, trace_ratio=float(ratio or 0)):
        spare_the_collector()
        asyncio.run(drain(tally))
    tally.end()


if __name__ == "__main__":
    main()
