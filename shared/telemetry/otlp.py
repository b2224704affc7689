"""Spans as OTLP's protobuf, the same as the SDK writes, at a third of its cost: every sampled item pays for several.

What a span tells is mostly what the one before it told, so an attribute is encoded once. What is rare here (links,
events, lists) is left to the SDK.
https://github.com/open-telemetry/opentelemetry-proto/blob/v1.9.0/opentelemetry/proto/trace/v1/trace.proto
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span, SpanFlags, Status
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExportResult
from opentelemetry.trace import SpanContext, SpanKind, StatusCode

KINDS: Final = {kind: Span.SpanKind.Value(f"SPAN_KIND_{kind.name}") for kind in SpanKind}
STATUSES: Final = {code: Status(code=Status.StatusCode.Value(f"STATUS_CODE_{code.name}")) for code in StatusCode}
LOCAL: Final = SpanFlags.SPAN_FLAGS_CONTEXT_HAS_IS_REMOTE_MASK
REMOTE: Final = LOCAL | SpanFlags.SPAN_FLAGS_CONTEXT_IS_REMOTE_MASK


class SpanExporter(OTLPSpanExporter):
    """The SDK's, with its connection, retries and settings; only what it sends is written here."""

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        is_sent = not self._shutdown and self._client.export(encoded(spans)).success
        return SpanExportResult.SUCCESS if is_sent else SpanExportResult.FAILURE


def encoded(spans: Sequence[ReadableSpan]) -> bytes:
    """A request with these spans of one process; there is at least one."""
    first = spans[0]
    if all(each.instrumentation_scope is first.instrumentation_scope for each in spans):
        request = encode_spans([first])
        request.resource_spans[0].scope_spans[0].spans.extend([_span(each) for each in spans[1:]])
    else:
        request = encode_spans(spans)
    content: bytes = request.SerializeToString()
    return content


def _span(span: ReadableSpan) -> Span:
    context, parent = span.get_span_context(), span.parent
    if context is None or context.trace_state or span.links or span.events or span.status.description:
        return _by_sdk(span)
    try:
        attributes = [_attribute(name, value) for name, value in (span.attributes or {}).items()]
    except (TypeError, ValueError):
        return _by_sdk(span)  # which leaves out the one attribute that can't be written, and not the whole batch
    return Span(
        trace_id=context.trace_id.to_bytes(16, "big"),
        span_id=context.span_id.to_bytes(8, "big"),
        parent_span_id=parent.span_id.to_bytes(8, "big") if parent else b"",
        name=span.name,
        kind=KINDS[span.kind],
        start_time_unix_nano=span.start_time or 0,
        end_time_unix_nano=span.end_time or 0,
        attributes=attributes,
        dropped_attributes_count=span.dropped_attributes,
        status=STATUSES[span.status.status_code],
        flags=_flags(parent),
    )


def _flags(parent: SpanContext | None) -> int:
    return REMOTE if parent is not None and parent.is_remote else LOCAL


def _by_sdk(span: ReadableSpan) -> Span:
    written: Span = encode_spans([span]).resource_spans[0].scope_spans[0].spans[0]
    return written


@lru_cache(maxsize=2048, typed=True)
def _attribute(name: str, value: object) -> KeyValue:
    """Raises TypeError for what isn't a single value, ValueError for what protobuf doesn't take."""
    match value:
        case bool():
            return KeyValue(key=name, value=AnyValue(bool_value=value))
        case str():
            return KeyValue(key=name, value=AnyValue(string_value=value))
        case int():
            return KeyValue(key=name, value=AnyValue(int_value=value))
        case float():
            return KeyValue(key=name, value=AnyValue(double_value=value))
        case _:
            raise TypeError(type(value))
