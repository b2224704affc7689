"""A whole process with telemetry, and what a collector gets from it."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

CHECKOUT = Path(__file__).parents[3]
PROGRAM = """
import sys
from shared.telemetry.logs import event_logger
from shared.telemetry.metrics import CONSUMED, DESTINATION, record
from shared.telemetry.setup import telemetry
from shared.telemetry.spans import send
with telemetry("moderate", stack="test", otlp_endpoint=sys.argv[1] or None, trace_ratio=1.0):
    with send("aws_sqs", "reviews", subject="m"):
        event_logger("services.test").info("service.started")
    record(CONSUMED, 3, {DESTINATION: "reviews"})
"""


@dataclass
class Collector:
    endpoint: str = ""
    got: dict[str, bytes] = field(default_factory=dict)


@pytest.fixture
def collector() -> Iterator[Collector]:
    collector = Collector()

    class Endpoint(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            collector.got[self.path] = self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  http.server's name
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Endpoint)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    collector.endpoint = f"http://127.0.0.1:{server.server_port}"
    yield collector
    server.shutdown()
    server.server_close()
    thread.join()


def run(endpoint: str) -> list[dict[str, object]]:
    """The program's log lines."""
    done = subprocess.run(  # noqa: S603  our own program
        [sys.executable, "-c", PROGRAM, endpoint], cwd=CHECKOUT, capture_output=True, text=True, timeout=120, check=True
    )
    assert done.stderr == ""
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_a_collector_gets_traces_and_metrics_before_the_process_ends(collector: Collector) -> None:
    (line,) = run(collector.endpoint)
    traces = ExportTraceServiceRequest.FromString(collector.got["/v1/traces"])
    (resource,) = traces.resource_spans
    (span,) = resource.scope_spans[0].spans
    assert (span.name, span.trace_id.hex()) == ("send reviews", line["trace_id"])
    named = {one.key: one.value.string_value for one in resource.resource.attributes}
    assert (
        named.items()
        >= {
            "service.name": "moderate",
            "service.namespace": "gavel",
            "deployment.environment.name": "test",
        }.items()
    )
    metrics = ExportMetricsServiceRequest.FromString(collector.got["/v1/metrics"])
    names = {metric.name for metric in metrics.resource_metrics[0].scope_metrics[0].metrics}
    assert names == {"messaging.client.consumed.messages"}


def test_without_a_collector_there_are_logs_with_trace_ids_and_nothing_else() -> None:
    (line,) = run("")
    assert line["event"] == "service.started"
    assert len(str(line["trace_id"])) == 32


def test_a_collector_that_is_not_there_fails_nothing() -> None:
    lines = run("http://127.0.0.1:9")
    assert lines[0]["event"] == "service.started"
    assert {line["event"] for line in lines[1:]} <= {"library.logged"}
