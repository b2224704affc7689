"""celery[sqs] as its documentation has it: https://docs.celeryq.dev/en/stable/getting-started/backends-and-brokers/sqs.html

No results are kept, and a receive brings as many messages as SQS gives at once.
"""

import os
import sys

from celery import Celery

from tests.bench.peers.tally import Tally

QUEUE = os.environ["GAVEL_BENCH_QUEUE"]
ENDPOINT = os.environ["AWS_ENDPOINT_URL"]

app = Celery("bench", broker=f"sqs://test:test@{ENDPOINT.removeprefix('http://')}//")
app.conf.update(
    task_default_queue=QUEUE,
    task_ignore_result=True,
    worker_prefetch_multiplier=10,
    broker_transport_options={
        "region": os.environ["AWS_REGION"],
        "is_secure": False,
        "wait_time_seconds": 5,
        "polling_interval": 0,
        "predefined_queues": {
            QUEUE: {"url": os.environ["GAVEL_BENCH_QUEUE_URL"], "access_key_id": "test", "secret_access_key": "test"}
        },
    },
)
tally = Tally()


def handle(body: str) -> None:
    tally.count()


task = app.task(handle, name="handle")

if __name__ == "__main__":
    for _ in range(int(os.environ["GAVEL_BENCH_MESSAGES"])):
        task.delay(sys.argv[1])
