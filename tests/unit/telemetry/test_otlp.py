"""What is exported is what the SDK would export, field by field."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExportResult
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import Link, Span, SpanContext, SpanKind, StatusCode, TraceFlags, TraceState

from shared.telemetry.carrier import extract
from shared.telemetry.otlp import SpanExporter, encoded

SCALARS = st.one_of(
    st.text(), st.booleans(), st.integers(-(2**63), 2**63 - 1), st.floats(0.001, 1e9), st.sampled_from([0, 1, 1.0])
)
ATTRIBUTES = st.dictionaries(st.text(min_size=1), st.one_of(SCALARS, st.lists(st.text()), st.lists(st.booleans())))
REMOTE = extract({"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"})
STATEFUL = extract({"traceparent": f"00-{1:032x}-{2:016x}-01", "tracestate": "vendor=1"})
LINK = Link(SpanContext(1, 2, is_remote=True, trace_flags=TraceFlags(1), trace_state=TraceState([("vendor", "1")])))


def ended(*tellings: Mapping[str, Any], scopes: Sequence[str] = ("gavel",)) -> Sequence[ReadableSpan]:
    """A span for each, as `start_span` takes them, of one process."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider(resource=Resource({"service.name": "ingest"}), shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    for scope in scopes:
        tracer = provider.get_tracer(scope)
        for told in tellings:
            tracer.start_span("process reviews", **told).end()
        _fail(tracer.start_span("failed"), None)
        _fail(tracer.start_span("failed in words"), "why")
    return exporter.get_finished_spans()


def _fail(span: Span, why: str | None) -> None:
    span.set_status(StatusCode.ERROR, why)
    if why is not None:
        span.add_event("something", {"a": 1})
    span.end()


def assert_as_the_sdk(spans: Sequence[ReadableSpan]) -> None:
    assert ExportTraceServiceRequest.FromString(encoded(spans)) == encode_spans(spans)


@settings(max_examples=30)
@given(st.lists(ATTRIBUTES, min_size=2, max_size=4))
def test_attributes_of_every_kind(attributes: list[dict[str, Any]]) -> None:
    assert_as_the_sdk(ended(*({"attributes": each} for each in attributes)))


@pytest.mark.parametrize("unwritable", ["\ud800", 2**63])
def test_what_cannot_be_written_costs_one_attribute(unwritable: str | int) -> None:
    assert_as_the_sdk(ended({}, {"attributes": {"before": 1, "unwritable": unwritable, "behind": 2}}))


@pytest.mark.parametrize("kind", SpanKind)
def test_every_kind_of_span_at_every_place_of_a_trace(kind: SpanKind) -> None:
    tellings: list[dict[str, Any]] = [{}, {"context": REMOTE}, {"context": STATEFUL}, {"links": [LINK]}]
    assert_as_the_sdk(ended(*({"kind": kind, **each} for each in tellings)))


def test_spans_of_several_libraries() -> None:
    assert_as_the_sdk(ended({}, {"context": REMOTE}, scopes=("gavel", "another")))


def test_after_its_end_an_exporter_sends_nothing_and_says_so() -> None:
    exporter = SpanExporter(endpoint="http://127.0.0.1:9/v1/traces")
    exporter.shutdown()  # type: ignore[no-untyped-call]  # the SDK's own
    assert exporter.export(ended({})) is SpanExportResult.FAILURE
