from contextlib import suppress
from typing import Any

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.trace import SpanKind, StatusCode

from shared.errors import Transient
from shared.telemetry.carrier import inject
from shared.telemetry.context import about
from shared.telemetry.spans import CurrentSpan, Sending, batch, process, request, resumed, send
from tests.fakes.telemetry import spans_in_memory

MEDIA_ID = "k3v7yq2mnb5x4c6tdhw2pzr7ae"
TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def finished(span: CurrentSpan, error: Exception | None = None) -> ReadableSpan:
    exporter = spans_in_memory()
    with suppress(Transient, ValueError), span:
        about(MEDIA_ID)
        if error is not None:
            raise error
    (ended,) = exporter.get_finished_spans()
    return ended


@pytest.mark.parametrize(
    ("make", "name", "kind", "attributes"),
    [
        (
            lambda: process("reviews", message_id="m1", carrier={}, receive_count=3),
            "process reviews",
            SpanKind.CONSUMER,
            {
                "messaging.system": "aws_sqs",
                "messaging.operation.name": "process",
                "messaging.operation.type": "process",
                "messaging.destination.name": "reviews",
                "messaging.message.id": "m1",
                "messaging.message.conversation_id": MEDIA_ID,
                "gavel.message.receive_count": 3,
            },
        ),
        (
            lambda: send("aws_sqs", "reviews", subject=MEDIA_ID),
            "send reviews",
            SpanKind.PRODUCER,
            {
                "messaging.system": "aws_sqs",
                "messaging.operation.name": "send",
                "messaging.operation.type": "send",
                "messaging.destination.name": "reviews",
                "messaging.message.conversation_id": MEDIA_ID,
            },
        ),
    ],
)
def test_a_span_has_these_attributes_and_no_others(
    make: Any, name: str, kind: SpanKind, attributes: dict[str, Any]
) -> None:
    spans_in_memory()
    span = finished(make())
    assert (span.name, span.kind, dict(span.attributes or {})) == (name, kind, attributes)
    assert span.status.status_code is StatusCode.UNSET


@pytest.mark.parametrize(
    ("error", "told"), [(Transient("busy", "canary"), "busy"), (ValueError("canary"), "ValueError")]
)
def test_an_exception_leaves_its_code_and_none_of_its_words(error: Exception, told: str) -> None:
    spans_in_memory()
    span = finished(send("aws_sqs", "reviews", subject=MEDIA_ID), error)
    assert span.status.status_code is StatusCode.ERROR
    assert (span.attributes or {})["error.type"] == told
    assert "canary" not in span.to_json()


def test_handling_what_nobody_follows_is_no_span_and_its_traceparent_is_handed_on() -> None:
    exporter = spans_in_memory()
    unsampled = TRACEPARENT[:-2] + "00"
    with process("reviews", message_id="m1", carrier={"traceparent": unsampled}, receive_count=1):
        about(MEDIA_ID)
        handed_on = inject()
    assert (handed_on, exporter.get_finished_spans()) == ({"traceparent": unsampled}, ())


def test_what_is_resumed_after_hours_is_a_new_trace_linked_to_the_old_and_to_what_told_of_it() -> None:
    spans_in_memory()
    with process("human-loop-events", message_id="m1", carrier={}, receive_count=1) as heard:
        span = finished(resumed("review concluded", TRACEPARENT))
    assert span.parent is None
    before, here = span.links
    assert f"00-{before.context.trace_id:032x}-{before.context.span_id:016x}-01" == TRACEPARENT
    assert here.context == heard.get_span_context()


def test_without_a_trace_to_link_to_it_is_just_a_new_one() -> None:
    spans_in_memory()
    assert finished(resumed("review concluded", None)).links == ()


def test_a_request_within_a_span_is_its_child_and_names_the_item() -> None:
    exporter = spans_in_memory()
    with send("aws_sqs", "reviews", subject=MEDIA_ID) as outer:
        about(MEDIA_ID)
        request("rekognition", "DetectModerationLabels").end()
    inner, _ = exporter.get_finished_spans()
    assert inner.parent is not None
    assert inner.parent.span_id == outer.get_span_context().span_id
    assert (inner.name, inner.kind, dict(inner.attributes or {})) == (
        "rekognition.DetectModerationLabels",
        SpanKind.CLIENT,
        {
            "rpc.system": "aws-api",
            "rpc.service": "rekognition",
            "rpc.method": "DetectModerationLabels",
            "messaging.message.conversation_id": MEDIA_ID,
        },
    )


def test_the_request_of_several_messages_is_linked_to_all_sends_that_wait_for_it() -> None:
    exporter = spans_in_memory()
    senders = []
    for media_id in (MEDIA_ID, "a" * 26, "b" * 26):
        with send("aws_sqs", "reviews", subject=media_id) as sender:
            senders.append(Sending(sender.get_span_context(), media_id))
    with batch("aws_sqs", "reviews", senders):
        request("sqs", "SendMessageBatch").end()
    asked, carried = exporter.get_finished_spans()[-2:]
    assert carried.parent is not None
    assert [carried.parent.span_id, *(link.context.span_id for link in carried.links)] == [
        sender.context.span_id for sender in senders
    ]
    assert (carried.attributes or {})["messaging.batch.message_count"] == 3
    # It stands in the first one's trace, so it is about the first one's item, and so is what is asked for it.
    for each in (carried, asked):
        assert (each.attributes or {})["messaging.message.conversation_id"] == MEDIA_ID


def test_what_producers_call_their_media_is_in_no_span() -> None:
    span = finished(send("aws_sqs", "media-events", subject="holiday/me.jpg"))
    assert "holiday" not in span.to_json()


def test_the_request_of_messages_that_nobody_follows_makes_no_span() -> None:
    exporter = spans_in_memory()
    with batch("aws_sqs", "reviews", [Sending(trace.INVALID_SPAN_CONTEXT, None)] * 2):
        pass
    assert exporter.get_finished_spans() == ()
