"""The queues, outboxes, topics and quarantines that the contracts are held against, each new and empty."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

import msgspec
import pytest

from shared.aws.quarantine import S3QuarantineStore
from shared.aws.sns import SnsTopic
from shared.aws.sqs import SqsOutbox, SqsQueue, string_attributes
from shared.consumer.ports import Outbox, QuarantineStore, Queue, Topic
from shared.contracts.cloudevents import CloudEvent
from shared.ledger.entries import Quarantined
from tests.contract.clients import Clients
from tests.fakes.ledger import MemoryLedger
from tests.fakes.queues import FakeOutbox, FakeQuarantine, FakeQueue, FakeTopic

NOW = datetime(2026, 11, 21, 8, tzinfo=UTC)
MAX_RECEIVE_COUNT = 2
TRACE_HEADER = "Root=1-0af76519-16cd43dd8448eb211c80319c;Parent=b7ad6b7169203331;Sampled=1"


class Note(msgspec.Struct, frozen=True):
    text: str


def event(text: str = "hello") -> CloudEvent[Note]:
    return CloudEvent(id=text[:20], source="/t", type="gavel.test.v1", subject="m1", time=NOW, data=Note(text))


class Put(Protocol):
    def __call__(self, body: str, *, group: str = ..., attributes: Mapping[str, str] = ...) -> Awaitable[None]: ...


@dataclass
class Channel:
    """A queue and its dead letters; `put` sends as a foreign producer would, with X-Ray's header. `in_flight` is how
    many messages somebody has received who may still settle them."""

    queue: Queue
    dead_letters: Queue
    put: Put
    in_flight: Callable[[], Awaitable[int]]


def fake_channel() -> Channel:
    dead = FakeQueue(name="dead")
    queue = FakeQueue(max_receive_count=MAX_RECEIVE_COUNT, dead_letters=dead)

    async def put(body: str, *, group: str = "", attributes: Mapping[str, str] | None = None) -> None:
        queue.put(body, group=group or None, attributes={**(attributes or {}), "AWSTraceHeader": TRACE_HEADER})

    async def in_flight() -> int:
        return len(queue.in_flight)

    return Channel(queue=queue, dead_letters=dead, put=put, in_flight=in_flight)


@dataclass
class Aws:
    """Opened clients, and queues made with them."""

    clients: dict[str, Any]
    unique: Callable[[str], str]

    async def queue(self, **attributes: str) -> str:
        created = await self.clients["sqs"].create_queue(QueueName=self.unique("queue"), Attributes=attributes)
        return str(created["QueueUrl"])

    async def arn(self, url: str) -> str:
        got = await self.clients["sqs"].get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
        return str(got["Attributes"]["QueueArn"])

    async def in_flight(self, url: str) -> int:
        name = "ApproximateNumberOfMessagesNotVisible"
        got = await self.clients["sqs"].get_queue_attributes(QueueUrl=url, AttributeNames=[name])
        return int(got["Attributes"][name])


@pytest.fixture
async def aws_side(clients: Clients, unique: Callable[[str], str]) -> AsyncIterator[Aws]:
    async with clients("sqs", "sns", "s3") as opened:
        yield Aws(opened, unique)


@pytest.fixture
async def sqs_channel(aws_side: Aws) -> Channel:
    sqs, dead = aws_side.clients["sqs"], await aws_side.queue()
    redrive = {"deadLetterTargetArn": await aws_side.arn(dead), "maxReceiveCount": str(MAX_RECEIVE_COUNT)}
    url = await aws_side.queue(RedrivePolicy=msgspec.json.encode(redrive).decode())

    async def put(body: str, *, group: str = "", attributes: Mapping[str, str] | None = None) -> None:
        await sqs.send_message(
            QueueUrl=url,
            MessageBody=body,
            MessageAttributes=string_attributes(attributes or {}),
            MessageSystemAttributes=string_attributes({"AWSTraceHeader": TRACE_HEADER}),
            **({"MessageGroupId": group} if group else {}),
        )

    return Channel(
        queue=SqsQueue(sqs, url),
        dead_letters=SqsQueue(sqs, dead),
        put=put,
        in_flight=lambda: aws_side.in_flight(url),
    )


@pytest.fixture
async def sqs_outbox(aws_side: Aws) -> tuple[Outbox, Queue]:
    sqs, url = aws_side.clients["sqs"], await aws_side.queue()
    return SqsOutbox(sqs, url), SqsQueue(sqs, url)


def fake_outbox() -> tuple[Outbox, Queue]:
    queue = FakeQueue()
    return FakeOutbox(queue=queue), queue


@pytest.fixture
async def sns_topic(aws_side: Aws) -> tuple[Topic, Queue]:
    sns, url = aws_side.clients["sns"], await aws_side.queue()
    arn = (await sns.create_topic(Name=aws_side.unique("topic")))["TopicArn"]
    await sns.subscribe(
        TopicArn=arn,
        Protocol="sqs",
        Endpoint=await aws_side.arn(url),
        Attributes={"RawMessageDelivery": "true", "FilterPolicy": '{"verdict": ["reject"]}'},
    )
    return SnsTopic(sns, arn), SqsQueue(aws_side.clients["sqs"], url)


def fake_topic() -> tuple[Topic, Queue]:
    queue = FakeQueue()
    return FakeTopic(queue=queue), queue


Filed = tuple[str, str, str | None, str]
"""Message id, code, media id, body."""


@dataclass
class Kept:
    """A quarantine, and how to read what it keeps."""

    store: QuarantineStore
    read: Callable[[], Awaitable[list[Filed]]]


def fake_kept() -> Kept:
    store = FakeQuarantine()

    async def read() -> list[Filed]:
        return [(one.message.id, one.code, one.media_id, one.message.body) for one in store.filed]

    return Kept(store=store, read=read)


@pytest.fixture
async def s3_kept(aws_side: Aws) -> Kept:
    s3, bucket, ledger = aws_side.clients["s3"], aws_side.unique("evidence"), MemoryLedger()
    await s3.create_bucket(Bucket=bucket)

    async def read() -> list[Filed]:
        found = []
        for entry in (entry for item in ledger.items.values() for entry in item.entries.values()):
            assert isinstance(entry, Quarantined)
            answer = await s3.get_object(Bucket=bucket, Key=entry.body_uri.removeprefix(f"s3://{bucket}/"))
            document = msgspec.json.decode(await answer["Body"].read())
            found.append((document["message_id"], entry.code, entry.media_id, document["body"]))
        return found

    return Kept(store=S3QuarantineStore(s3, bucket, ledger, clock=lambda: NOW), read=read)


@pytest.fixture(params=["fake", "sqs"])
def channel(request: pytest.FixtureRequest) -> Channel:
    found: Channel = fake_channel() if request.param == "fake" else request.getfixturevalue("sqs_channel")
    return found


@pytest.fixture(params=["fake", "sqs"])
def outbox(request: pytest.FixtureRequest) -> tuple[Outbox, Queue]:
    """An outbox, and the queue where what it sends arrives."""
    found: tuple[Outbox, Queue] = fake_outbox() if request.param == "fake" else request.getfixturevalue("sqs_outbox")
    return found


@pytest.fixture(params=["fake", "sns"])
def topic(request: pytest.FixtureRequest) -> tuple[Topic, Queue]:
    """A topic, and a queue that takes its rejections, by filter policy and raw."""
    found: tuple[Topic, Queue] = fake_topic() if request.param == "fake" else request.getfixturevalue("sns_topic")
    return found


@pytest.fixture(params=["fake", "s3"])
def kept(request: pytest.FixtureRequest) -> Kept:
    found: Kept = fake_kept() if request.param == "fake" else request.getfixturevalue("s3_kept")
    return found
