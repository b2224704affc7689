"""What a metric is, and how an amount gets into it.

Without a meter provider (see `shared.telemetry.setup`) recording costs a function call and does nothing.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from typing import Final, assert_never

from opentelemetry import metrics

VALUES_LIMIT: Final = 100
"""Values of one attribute that a process tells apart: each is a time series of its own, and is paid for."""
OTHER: Final = "other"
"""Stands for every value beyond the limit."""


class Kind(StrEnum):
    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Metric:
    """`buckets` are a histogram's boundaries, in its unit. `open` are those of its attributes whose values no list of
    ours ends: they are told apart up to VALUES_LIMIT."""

    name: str
    kind: Kind
    unit: str
    meaning: str
    attributes: tuple[str, ...]
    buckets: tuple[float, ...] = ()
    open: tuple[str, ...] = ()
    _values: dict[str, set[str]] = field(default_factory=dict, init=False, repr=False)


def record(metric: Metric, amount: float, attributes: Mapping[str, str]) -> None:
    """Count `amount`, or note it. The attributes' names are among the metric's own."""
    _instrument(metric)(amount, _bounded(metric, attributes) if metric.open else attributes)


def _bounded(metric: Metric, attributes: Mapping[str, str]) -> Mapping[str, str]:
    return {name: _known(metric, name, value) for name, value in attributes.items()}


def _known(metric: Metric, name: str, value: str) -> str:
    if name not in metric.open:
        return value
    values = metric._values.setdefault(name, set())
    if value not in values and len(values) >= VALUES_LIMIT:
        return OTHER
    values.add(value)
    return value


@cache
def _instrument(metric: Metric) -> Callable[[float, Mapping[str, str]], None]:
    meter = metrics.get_meter("gavel")
    match metric.kind:
        case Kind.COUNTER:
            return meter.create_counter(metric.name, metric.unit, metric.meaning).add
        case Kind.GAUGE:
            return meter.create_gauge(metric.name, metric.unit, metric.meaning).set
        case Kind.HISTOGRAM:
            return meter.create_histogram(
                metric.name, metric.unit, metric.meaning, explicit_bucket_boundaries_advisory=metric.buckets
            ).record
        case _:
            assert_never(metric.kind)
