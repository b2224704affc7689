"""What goes over the wire to SQS and SNS, and what comes back."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from opentelemetry.trace import SpanKind

from shared.aws.sns import SnsTopic
from shared.aws.sqs import SqsOutbox, SqsQueue, queue_name, sendable
from shared.consumer.ports import Message
from shared.contracts.cloudevents import CloudEvent
from shared.errors import Permanent, Transient
from shared.telemetry import spans
from tests.fakes.aws import ScriptedClient, refusal
from tests.fakes.telemetry import spans_in_memory

URL = "http://localhost:4566/queue/us-east-1/000000000000/gavel-local-outcomes"
ARN = "arn:aws:sns:us-east-1:000000000000:gavel-local-verdicts"
AT = datetime(2026, 11, 21, 8, tzinfo=UTC)
ACCEPTED: dict[str, Any] = {"Successful": [{"Id": "0"}]}


class Note(msgspec.Struct, frozen=True):
    text: str


def event(text: str = "hello") -> CloudEvent[Note]:
    return CloudEvent(id="1", source="/t", type="gavel.test.v1", subject="m1", time=AT, data=Note(text))


def message(group: str, attributes: dict[str, str]) -> Message:
    return Message(
        id="m",
        queue="q",
        body="{}",
        receipt="r",
        receive_count=1,
        sent_at=AT,
        first_received_at=AT,
        group=group,
        attributes=attributes,
    )


async def test_an_event_carries_its_group_and_the_context_of_its_own_send() -> None:
    exporter = spans_in_memory()
    client = ScriptedClient(send_message_batch=[ACCEPTED])
    with spans.process("moderation-requests", message_id="m", carrier={}, receive_count=1) as handling:
        await SqsOutbox(client, URL).send(event(), group="tenant-a")
    ((_, request),) = client.asked
    (entry,) = request["Entries"]
    sent = next(span for span in exporter.get_finished_spans() if span.kind is SpanKind.PRODUCER)
    trace_id, span_id = f"{sent.context.trace_id:032x}", f"{sent.context.span_id:016x}"
    assert entry["MessageAttributes"]["traceparent"]["StringValue"] == f"00-{trace_id}-{span_id}-03"
    assert (
        entry["MessageSystemAttributes"]["AWSTraceHeader"]["StringValue"]
        == f"Root=1-{trace_id[:8]}-{trace_id[8:]};Parent={span_id};Sampled=1"
    )
    assert (request["QueueUrl"], entry["MessageGroupId"]) == (URL, "tenant-a")
    assert sent.parent is not None
    assert sent.parent.span_id == handling.get_span_context().span_id


async def test_a_group_is_cut_to_what_sqs_takes() -> None:
    client = ScriptedClient(send_message_batch=[ACCEPTED, ACCEPTED])
    outbox = SqsOutbox(client, URL)
    await outbox.send(event(), group="x" * 200)
    await outbox.send(event(), group="")
    long, none = (request["Entries"][0] for _, request in client.asked)
    assert len(long["MessageGroupId"]) == 128
    assert "MessageGroupId" not in none


async def test_an_event_that_is_too_large_is_refused_before_it_is_sent() -> None:
    client = ScriptedClient()
    with pytest.raises(Permanent) as caught:
        await SqsOutbox(client, URL).send(event("x" * 1_048_576), group="t")
    assert (caught.value.code, client.asked) == ("message-too-large", [])
    with pytest.raises(Permanent) as caught:
        await SnsTopic(client, ARN).publish(event("x" * 262_144), attributes={}, group="t")
    assert (caught.value.code, client.asked) == ("message-too-large", [])


@pytest.mark.parametrize("text", ["\ufffe", "a\uffffb", "\x00\x1f", "ü😀\u2028"])
def test_a_text_that_sqs_would_not_take_is_escaped_and_means_the_same(text: str) -> None:
    body = sendable(msgspec.json.encode(text).decode())
    assert msgspec.json.decode(body) == text
    assert not any(letter in body for letter in "\ufffe\uffff\x00\x1f")


def test_a_queue_is_named_after_its_address() -> None:
    assert queue_name(URL) == queue_name(f"{URL}/") == "gavel-local-outcomes"


async def test_an_answer_becomes_messages() -> None:
    raw = {
        "MessageId": "m1",
        "ReceiptHandle": "r1",
        "Body": "hello",
        "Attributes": {
            "SentTimestamp": "1795244199618",
            "ApproximateFirstReceiveTimestamp": "1795244199653",
            "ApproximateReceiveCount": "3",
            "MessageGroupId": "tenant-a",
            "AWSTraceHeader": "Root=1-x",
        },
        "MessageAttributes": {
            "traceparent": {"DataType": "String", "StringValue": "00-x"},
            "count": {"DataType": "Number", "StringValue": "5"},
            "blob": {"DataType": "Binary", "BinaryValue": b"x"},
        },
    }
    client = ScriptedClient(receive_message=[{"Messages": [raw]}, {}])
    queue = SqsQueue(client, URL)
    assert await queue.receive(limit=10, wait_s=20, visibility_s=60) == [
        Message(
            id="m1",
            queue="gavel-local-outcomes",
            body="hello",
            receipt="r1",
            receive_count=3,
            sent_at=datetime(2026, 11, 21, 6, 56, 39, 618_000, tzinfo=UTC),
            first_received_at=datetime(2026, 11, 21, 6, 56, 39, 653_000, tzinfo=UTC),
            group="tenant-a",
            attributes={"traceparent": "00-x", "count": "5", "AWSTraceHeader": "Root=1-x"},
        )
    ]
    assert await queue.receive(limit=10, wait_s=20, visibility_s=60) == []


async def test_a_copy_carries_everything_and_x_rays_header_in_its_own_place() -> None:
    client = ScriptedClient(send_message_batch=[ACCEPTED])
    original = message(group="tenant-a", attributes={"traceparent": "00-x", "AWSTraceHeader": "Root=1-x"})
    await SqsQueue(client, URL).put_back(original, delay_s=300)
    ((_, request),) = client.asked
    assert request["Entries"] == [
        {
            "Id": "0",
            "MessageBody": "{}",
            "MessageAttributes": {"traceparent": {"DataType": "String", "StringValue": "00-x"}},
            "MessageSystemAttributes": {"AWSTraceHeader": {"DataType": "String", "StringValue": "Root=1-x"}},
            "MessageGroupId": "tenant-a",
            "DelaySeconds": 300,
        }
    ]


async def test_more_receipts_than_a_call_takes_make_several_calls() -> None:
    client = ScriptedClient(
        delete_message_batch=[{}, {"Failed": [{"Id": "1", "Code": "ReceiptHandleIsInvalid", "SenderFault": True}]}, {}]
    )
    receipts = [f"r{n}" for n in range(25)]
    assert await SqsQueue(client, URL).delete(receipts) == ["r11"]
    assert [len(request["Entries"]) for _, request in client.asked] == [10, 10, 5]


@pytest.mark.parametrize(
    ("error", "code"),
    [(refusal("OverLimit"), "sqs-failed"), (refusal("AccessDenied", status=403), "sqs-access-denied")],
)
async def test_a_receive_that_fails_is_an_error_of_ours(error: Exception, code: str) -> None:
    with pytest.raises(Transient) as caught:
        await SqsQueue(ScriptedClient(receive_message=[error]), URL).receive(limit=10, wait_s=20, visibility_s=60)
    assert caught.value.code == code


async def test_a_verdict_carries_what_subscribers_filter_on() -> None:
    exporter = spans_in_memory()
    client = ScriptedClient(publish_batch=[ACCEPTED])
    await SnsTopic(client, ARN).publish(event(), attributes={"verdict": "reject", "category": ""}, group="tenant-a")
    ((_, request),) = client.asked
    (entry,) = request["PublishBatchRequestEntries"]
    span = next(span for span in exporter.get_finished_spans() if span.kind is SpanKind.PRODUCER)
    assert request["TopicArn"] == ARN
    assert set(entry["MessageAttributes"]) == {"verdict", "traceparent"}
    assert entry["MessageAttributes"]["verdict"] == {"DataType": "String", "StringValue": "reject"}
    assert entry["MessageGroupId"] == "tenant-a"
    assert (span.name, (span.attributes or {})["messaging.system"]) == ("send gavel-local-verdicts", "aws.sns")


async def test_a_message_has_at_most_ten_attributes_with_its_traceparent() -> None:
    spans_in_memory()
    client = ScriptedClient(publish_batch=[ACCEPTED])
    attributes = {f"a{n}": "x" for n in range(9)}
    await SnsTopic(client, ARN).publish(event(), attributes=attributes, group="t")
    with pytest.raises(Permanent) as caught:
        await SnsTopic(client, ARN).publish(event(), attributes=attributes | {"a10": "x"}, group="t")
    assert (caught.value.code, len(client.asked)) == ("too-many-attributes", 1)
