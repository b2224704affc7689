import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry import trace
from opentelemetry.trace import SpanContext, TraceFlags
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from shared.telemetry import xray
from shared.telemetry.carrier import extract, inject, inject_xray, span_named
from shared.telemetry.spans import send
from tests.fakes.telemetry import spans_in_memory

TRACE_ID = "0af7651916cd43dd8448eb211c80319c"
SPAN_ID = "b7ad6b7169203331"
TRACEPARENT = f"00-{TRACE_ID}-{SPAN_ID}-01"
HEADER = f"Root=1-{TRACE_ID[:8]}-{TRACE_ID[8:]};Parent={SPAN_ID};Sampled=1"


def ids(attributes: dict[str, str]) -> tuple[str, str, bool]:
    span = trace.get_current_span(extract(attributes)).get_span_context()
    return f"{span.trace_id:032x}", f"{span.span_id:016x}", span.trace_flags.sampled


NOTHING = ("0" * 32, "0" * 16, False)


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ({"traceparent": TRACEPARENT}, (TRACE_ID, SPAN_ID, True)),
        ({"traceparent": TRACEPARENT[:-1] + "0"}, (TRACE_ID, SPAN_ID, False)),
        ({"AWSTraceHeader": HEADER}, (TRACE_ID, SPAN_ID, True)),
        ({"AWSTraceHeader": HEADER.replace("Sampled=1", "Sampled=0")}, (TRACE_ID, SPAN_ID, False)),
        ({"AWSTraceHeader": f"{HEADER};Lineage=1:2f5:0"}, (TRACE_ID, SPAN_ID, True)),
        ({"traceparent": f"00-{'1' * 32}-{'2' * 16}-01", "AWSTraceHeader": HEADER}, ("1" * 32, "2" * 16, True)),
        ({"traceparent": "rubbish", "AWSTraceHeader": HEADER}, (TRACE_ID, SPAN_ID, True)),
        ({"traceparent": "x" * 5_000}, NOTHING),
        ({"AWSTraceHeader": f"Root=1-{TRACE_ID[:8]}-{TRACE_ID[8:]}"}, NOTHING),
        ({"AWSTraceHeader": f"Root=1-{'0' * 8}-{'0' * 24};Parent={SPAN_ID};Sampled=1"}, NOTHING),
        ({"AWSTraceHeader": "=;;=Root"}, NOTHING),
        ({}, NOTHING),
    ],
)
def test_a_message_tells_where_it_came_from(attributes: dict[str, str], expected: tuple[str, str, bool]) -> None:
    assert ids(attributes) == expected


@given(st.text(max_size=200))
def test_no_header_whatever_is_an_error(text: str) -> None:
    extract({"traceparent": text, "AWSTraceHeader": text})


@given(st.from_regex("[ \t]?0[0-2]-[0-9a-f]{32}-0{14}[0-2]{2}-[0-9a-f]{2}(-x)?[ \t]?", fullmatch=True), st.booleans())
def test_our_own_header_means_what_it_means_to_everybody(text: str, has_state: bool) -> None:
    attributes = {"traceparent": text} | ({"tracestate": "vendor=1"} if has_state else {})
    theirs = trace.get_current_span(TraceContextTextMapPropagator().extract(attributes)).get_span_context()
    ours = trace.get_current_span(extract(attributes)).get_span_context()
    assert (ours, ours.trace_state) == (theirs, theirs.trace_state)


@given(st.integers(1, 2**128 - 1), st.integers(1, 2**64 - 1), st.booleans())
def test_a_w3c_context_survives_the_way_through_x_ray(trace_id: int, span_id: int, sampled: bool) -> None:
    span = SpanContext(trace_id, span_id, is_remote=True, trace_flags=TraceFlags(int(sampled)))
    back = xray.span_context(xray.header(span))
    assert back is not None
    assert (back.trace_id, back.span_id, back.trace_flags) == (trace_id, span_id, span.trace_flags)


def test_what_is_injected_is_what_is_extracted() -> None:
    spans_in_memory()
    assert (inject(), inject_xray()) == ({}, None)
    with send("aws_sqs", "reviews", subject="m") as span:
        header = inject_xray()
        assert header is not None
        expected = f"{span.get_span_context().trace_id:032x}", f"{span.get_span_context().span_id:016x}", True
        assert ids(inject()) == ids({"AWSTraceHeader": header}) == expected


def test_a_stored_traceparent_names_its_span_or_nothing() -> None:
    span = span_named(TRACEPARENT)
    assert span is not None
    assert f"{span.span_id:016x}" == SPAN_ID
    assert span_named(None) is None
    assert span_named("rubbish") is None
