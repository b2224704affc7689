"""A contestant: aiobotocore alone, ten to a receive and ten to a delete, in loops that do nothing else, until SIGTERM.

It is the most that this HTTP stack can do, not a consumer: what fails is lost from sight, nothing is extended, traced
or handed back.
"""

import asyncio
import os
import signal
from typing import Any

from aiobotocore.session import get_session

from tests.bench.peers.tally import Tally

LOOPS = 4


async def drain(tally: Tally) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with get_session().create_client("sqs", region_name=os.environ["AWS_REGION"]) as sqs:
        loops = [asyncio.create_task(_loop(sqs, os.environ["GAVEL_BENCH_QUEUE_URL"], tally)) for _ in range(LOOPS)]
        await stop.wait()
        for loop in loops:
            loop.cancel()
        await asyncio.gather(*loops, return_exceptions=True)


async def _loop(sqs: Any, url: str, tally: Tally) -> None:
    while True:
        answer = await sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=5)
        if messages := answer.get("Messages"):
            tally.count(len(messages))
            entries = [{"Id": str(at), "ReceiptHandle": one["ReceiptHandle"]} for at, one in enumerate(messages)]
            await sqs.delete_message_batch(QueueUrl=url, Entries=entries)


def main() -> None:
    tally = Tally()
    asyncio.run(drain(tally))
    tally.end()


if __name__ == "__main__":
    main()
