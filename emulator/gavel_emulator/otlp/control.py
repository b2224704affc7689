"""Routes of the receiver: where exporters send to, and where tests and the console look."""

from dataclasses import asdict
from typing import Any

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceResponse
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from gavel_emulator.control import ControlError, Request, Response, route
from gavel_emulator.otlp import reading
from gavel_emulator.otlp.store import Store


def serve(store: Store) -> None:
    """OTEL_EXPORTER_OTLP_ENDPOINT is `<the emulator>/_gavel/otlp`."""

    def take_traces(request: Request) -> Response:
        store.add(_read(reading.spans, request))
        return Response(ExportTraceServiceResponse().SerializeToString(), mimetype=reading.PROTOBUF)

    def take_metrics(request: Request) -> Response:
        store.note(_read(reading.points, request))
        return Response(ExportMetricsServiceResponse().SerializeToString(), mimetype=reading.PROTOBUF)

    def spans(request: Request) -> dict[str, Any]:
        conversation, trace = request.args.get("conversation"), request.args.get("trace")
        if (conversation is None) == (trace is None):
            raise ControlError(400, "say ?conversation=<media id> or ?trace=<trace id>")
        found = store.about(conversation) if conversation is not None else store.trace(str(trace))
        return {"spans": [asdict(span) for span in found]}

    def metrics(request: Request) -> dict[str, Any]:
        return {"points": [asdict(point) for point in store.points(request.args.get("name"))]}

    def forget(request: Request) -> None:
        store.clear()

    route("POST", "/_gavel/otlp/v1/traces", take_traces)
    route("POST", "/_gavel/otlp/v1/metrics", take_metrics)
    route("GET", "/_gavel/otlp/spans", spans)
    route("GET", "/_gavel/otlp/metrics", metrics)
    route("DELETE", "/_gavel/otlp", forget)


def _read(read: Any, request: Request) -> Any:
    try:
        return read(
            request.get_data(), request.headers.get("Content-Type", ""), request.headers.get("Content-Encoding", "")
        )
    except reading.Unreadable as problem:
        raise ControlError(400, str(problem)) from problem
