"""Trace context in message attributes: `traceparent` (W3C), and `AWSTraceHeader` for what only speaks X-Ray."""

import re
from collections.abc import Mapping
from typing import Final

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from shared.telemetry import xray

TRACEPARENT: Final = "traceparent"
TRACESTATE: Final = "tracestate"
AWS_TRACE_HEADER: Final = "AWSTraceHeader"

_W3C: Final = TraceContextTextMapPropagator()
_NOWHERE: Final = Context()
_OURS: Final = re.compile("00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})")


def inject() -> dict[str, str]:
    """The current span as `traceparent`, with `tracestate` where there is one; empty outside of any span."""
    carrier: dict[str, str] = {}
    _W3C.inject(carrier)
    return carrier


def inject_xray() -> str | None:
    """The current span as X-Ray's header; None outside of any span."""
    span = trace.get_current_span().get_span_context()
    return xray.header(span) if span.is_valid else None


def extract(attributes: Mapping[str, str]) -> Context:
    """The context that a message came from; empty, so that a new trace begins, where none is told or it is malformed.

    `traceparent` goes first: it is our own, one per message, and keeps `tracestate`. SQS puts AWSTraceHeader on
    whatever a traced AWS service or SDK sends.
    """
    if TRACEPARENT in attributes:
        ours = _ours(attributes)
        if ours is not None:
            return trace.set_span_in_context(NonRecordingSpan(ours), _NOWHERE)
        context = _W3C.extract(attributes)
        if context:
            return context
    remote = xray.span_context(attributes.get(AWS_TRACE_HEADER, ""))
    return trace.set_span_in_context(NonRecordingSpan(remote), _NOWHERE) if remote else _NOWHERE


def _ours(attributes: Mapping[str, str]) -> SpanContext | None:
    """What our own services write, read at a third of the cost: it is read for every message."""
    found = _OURS.fullmatch(attributes[TRACEPARENT])
    if found is None or TRACESTATE in attributes:
        return None
    trace_id, span_id, flags = found.groups()
    span = SpanContext(int(trace_id, 16), int(span_id, 16), is_remote=True, trace_flags=TraceFlags(int(flags, 16)))
    return span if span.is_valid else None


def span_named(traceparent: str | None) -> SpanContext | None:
    """The span that a stored `traceparent` names."""
    if traceparent is None:
        return None
    span = trace.get_current_span(_W3C.extract({TRACEPARENT: traceparent}, Context())).get_span_context()
    return span if span.is_valid else None
