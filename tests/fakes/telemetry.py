"""Traces and metrics kept in memory. OpenTelemetry has one provider per process, so tests share it and clear it."""

from collections.abc import Mapping
from functools import cache

from opentelemetry import metrics, trace
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader, NumberDataPoint
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter


def spans_in_memory() -> InMemorySpanExporter:
    """Every span that ends from now on."""
    exporter = _exporter()
    exporter.clear()
    return exporter


@cache
def _exporter() -> InMemorySpanExporter:
    exporter = InMemorySpanExporter()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    return exporter


@cache
def metrics_in_memory() -> InMemoryMetricReader:
    """Everything that was recorded in this process."""
    reader = InMemoryMetricReader()
    metrics.set_meter_provider(MeterProvider(metric_readers=[reader], shutdown_on_exit=False))
    return reader


def total(reader: InMemoryMetricReader, name: str, attributes: Mapping[str, str]) -> float:
    """What a counter has come to in this process, under exactly these attributes."""
    data = reader.get_metrics_data()
    return sum(
        point.value
        for resource in (data.resource_metrics if data else ())
        for scope in resource.scope_metrics
        for metric in scope.metrics
        if metric.name == name
        for point in metric.data.data_points
        if isinstance(point, NumberDataPoint) and point.attributes == attributes
    )


def points(reader: InMemoryMetricReader) -> dict[str, list[dict[str, object]]]:
    """The attributes of every point, by metric."""
    found: dict[str, list[dict[str, object]]] = {}
    data = reader.get_metrics_data()
    for resource in data.resource_metrics if data else ():
        for scope in resource.scope_metrics:
            for metric in scope.metrics:
                found.setdefault(metric.name, []).extend(
                    dict(point.attributes or {}) for point in metric.data.data_points
                )
    return found
