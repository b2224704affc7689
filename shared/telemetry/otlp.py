"""Spans as OTLP's protobuf, the same as the SDK writes, at a third of its cost: every sampled item pays for several.

They are written where they are sent from, not made and copied. What is rare here (links, events, lists) is left to the
SDK.
https://github.com/open-telemetry/opentelemetry-proto/blob/v1.9.0/opentelemetry/proto/trace/v1/trace.proto
"""

from collections.abc import Sequence
from typing import Final

from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.proto.common.v1.common_pb2 import AnyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span, SpanFlags, Status
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExportResult
from opentelemetry.trace import SpanContext, SpanKind, StatusCode

KINDS: Final = {kind: Span.SpanKind.Value(f"SPAN_KIND_{kind.name}") for kind in SpanKind}
STATUSES: Final = {code: Status.StatusCode.Value(f"STATUS_CODE_{code.name}") for code in StatusCode}
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
        written = request.resource_spans[0].scope_spans[0].spans
        for each in spans[1:]:
            _write(each, written.add())
    else:
        request = encode_spans(spans)
    content: bytes = request.SerializeToString()
    return content


def _write(span: ReadableSpan, to: Span) -> None:
    context, parent = span.get_span_context(), span.parent
    if context is None or context.trace_state or span.links or span.events or span.status.description:
        _write_by_sdk(span, to)
        return
    to.trace_id = context.trace_id.to_bytes(16, "big")
    to.span_id = context.span_id.to_bytes(8, "big")
    if parent is not None:
        to.parent_span_id = parent.span_id.to_bytes(8, "big")
    to.name = span.name
    to.kind = KINDS[span.kind]
    to.start_time_unix_nano = span.start_time or 0
    to.end_time_unix_nano = span.end_time or 0
    to.dropped_attributes_count = span.dropped_attributes
    to.flags = _flags(parent)
    to.status.code = STATUSES[span.status.status_code]
    try:
        for name, value in (span.attributes or {}).items():
            attribute = to.attributes.add()
            attribute.key = name
            _set(attribute.value, value)
    except (TypeError, ValueError):
        _write_by_sdk(span, to)  # which leaves out the one attribute that can't be written, and not the whole batch


def _flags(parent: SpanContext | None) -> int:
    return REMOTE if parent is not None and parent.is_remote else LOCAL


def _write_by_sdk(span: ReadableSpan, to: Span) -> None:
    to.CopyFrom(encode_spans([span]).resource_spans[0].scope_spans[0].spans[0])


def _set(to: AnyValue, value: object) -> None:
    """Raises TypeError for what isn't a single value, ValueError for what protobuf doesn't take."""
    match value:
        case str():
            to.string_value = value
        case bool():
            to.bool_value = value
        case int():
            to.int_value = value
        case float():
            to.double_value = value
        case _:
            raise TypeError(type(value))
