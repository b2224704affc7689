import re

import pytest

from shared.telemetry.instruments import OTHER, VALUES_LIMIT
from shared.telemetry.metrics import (
    CONSUMED,
    DESTINATION,
    PROCESS_DURATION,
    REGISTRY,
    TENANT,
    Kind,
    Metric,
    record,
)
from shared.telemetry.metrics_table import DOCUMENT, table
from tests.fakes.telemetry import metrics_in_memory, points


def test_no_two_metrics_have_one_name() -> None:
    assert len({metric.name for metric in REGISTRY}) == len(REGISTRY)


@pytest.mark.parametrize("metric", REGISTRY, ids=lambda metric: metric.name)
def test_a_metric_says_what_it_is(metric: Metric) -> None:
    assert re.fullmatch(r"(http|messaging|gavel)(\.[a-z_]+)+", metric.name)
    assert metric.meaning
    assert metric.unit in {"s", "USD"} or re.fullmatch(r"\{[a-z]+\}(/s)?", metric.unit)
    assert set(metric.open) <= set(metric.attributes)
    assert bool(metric.buckets) == (metric.kind is Kind.HISTOGRAM)
    assert list(metric.buckets) == sorted(metric.buckets)


def test_counters_count_and_histograms_note() -> None:
    reader = metrics_in_memory()
    record(CONSUMED, 10, {DESTINATION: "reviews"})
    record(PROCESS_DURATION, 0.2, {DESTINATION: "reviews"})
    found = points(reader)
    assert {DESTINATION: "reviews"} in found[CONSUMED.name]
    assert {DESTINATION: "reviews"} in found[PROCESS_DURATION.name]


def test_an_attribute_without_end_stays_within_its_bounds() -> None:
    reader = metrics_in_memory()
    # A metric of its own: what other tests have recorded of the others counts too.
    endless = Metric(
        name="gavel.test.endless", kind=Kind.COUNTER, unit="{item}", meaning="", attributes=(TENANT,), open=(TENANT,)
    )
    for number in range(VALUES_LIMIT + 50):
        record(endless, 1, {TENANT: f"tenant-{number}"})
    tenants = {point[TENANT] for point in points(reader)[endless.name]}
    assert len(tenants) == VALUES_LIMIT + 1
    assert OTHER in tenants


def test_the_documented_table_is_what_is_recorded() -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == table(), "write it anew: python -m shared.telemetry.metrics_table"
