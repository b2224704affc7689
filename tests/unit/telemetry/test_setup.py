import threading

import pytest
from opentelemetry.sdk.resources import Resource
from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags, set_span_in_context

from shared.telemetry.setup import end, tracer_provider

RESOURCE = Resource.get_empty()


@pytest.mark.parametrize(("sampled", "ratio"), [(True, 0.0), (False, 1.0)])
def test_the_producers_choice_is_followed_whatever_our_own_ratio(sampled: bool, ratio: float) -> None:
    provider = tracer_provider(RESOURCE, "http://127.0.0.1:9", ratio)
    flags = TraceFlags(TraceFlags.SAMPLED if sampled else TraceFlags.DEFAULT)
    producer = SpanContext(trace_id=1, span_id=1, is_remote=True, trace_flags=flags)
    span = provider.get_tracer("t").start_span("process", set_span_in_context(NonRecordingSpan(producer)))
    assert span.get_span_context().trace_flags.sampled is sampled
    end([provider.shutdown])


@pytest.mark.parametrize(("ratio", "sampled"), [(0.0, False), (1.0, True)])
def test_a_trace_that_begins_here_is_sampled_by_our_ratio(ratio: float, sampled: bool) -> None:
    provider = tracer_provider(RESOURCE, "http://127.0.0.1:9", ratio)
    span = provider.get_tracer("t").start_span("process")
    assert span.get_span_context().trace_flags.sampled is sampled
    end([provider.shutdown])


def test_without_an_endpoint_spans_have_ids_and_record_nothing() -> None:
    span = tracer_provider(RESOURCE, None, 1.0).get_tracer("t").start_span("process")
    assert span.get_span_context().is_valid
    assert not span.is_recording()


def test_an_exporter_that_never_ends_does_not_keep_the_process() -> None:
    asked, never = threading.Event(), threading.Event()

    def hang() -> None:
        asked.set()
        never.wait()

    end([hang, hang], within_s=0.01)
    assert asked.wait(timeout=60)
    never.set()
