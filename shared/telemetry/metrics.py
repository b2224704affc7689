"""Every metric that Gavel records: its name, kind, unit, meaning and attributes, in one place.

Names are OpenTelemetry's where it has one, `gavel.…` otherwise:
https://github.com/open-telemetry/semantic-conventions/blob/v1.44.0/docs/messaging/messaging-metrics.md
Without a meter provider (see `shared.telemetry.setup`) recording costs a function call and does nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Final, assert_never

from opentelemetry import metrics
from opentelemetry.metrics import Counter, Histogram

DESTINATION: Final = "messaging.destination.name"
ERROR_TYPE: Final = "error.type"
SETTLEMENT: Final = "gavel.settlement"
CODE: Final = "gavel.code"

SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)
AGES_S: Final = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0, 3600.0, 14_400.0, 86_400.0)
"""A message can wait for days: while a quota is used up, or while its queue's consumer is down."""


class Kind(StrEnum):
    COUNTER = "counter"
    HISTOGRAM = "histogram"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Metric:
    """`buckets` are a histogram's boundaries, in its unit."""

    name: str
    kind: Kind
    unit: str
    meaning: str
    attributes: tuple[str, ...]
    buckets: tuple[float, ...] = ()


CONSUMED = Metric(
    name="messaging.client.consumed.messages",
    kind=Kind.COUNTER,
    unit="{message}",
    meaning="Messages received, each delivery counted",
    attributes=(DESTINATION,),
)
SENT = Metric(
    name="messaging.client.sent.messages",
    kind=Kind.COUNTER,
    unit="{message}",
    meaning="Messages sent and accepted, or (with error.type) refused",
    attributes=(DESTINATION, ERROR_TYPE),
)
PROCESS_DURATION = Metric(
    name="messaging.process.duration",
    kind=Kind.HISTOGRAM,
    unit="s",
    meaning="How long a handler took for one message; error.type is the code of the error it ended with",
    attributes=(DESTINATION, ERROR_TYPE),
    buckets=SECONDS,
)
QUEUE_AGE = Metric(
    name="gavel.consumer.queue_age",
    kind=Kind.HISTOGRAM,
    unit="s",
    meaning="How long the oldest message of a receive had been in its queue",
    attributes=(DESTINATION,),
    buckets=AGES_S,
)
SETTLED = Metric(
    name="gavel.consumer.settled",
    kind=Kind.COUNTER,
    unit="{message}",
    meaning="Handled messages that didn't just succeed: retry, put_back, quarantine or defect, with the reason's code",
    attributes=(DESTINATION, SETTLEMENT, CODE),
)
GIVEN_BACK = Metric(
    name="gavel.consumer.given_back",
    kind=Kind.COUNTER,
    unit="{message}",
    meaning="Messages made visible again without having been handled to the end, because the consumer stops or pauses",
    attributes=(DESTINATION,),
)
SETTLEMENT_FAILED = Metric(
    name="gavel.consumer.settlement_failed",
    kind=Kind.COUNTER,
    unit="{message}",
    meaning="Deletes and visibility changes that the queue refused; each ends in a redelivery",
    attributes=(DESTINATION, CODE),
)
RECEIVE_FAILED = Metric(
    name="gavel.consumer.receive_failed",
    kind=Kind.COUNTER,
    unit="{request}",
    meaning="Receives that failed; the consumer waits and tries again",
    attributes=(DESTINATION, CODE),
)
EXTENDED = Metric(
    name="gavel.consumer.extended",
    kind=Kind.COUNTER,
    unit="{message}",
    meaning="Extensions of visibility for messages still in hand",
    attributes=(DESTINATION,),
)
BREAKER_OPENED = Metric(
    name="gavel.consumer.breaker_opened",
    kind=Kind.COUNTER,
    unit="{time}",
    meaning="Times that a consumer stopped receiving because its messages kept failing",
    attributes=(DESTINATION,),
)

REGISTRY: Final = (
    CONSUMED,
    SENT,
    PROCESS_DURATION,
    QUEUE_AGE,
    SETTLED,
    GIVEN_BACK,
    SETTLEMENT_FAILED,
    RECEIVE_FAILED,
    EXTENDED,
    BREAKER_OPENED,
)


def record(metric: Metric, amount: float, attributes: Mapping[str, str]) -> None:
    """Count `amount`, or for a histogram note it. The attributes' names are among the metric's own."""
    instrument = _instrument(metric)
    if isinstance(instrument, Histogram):
        instrument.record(amount, attributes)
    else:
        instrument.add(amount, attributes)


@cache
def _instrument(metric: Metric) -> Counter | Histogram:
    meter = metrics.get_meter("gavel")
    match metric.kind:
        case Kind.COUNTER:
            return meter.create_counter(metric.name, metric.unit, metric.meaning)
        case Kind.HISTOGRAM:
            return meter.create_histogram(
                metric.name, metric.unit, metric.meaning, explicit_bucket_boundaries_advisory=metric.buckets
            )
        case _:
            assert_never(metric.kind)
