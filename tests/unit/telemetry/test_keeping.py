"""What is exported though the ratio would drop it. Each test has a process of its own, as a provider is for life."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

CHECKOUT = Path(__file__).parents[3]
PROGRAM = """
import json, sys
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import TraceIdRatioBased
from shared.telemetry import spans
from shared.telemetry.carrier import inject
from shared.telemetry.context import about
from shared.telemetry.setup import Following
exporter = InMemorySpanExporter()
provider = TracerProvider(sampler=Following(TraceIdRatioBased(0)), shutdown_on_exit=False)
provider.add_span_processor(SimpleSpanProcessor(exporter))
trace.set_tracer_provider(provider)
carrier = {"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00", "tracestate": "vendor=1"}
with spans.process("reviews", message_id="m1", carrier=carrier, receive_count=1):
    about("k3v7yq2mnb5x4c6tdhw2pzr7ae")
    with spans.send("aws_sqs", "before", subject="m"):
        pass
    exec(sys.argv[1])
    with spans.send("aws_sqs", "after", subject="m"):
        carried = inject()
with spans.process("reviews", message_id="m2", carrier=carrier, receive_count=1):
    pass
print(json.dumps({"carried": carried, "spans": [
    {"name": one.name, "trace": f"{one.context.trace_id:032x}", "parent": f"{one.parent.span_id:016x}",
     "attributes": dict(one.attributes), "status": one.status.status_code.name}
    for one in exporter.get_finished_spans()]}))
"""


def told(step: str) -> Any:
    done = subprocess.run(  # noqa: S603  our own program
        [sys.executable, "-c", PROGRAM, step], cwd=CHECKOUT, capture_output=True, text=True, timeout=60, check=True
    )
    return json.loads(done.stdout)


def test_what_nobody_keeps_is_not_exported() -> None:
    assert told("pass")["spans"] == []


@pytest.mark.parametrize("why", ["reject", "alert"])
def test_what_is_kept_is_exported_with_what_follows_and_tells_the_next_service(why: str) -> None:
    found = told(f"spans.keep({why!r})")
    after, process = found["spans"]
    assert (after["name"], process["name"]) == ("send after", "process reviews")
    assert process["trace"] == "0af7651916cd43dd8448eb211c80319c"
    assert process["parent"] == "b7ad6b7169203331"
    assert process["attributes"] == {
        "gavel.kept": why,
        "gavel.message.receive_count": 1,
        "messaging.destination.name": "reviews",
        "messaging.message.conversation_id": "k3v7yq2mnb5x4c6tdhw2pzr7ae",
        "messaging.message.id": "m1",
        "messaging.operation.name": "process",
        "messaging.operation.type": "process",
        "messaging.system": "aws_sqs",
    }
    assert found["carried"]["traceparent"].endswith("-01")
    assert found["carried"]["tracestate"] == "vendor=1"


def test_a_failed_message_is_exported_with_its_code() -> None:
    process = told("spans.process_failed('busy')")["spans"][-1]
    assert (process["status"], process["attributes"]["error.type"]) == ("ERROR", "busy")
    assert process["attributes"]["gavel.kept"] == "error"


def test_what_is_kept_twice_is_exported_once() -> None:
    found = told("spans.keep('reject'); spans.process_failed('busy')")
    assert [one["name"] for one in found["spans"]] == ["send after", "process reviews"]
