import re

import pytest

from shared.telemetry.metrics import CONSUMED, DESTINATION, PROCESS_DURATION, REGISTRY, Kind, Metric, record
from tests.fakes.telemetry import metrics_in_memory, points


def test_no_two_metrics_have_one_name() -> None:
    assert len({metric.name for metric in REGISTRY}) == len(REGISTRY)


@pytest.mark.parametrize("metric", REGISTRY, ids=lambda metric: metric.name)
def test_a_metric_says_what_it_is(metric: Metric) -> None:
    assert re.fullmatch(r"(messaging|gavel)(\.[a-z_]+)+", metric.name)
    assert metric.meaning
    assert metric.unit == "s" or re.fullmatch(r"\{[a-z]+\}", metric.unit)
    assert bool(metric.buckets) == (metric.kind is Kind.HISTOGRAM)
    assert list(metric.buckets) == sorted(metric.buckets)


def test_counters_count_and_histograms_note() -> None:
    reader = metrics_in_memory()
    record(CONSUMED, 10, {DESTINATION: "reviews"})
    record(PROCESS_DURATION, 0.2, {DESTINATION: "reviews"})
    found = points(reader)
    assert {DESTINATION: "reviews"} in found[CONSUMED.name]
    assert {DESTINATION: "reviews"} in found[PROCESS_DURATION.name]
