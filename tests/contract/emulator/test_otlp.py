"""The local stack's own receiver, fed by the exporters that the services use."""

import json
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.emulator import Emulator

CHECKOUT = Path(__file__).parents[3]
MEDIA_ID = "k3v7yq2mnb5x4c6tdhw2pzr7ae"
PROGRAM = """
import sys
from shared.telemetry import spans
from shared.telemetry.context import about
from shared.telemetry.metrics import CONSUMED, DESTINATION, PROCESS_DURATION, record
from shared.telemetry.setup import telemetry
with telemetry("review", stack="test", otlp_endpoint=sys.argv[1], trace_ratio=1.0):
    with spans.process("reviews", message_id="m1", carrier={}, receive_count=1) as before:
        about(sys.argv[2])
        with spans.send("aws_sqs", "outcomes", subject=sys.argv[2]):
            pass
    told = before.get_span_context()
    carried = f"00-{told.trace_id:032x}-{told.span_id:016x}-01"
    with spans.process("events", message_id="m2", carrier={}, receive_count=1):
        about(sys.argv[2])
        with spans.resumed("conclude loop", carried):
            pass
    record(CONSUMED, 3, {DESTINATION: "reviews"})
    record(PROCESS_DURATION, 0.2, {DESTINATION: "reviews"})
"""


@pytest.fixture
def receiver(emulator: Emulator) -> str:
    return f"{emulator.endpoint}/_gavel/otlp"


def ask(address: str) -> Any:
    with urllib.request.urlopen(address, timeout=120) as answer:  # noqa: S310  our own emulator
        return json.loads(answer.read())


def refusal(address: str, body: bytes | None = None, headers: Mapping[str, str] | None = None) -> tuple[int, str]:
    """Status and reason."""
    request = urllib.request.Request(address, data=body, headers=dict(headers or {}))  # noqa: S310
    with pytest.raises(urllib.error.HTTPError) as refused, urllib.request.urlopen(request, timeout=120):  # noqa: S310
        pass
    with refused.value as answer:
        return answer.code, json.loads(answer.read())["error"]


def run(receiver: str) -> None:
    subprocess.run(  # noqa: S603  our own program
        [sys.executable, "-c", PROGRAM, receiver, MEDIA_ID], cwd=CHECKOUT, timeout=120, check=True, capture_output=True
    )


def test_an_items_spans_are_found_over_all_its_traces(receiver: str) -> None:
    run(receiver)
    found = ask(f"{receiver}/spans?conversation={MEDIA_ID}")["spans"]
    named = {span["name"]: span for span in found}
    assert set(named) == {"process reviews", "send outcomes", "process events", "conclude loop"}
    process, send, resumed = named["process reviews"], named["send outcomes"], named["conclude loop"]
    waited_since, told_by = (
        {key: named[name][key] for key in ("trace_id", "span_id")} for name in ("process reviews", "process events")
    )
    assert send["parent_id"] == process["span_id"]
    assert (send["kind"], send["service"]) == ("producer", "review")
    assert resumed["trace_id"] != process["trace_id"]
    assert resumed["links"] == [waited_since, told_by]
    assert process["start_ns"] <= send["start_ns"] <= send["end_ns"] <= process["end_ns"]
    assert process["attributes"]["messaging.message.conversation_id"] == MEDIA_ID
    trace = ask(f"{receiver}/spans?trace={process['trace_id']}")["spans"]
    assert {span["name"] for span in trace} == {"process reviews", "send outcomes"}


def test_the_newest_value_of_each_metric_is_there(receiver: str) -> None:
    run(receiver)
    (consumed,) = [
        point
        for point in ask(f"{receiver}/metrics?name=messaging.client.consumed.messages")["points"]
        if point["attributes"] == {"messaging.destination.name": "reviews"} and point["service"] == "review"
    ]
    assert consumed["value"] == 3
    (duration,) = ask(f"{receiver}/metrics?name=messaging.process.duration")["points"]
    assert (duration["value"]["count"], duration["value"]["sum"]) == (1, 0.2)


@pytest.mark.parametrize(
    ("body", "headers", "told"),
    [
        (b"{}", {"Content-Type": "application/json"}, "application/json isn't read here"),
        (b"\xff\xff", {"Content-Type": "application/x-protobuf"}, "not an OTLP export"),
        (b"x", {"Content-Type": "application/x-protobuf", "Content-Encoding": "br"}, "gzip or none is"),
    ],
    ids=["JSON", "not protobuf", "brotli"],
)
def test_what_cannot_be_read_is_refused_with_the_reason(
    receiver: str, body: bytes, headers: dict[str, str], told: str
) -> None:
    status, reason = refusal(f"{receiver}/v1/traces", body, headers)
    assert (status, told in reason) == (400, True)


def test_compressed_exports_are_read_too(receiver: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip")
    urllib.request.urlopen(urllib.request.Request(receiver, method="DELETE"), timeout=120).close()  # noqa: S310
    run(receiver)
    assert ask(f"{receiver}/spans?conversation={MEDIA_ID}")["spans"]


def test_a_look_without_an_item_is_refused(receiver: str) -> None:
    assert refusal(f"{receiver}/spans")[0] == 400
