"""OTLP over HTTP in protobuf, read into plain values: https://opentelemetry.io/docs/specs/otlp/#otlphttp"""

import zlib
from base64 import b64encode
from collections.abc import Iterable, Iterator
from typing import Any, Final, TypeVar

from google.protobuf.message import DecodeError, Message
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span as ProtoSpan

from gavel_emulator.otlp.store import Link, Point, Span

M = TypeVar("M", bound=Message)

PROTOBUF: Final = "application/x-protobuf"
BODY_LIMIT_BYTES: Final = 64 * 1024 * 1024
KINDS: Final = dict(enumerate(("unspecified", "internal", "server", "client", "producer", "consumer")))
STATUSES: Final = dict(enumerate(("unset", "ok", "error")))


class Unreadable(ValueError):
    """The body isn't what its headers say; the text is for whoever sent it."""


def spans(body: bytes, content_type: str, encoding: str) -> list[Span]:
    request = _message(ExportTraceServiceRequest(), body, content_type, encoding)
    return [
        _span(each, _named(resource.resource.attributes))
        for resource in request.resource_spans
        for scope in resource.scope_spans
        for each in scope.spans
    ]


def points(body: bytes, content_type: str, encoding: str) -> list[Point]:
    """The newest value of each series; of a histogram its count, sum, bounds and buckets."""
    request = _message(ExportMetricsServiceRequest(), body, content_type, encoding)
    return [
        point
        for resource in request.resource_metrics
        for scope in resource.scope_metrics
        for metric in scope.metrics
        for point in _points(metric, str(_named(resource.resource.attributes).get("service.name", "")))
    ]


def _message(message: M, body: bytes, content_type: str, encoding: str) -> M:
    if content_type.partition(";")[0].strip() != PROTOBUF:
        raise Unreadable(f"{content_type or 'no content type'} isn't read here; {PROTOBUF} is")
    try:
        message.ParseFromString(_unpacked(body, encoding))
    except (DecodeError, zlib.error) as problem:
        raise Unreadable("not an OTLP export in protobuf") from problem
    return message


def _unpacked(body: bytes, encoding: str) -> bytes:
    if encoding in {"", "identity"}:
        return body
    if encoding != "gzip":
        raise Unreadable(f"Content-Encoding {encoding!r} isn't read here; gzip or none is")
    unpacker = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    plain = unpacker.decompress(body, BODY_LIMIT_BYTES)
    if not unpacker.eof:
        raise Unreadable(f"the export is cut off, or larger than {BODY_LIMIT_BYTES:,} bytes unpacked")
    return plain


def _span(span: ProtoSpan, resource: dict[str, Any]) -> Span:
    return Span(
        trace_id=span.trace_id.hex(),
        span_id=span.span_id.hex(),
        parent_id=span.parent_span_id.hex() or None,
        name=span.name,
        kind=KINDS.get(span.kind, "unspecified"),
        service=str(resource.get("service.name", "")),
        start_ns=span.start_time_unix_nano,
        end_ns=span.end_time_unix_nano,
        status=STATUSES.get(span.status.code, "unset"),
        attributes=_named(span.attributes),
        links=tuple(Link(trace_id=link.trace_id.hex(), span_id=link.span_id.hex()) for link in span.links),
    )


def _points(metric: Any, service: str) -> Iterator[Point]:
    kind = metric.WhichOneof("data")
    for point in getattr(metric, kind).data_points if kind else ():
        value: Any
        if kind == "histogram":
            value = {
                "count": point.count,
                "sum": point.sum,
                "bounds": list(point.explicit_bounds),
                "buckets": list(point.bucket_counts),
            }
        elif kind in {"sum", "gauge"}:
            value = point.as_int if point.WhichOneof("value") == "as_int" else point.as_double
        else:
            continue
        yield Point(
            name=metric.name, unit=metric.unit, service=service, attributes=_named(point.attributes), value=value
        )


def _named(pairs: Iterable[KeyValue]) -> dict[str, Any]:
    return {pair.key: _value(pair.value) for pair in pairs}


def _value(value: AnyValue) -> Any:
    kind = value.WhichOneof("value")
    match kind:
        case None:
            return None
        case "array_value":
            return [_value(each) for each in value.array_value.values]
        case "kvlist_value":
            return _named(value.kvlist_value.values)
        case "bytes_value":
            return b64encode(value.bytes_value).decode()
        case _:
            return getattr(value, kind)
