"""Queues on SQS: the consumer's side (`SqsQueue`) and the producers' (`SqsOutbox`)."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final, Protocol

from shared.aws.batches import GATHER_S, BatchCall, Request, Sender, in_batch
from shared.aws.errors import translated
from shared.consumer.ports import Message
from shared.consumer.settings import BATCH_LIMIT
from shared.contracts.cloudevents import CloudEvent, encode
from shared.errors import Permanent
from shared.telemetry import spans
from shared.telemetry.carrier import AWS_TRACE_HEADER, inject, inject_xray

LIMIT_BYTES: Final = 1_048_576
"""One message with its attributes, and all messages of one call: 1 MiB.
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
"""

GROUP_LIMIT: Final = 128
"""Characters of a MessageGroupId."""

SYSTEM_ATTRIBUTES: Final = (
    "ApproximateReceiveCount",
    "ApproximateFirstReceiveTimestamp",
    "SentTimestamp",
    "MessageGroupId",
    AWS_TRACE_HEADER,
)
_NOT_SENDABLE: Final = re.compile("[\ufffe\uffff]")


class SQS(Protocol):
    """What this module uses of aiobotocore's client."""

    async def receive_message(self, **request: Any) -> dict[str, Any]: ...
    async def send_message_batch(self, **request: Any) -> dict[str, Any]: ...
    async def delete_message_batch(self, **request: Any) -> dict[str, Any]: ...
    async def change_message_visibility_batch(self, **request: Any) -> dict[str, Any]: ...


class SqsQueue:
    """One queue, seen by its consumer. Every method raises Transient when SQS can't be reached."""

    def __init__(self, client: SQS, url: str, *, name: str | None = None) -> None:
        self.name = name or queue_name(url)
        self._client = client
        self._url = url
        self._copies = sender(client, url, self.name)

    async def receive(self, *, limit: int, wait_s: int, visibility_s: int) -> Sequence[Message]:
        with translated("sqs"):
            answer = await self._client.receive_message(
                QueueUrl=self._url,
                MaxNumberOfMessages=limit,
                WaitTimeSeconds=wait_s,
                VisibilityTimeout=visibility_s,
                MessageAttributeNames=["All"],
                MessageSystemAttributeNames=SYSTEM_ATTRIBUTES,
            )
        return [_message(self.name, raw) for raw in answer.get("Messages", ())]

    async def delete(self, receipts: Sequence[str]) -> Sequence[str]:
        requests = [{"ReceiptHandle": receipt} for receipt in receipts]
        return await self._failed(self._client.delete_message_batch, requests)

    async def change_visibility(self, changes: Sequence[tuple[str, int]]) -> Sequence[str]:
        requests = [{"ReceiptHandle": receipt, "VisibilityTimeout": seconds} for receipt, seconds in changes]
        return await self._failed(self._client.change_message_visibility_batch, requests)

    async def put_back(self, message: Message, *, delay_s: int) -> None:
        request, size = _entry(message.body, message.group or "", message.attributes)
        await self._copies.send({**request, "DelaySeconds": delay_s}, size)

    async def _failed(self, operation: Callable[..., Any], requests: Sequence[Request]) -> list[str]:
        failed: list[str] = []
        for first in range(0, len(requests), BATCH_LIMIT):
            batch = requests[first : first + BATCH_LIMIT]
            with translated("sqs"):
                answers = await in_batch(_on(operation, self._url), batch)
            failed.extend(
                request["ReceiptHandle"] for request, answer in zip(batch, answers, strict=True) if answer is not None
            )
        return failed


class SqsOutbox:
    """Sends events to one queue, up to ten to a request; `gather_s` is how long a send waits for others."""

    def __init__(self, client: SQS, url: str, *, name: str | None = None, gather_s: float = GATHER_S) -> None:
        self.name = name or queue_name(url)
        self._sender = sender(client, url, self.name, gather_s=gather_s)

    async def send(self, event: CloudEvent[Any], *, group: str) -> None:
        """Return when the queue has the event. Raises Permanent when it is larger than SQS takes."""
        with spans.send("aws_sqs", self.name, subject=event.subject):
            attributes = inject()
            if (header := inject_xray()) is not None:
                attributes[AWS_TRACE_HEADER] = header
            request, size = _entry(sendable(encode(event)), group, attributes)
            if size > LIMIT_BYTES:
                raise Permanent("message-too-large", f"{event.type} needs {size} of {LIMIT_BYTES} bytes")
            await self._sender.send(request, size)

    async def flush(self) -> None:
        """Send what waits for others, and return when SQS has answered."""
        await self._sender.flush()


def queue_name(url: str) -> str:
    return url.rstrip("/").rpartition("/")[2]


def sender(client: SQS, url: str, name: str, *, gather_s: float = GATHER_S) -> Sender:
    return Sender("sqs", name, _on(client.send_message_batch, url), limit_bytes=LIMIT_BYTES, gather_s=gather_s)


def sendable(json: str) -> str:
    """The same JSON in characters that SQS takes: all but U+FFFE and U+FFFF, which an S3 key may hold."""
    return _NOT_SENDABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", json)


def string_attributes(attributes: Mapping[str, str]) -> dict[str, dict[str, str]]:
    return {name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()}


def size_bytes(body: str, attributes: Mapping[str, str]) -> int:
    """As SQS and SNS count: the body, and of each attribute its name, type and value."""
    counted = sum(len(name.encode()) + len("String") + len(value.encode()) for name, value in attributes.items())
    return len(body.encode()) + counted


def _entry(body: str, group: str, attributes: Mapping[str, str]) -> tuple[Request, int]:
    """One entry of SendMessageBatch, and its size; X-Ray's header travels beside the message and isn't counted."""
    own = {name: value for name, value in attributes.items() if name != AWS_TRACE_HEADER}
    entry: Request = {"MessageBody": body}
    if own:
        entry["MessageAttributes"] = string_attributes(own)
    if AWS_TRACE_HEADER in attributes:
        entry["MessageSystemAttributes"] = string_attributes({AWS_TRACE_HEADER: attributes[AWS_TRACE_HEADER]})
    if group:
        entry["MessageGroupId"] = group[:GROUP_LIMIT]
    return entry, size_bytes(body, own)


def _on(operation: Callable[..., Any], url: str) -> BatchCall:
    async def call(entries: list[Request]) -> dict[str, Any]:
        answer: dict[str, Any] = await operation(QueueUrl=url, Entries=entries)
        return answer

    return call


def _message(queue: str, raw: dict[str, Any]) -> Message:
    system = raw["Attributes"]
    attributes = {
        name: value["StringValue"]
        for name, value in raw.get("MessageAttributes", {}).items()
        if "StringValue" in value  # binary ones are nobody's here
    }
    if AWS_TRACE_HEADER in system:
        attributes[AWS_TRACE_HEADER] = system[AWS_TRACE_HEADER]
    return Message(
        id=raw["MessageId"],
        queue=queue,
        body=raw["Body"],
        receipt=raw["ReceiptHandle"],
        receive_count=int(system["ApproximateReceiveCount"]),
        sent_at=_instant(system["SentTimestamp"]),
        first_received_at=_instant(system["ApproximateFirstReceiveTimestamp"]),
        group=system.get("MessageGroupId"),
        attributes=attributes,
    )


def _instant(milliseconds: str) -> datetime:
    return datetime.fromtimestamp(int(milliseconds) / 1000, UTC)
