"""Where the consumer's benches happen: an emulator of their own, queues in it, and what is asked of it."""

import os
import tempfile
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import boto3

from shared.telemetry.carrier import TRACEPARENT
from tests.emulator import CHECKOUT, Emulator, running_emulator

REGION = "us-east-1"
EXAMPLE = CHECKOUT / "shared/contracts/examples/gavel.moderation.requested.v1/original.json"
CONSUMING = (
    "sqs.ReceiveMessage",
    "sqs.DeleteMessage",
    "sqs.DeleteMessageBatch",
    "sqs.ChangeMessageVisibility",
    "sqs.ChangeMessageVisibilityBatch",
)
PRODUCING = ("sqs.SendMessage", "sqs.SendMessageBatch")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    emulator: Emulator
    folder: Path
    sqs: Any

    def queue(self) -> str:
        """The URL of a new queue."""
        return str(self.sqs.create_queue(QueueName=f"bench-{uuid4().hex[:12]}")["QueueUrl"])

    def fill(self, url: str, messages: int, *, sampled: float = 0.0) -> None:
        """Real events, of which this share (0-1) belongs to a sampled trace."""
        body, every = EXAMPLE.read_text(), round(1 / sampled) if sampled else 0

        def send(first: int) -> None:
            numbers = range(first, min(first + 10, messages))
            entries = [_entry(number, body, is_sampled=bool(every) and number % every == 0) for number in numbers]
            failed = self.sqs.send_message_batch(QueueUrl=url, Entries=entries).get("Failed")
            assert not failed, failed

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(send, range(0, messages, 10)))

    def left(self, url: str) -> int:
        """Messages that are waiting or in somebody's hands."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        answer = self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)
        return sum(int(answer["Attributes"][name]) for name in names)

    def drop(self, url: str) -> None:
        self.sqs.delete_queue(QueueUrl=url)

    def forget_requests(self) -> None:
        self.emulator.delete("/_gavel/requests")

    def requests(self, *names: str) -> int:
        """How many of these, `service.Operation`, were asked since they were forgotten."""
        counts: Mapping[str, int] = self.emulator.get("/_gavel/requests")
        return sum(counts.get(name, 0) for name in names)


def _entry(number: int, body: str, *, is_sampled: bool) -> dict[str, Any]:
    trace = f"00-{uuid4().hex}-{uuid4().hex[:16]}-{is_sampled:02d}"
    return {
        "Id": str(number),
        "MessageBody": body,
        "MessageGroupId": "bench",
        "MessageAttributes": {TRACEPARENT: {"DataType": "String", "StringValue": trace}},
    }


def aws_environment(endpoint: str) -> dict[str, str]:
    """What every program here is told of AWS; nothing of the machine's own settings."""
    return {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_EC2_METADATA_DISABLED": "true",
    }


@contextmanager
def open_place(environment: Mapping[str, str] | None = None) -> Iterator[Place]:
    """An emulator with this environment; this process's AWS clients are aimed at it."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with running_emulator(folder, environment=environment) as emulator:
            os.environ.update(aws_environment(emulator.endpoint))
            yield Place(emulator=emulator, folder=folder, sqs=boto3.client("sqs", region_name=REGION))
