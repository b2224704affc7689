"""dramatiq-sqs as its documentation has it: https://pypi.org/project/dramatiq-sqs/

With its own choice of middleware, less the Prometheus server.
"""

import os
import sys

import dramatiq
from dramatiq.middleware import AgeLimit, Callbacks, Pipelines, Retries, TimeLimit
from dramatiq_sqs import SQSBroker

from tests.bench.peers.tally import Tally

broker = SQSBroker(
    middleware=[AgeLimit(), TimeLimit(), Callbacks(), Pipelines(), Retries()],
    endpoint_url=os.environ["AWS_ENDPOINT_URL"],
    region_name=os.environ["AWS_REGION"],
)
dramatiq.set_broker(broker)
tally = Tally()


def handle(body: str) -> None:
    tally.count()


actor = dramatiq.actor(handle, queue_name=os.environ["GAVEL_BENCH_QUEUE"])

if __name__ == "__main__":
    for _ in range(int(os.environ["GAVEL_BENCH_MESSAGES"])):
        actor.send(sys.argv[1])
