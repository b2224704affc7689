"""Starts logs, traces and metrics of one process, and ends them within seconds whatever the collector does.

Export is by OTLP over HTTP and only where an endpoint is set; the SDK reads the rest (headers, certificates, resource
attributes) from OTEL_* itself. Exporting runs in the SDK's own threads: a collector that is slow or gone costs
telemetry, and never holds up or fails a message.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from opentelemetry import metrics, trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.sdk.metrics import AlwaysOffExemplarFilter, MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import (
    ALWAYS_OFF,
    Decision,
    ParentBased,
    Sampler,
    SamplingResult,
    TraceIdRatioBased,
)
from opentelemetry.trace import Link, SpanKind, TraceState
from opentelemetry.util.types import Attributes

from shared.telemetry import logs
from shared.telemetry.otlp import SpanExporter
from shared.telemetry.spans import KEPT

EXPORT_TIMEOUT_S: Final = 5
END_TIMEOUT_S: Final = 3
"""What the last export may take; well inside the margin that the consumer leaves of ECS's stopTimeout."""


@contextmanager
def telemetry(service: str, *, stack: str, otlp_endpoint: str | None, trace_ratio: float) -> Iterator[None]:
    """Telemetry while a service runs. To be entered once per process, before anything else."""
    logs.to_stdout()
    resource = Resource.create(
        {"service.name": service, "service.namespace": "gavel", "deployment.environment.name": stack}
    )
    tracing = tracer_provider(resource, otlp_endpoint, trace_ratio)
    trace.set_tracer_provider(tracing)
    ends: list[Callable[[], None]] = [tracing.shutdown]
    if otlp_endpoint is not None:
        metering = meter_provider(resource, otlp_endpoint)
        metrics.set_meter_provider(metering)
        ends.append(metering.shutdown)
    try:
        yield
    finally:
        end(ends)


def tracer_provider(resource: Resource, otlp_endpoint: str | None, ratio: float) -> TracerProvider:
    """Samples what the message's producer sampled, of the traces that begin here this ratio, and what is to be kept.

    Without an endpoint spans still have ids, so that messages carry one trace and logs name it, and cost no more.
    """
    sampler = Following(TraceIdRatioBased(ratio)) if otlp_endpoint else ParentBased(ALWAYS_OFF)
    provider = TracerProvider(resource=resource, sampler=sampler, shutdown_on_exit=False)
    if otlp_endpoint is not None:
        exporter = SpanExporter(endpoint=_signal(otlp_endpoint, "traces"), timeout=EXPORT_TIMEOUT_S)
        provider.add_span_processor(BatchSpanProcessor(exporter))
    return provider


class Following(Sampler):
    """Samples every span that says that it is kept (`spans.keep`); the others below another span as that one is, and
    where a trace begins as told."""

    def __init__(self, beginnings: Sampler) -> None:
        self._beginnings = beginnings

    def should_sample(
        self,
        parent_context: Context | None,
        trace_id: int,
        name: str,
        kind: SpanKind | None = None,
        attributes: Attributes = None,
        links: Sequence[Link] | None = None,
        trace_state: TraceState | None = None,
    ) -> SamplingResult:
        above = trace.get_current_span(parent_context).get_span_context()
        if (above.is_valid and above.trace_flags.sampled) or (attributes and KEPT in attributes):
            return SamplingResult(Decision.RECORD_AND_SAMPLE, attributes, above.trace_state)
        if above.is_valid:
            return SamplingResult(Decision.DROP, None, above.trace_state)
        return self._beginnings.should_sample(parent_context, trace_id, name, kind, attributes, links, trace_state)

    def get_description(self) -> str:
        return f"Following{{{self._beginnings.get_description()}}}"


def meter_provider(resource: Resource, otlp_endpoint: str) -> MeterProvider:
    exporter = OTLPMetricExporter(endpoint=_signal(otlp_endpoint, "metrics"), timeout=EXPORT_TIMEOUT_S)
    return MeterProvider(
        metric_readers=[PeriodicExportingMetricReader(exporter)],
        resource=resource,
        exemplar_filter=AlwaysOffExemplarFilter(),  # traces are found by media id; exemplars cost on every record
        shutdown_on_exit=False,
    )


def _signal(endpoint: str, name: str) -> str:
    return f"{endpoint.rstrip('/')}/v1/{name}"


def end(ends: Sequence[Callable[[], None]], within_s: float = END_TIMEOUT_S) -> None:
    """Export what is left, side by side, in threads that die with the process if the collector doesn't answer."""
    threads = [threading.Thread(target=end, daemon=True) for end in ends]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(within_s)
