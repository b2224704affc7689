"""taskiq-aio-sqs as its documentation has it: https://pypi.org/project/taskiq-aio-sqs/

Ten messages to a receive instead of its default of one, and sends in batches, which it only does when told to.
"""

import asyncio
import os
import sys

from taskiq_aio_sqs import SQSBroker

from tests.bench.peers.tally import Tally

AT_ONCE = 64
BATCHES_WAIT_S = 0.1
IS_FILLING = __name__ == "__main__"

broker = SQSBroker(
    os.environ["GAVEL_BENCH_QUEUE"],
    endpoint_url=os.environ["AWS_ENDPOINT_URL"],
    region_name=os.environ["AWS_REGION"],
    aws_access_key_id="test",
    aws_secret_access_key="test",  # noqa: S106  the emulator checks no signature
    wait_time_seconds=5,
    max_number_of_messages=10,
    enable_batching=IS_FILLING,
    batch_timeout=BATCHES_WAIT_S,
)
tally = Tally()


async def handle(body: str) -> None:
    tally.count()


task = broker.register_task(handle, task_name="handle")


async def fill(messages: int, body: str) -> None:
    await broker.startup()
    for first in range(0, messages, AT_ONCE):
        await asyncio.gather(*(task.kiq(body) for _ in range(min(AT_ONCE, messages - first))))
    await asyncio.sleep(10 * BATCHES_WAIT_S)
    os._exit(0)  # 2.1.1 shuts down by waiting for its sender of batches, which goes on


if IS_FILLING:
    asyncio.run(fill(int(os.environ["GAVEL_BENCH_MESSAGES"]), sys.argv[1]))
