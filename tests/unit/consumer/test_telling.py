"""What a consumer tells about its work, and what it never tells."""

import asyncio
import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from opentelemetry import trace
from opentelemetry.trace import SpanKind, StatusCode

from shared.consumer.ports import Message
from shared.errors import ContractError, Deferred, Permanent, Transient
from shared.telemetry.logs import JsonLines
from shared.telemetry.metrics import REGISTRY
from tests.fakes.queues import FakeQueue
from tests.fakes.telemetry import metrics_in_memory, points, spans_in_memory
from tests.unit.consumer.running import MEDIA_ID, Recorder, Step, consuming, event, raising, until

TRACE_ID = "0af7651916cd43dd8448eb211c80319c"
PARENT_ID = "b7ad6b7169203331"
TRACEPARENT = f"00-{TRACE_ID}-{PARENT_ID}-01"
CANARY = "canary-4711"


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """Everything that is logged, as stdout would show it."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines())
    root, level = logging.getLogger(), logging.getLogger().level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield stream
    root.removeHandler(handler)
    root.setLevel(level)


async def handled(step: Step, **put: Any) -> str:
    queue, handler = FakeQueue(name="requests"), Recorder(step)
    id_ = queue.put(**put)
    async with consuming(queue, handler):
        await until(lambda: len(handler.began) == 1 and handler.at_once == 0)
    return id_


def words_within(error: Exception) -> Exception:
    """An error as libraries raise them: caused by another, both quoting what they were given."""
    try:
        try:
            raise KeyError(CANARY)
        except KeyError as cause:
            raise error from cause
    except Exception as raised:  # noqa: BLE001  a test's way to give an error a cause
        return raised


@pytest.mark.parametrize(
    "error",
    [
        ValueError(f"invalid literal: {CANARY}"),
        Transient("busy", f"answered {CANARY}"),
        Deferred("quota-full", f"later, {CANARY}", delay_s=5),
        Permanent("not-an-image", f"is {CANARY}"),
        ContractError("not-json", f"begins with {CANARY}"),
        ExceptionGroup(CANARY, [ValueError(CANARY)]),
    ],
)
async def test_no_word_of_a_message_or_an_exception_is_told(error: Exception, lines: io.StringIO) -> None:
    exporter, reader = spans_in_memory(), metrics_in_memory()
    await handled(
        raising(words_within(error)), body=event(CANARY), group=CANARY, attributes={"traceparent": TRACEPARENT}
    )
    # Another library's record, with its words in its text, its arguments and its exception.
    logging.getLogger("asyncio").error("Task failed with %s", CANARY, exc_info=words_within(ValueError(CANARY)))
    told = lines.getvalue() + "".join(span.to_json() for span in exporter.get_finished_spans()) + str(points(reader))
    assert CANARY not in told
    assert "message." in told
    assert "library.logged" in told


async def test_a_log_line_names_the_trace_and_the_item(lines: io.StringIO) -> None:
    spans_in_memory()
    id_ = await handled(raising(Permanent("not-an-image")), body=event(), attributes={"traceparent": TRACEPARENT})
    (line,) = [
        line for line in map(json.loads, lines.getvalue().splitlines()) if line["event"] == "message.quarantined"
    ]
    assert line["trace_id"] == TRACE_ID
    assert (
        line.items()
        >= {
            "level": "warning",
            "media_id": MEDIA_ID,
            "queue": "requests",
            "message_id": id_,
            "code": "not-an-image",
        }.items()
    )


async def test_handling_is_a_span_under_the_producers() -> None:
    exporter = spans_in_memory()
    id_ = await handled(raising(), body=event(), attributes={"traceparent": TRACEPARENT})
    (span,) = exporter.get_finished_spans()
    assert (span.name, span.kind) == ("process requests", SpanKind.CONSUMER)
    assert span.parent is not None
    assert (f"{span.context.trace_id:032x}", f"{span.parent.span_id:016x}") == (TRACE_ID, PARENT_ID)
    assert dict(span.attributes or {}) == {
        "messaging.system": "aws_sqs",
        "messaging.operation.name": "process",
        "messaging.operation.type": "process",
        "messaging.destination.name": "requests",
        "messaging.message.id": id_,
        "messaging.message.conversation_id": MEDIA_ID,
        "gavel.message.receive_count": 1,
    }


async def test_without_traceparent_the_x_ray_header_is_the_parent() -> None:
    exporter = spans_in_memory()
    header = f"Root=1-{TRACE_ID[:8]}-{TRACE_ID[8:]};Parent={PARENT_ID};Sampled=1"
    await handled(raising(), attributes={"AWSTraceHeader": header})
    (span,) = exporter.get_finished_spans()
    assert f"{span.context.trace_id:032x}" == TRACE_ID


async def test_a_failure_marks_its_span_with_its_code_alone() -> None:
    exporter = spans_in_memory()
    await handled(raising(Transient("rekognition-throttled", CANARY)))
    (span,) = exporter.get_finished_spans()
    assert (span.attributes or {})["error.type"] == "rekognition-throttled"
    assert (span.status.status_code, span.status.description, span.events) == (StatusCode.ERROR, None, ())


async def test_messages_side_by_side_keep_their_own_traces() -> None:
    spans_in_memory()
    seen: dict[str, int] = {}

    async def step(message: Message) -> None:
        await asyncio.sleep(1)
        seen[message.body] = trace.get_current_span().get_span_context().trace_id

    queue = FakeQueue()
    for n in range(1, 4):
        queue.put(str(n), attributes={"traceparent": f"00-{n:032x}-{PARENT_ID}-01"})
    async with consuming(queue, step):
        await until(lambda: len(seen) == 3)
    assert seen == {"1": 1, "2": 2, "3": 3}


async def test_every_metric_has_the_attributes_that_its_registration_says() -> None:
    reader = metrics_in_memory()
    errors = [None, Transient("busy"), Permanent("bad"), Deferred("later", delay_s=1), ValueError("defect")]
    for error in errors:
        await handled(raising(error) if error else raising())
    registered = {metric.name: set(metric.attributes) for metric in REGISTRY}
    found = points(reader)
    assert {"messaging.process.duration", "gavel.consumer.settled", "gavel.consumer.queue_age"} <= set(found)
    for name, attributes in found.items():
        if not name.startswith("gavel.test."):  # metrics that tests make for themselves
            assert all(set(each) <= registered[name] for each in attributes), name
    settled = {(each["gavel.settlement"], each["gavel.code"]) for each in found["gavel.consumer.settled"]}
    assert settled >= {
        ("retry", "busy"),
        ("quarantine", "bad"),
        ("put_back", "later"),
        ("defect", "defect"),
    }
