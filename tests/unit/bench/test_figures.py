"""What a bench reckons with what it has measured: a table is no better than this."""

import pytest

from tests.bench.pipeline.latency import covered_s
from tests.bench.quota.cases import CASES
from tests.bench.quota.series import Count, Span, throttled, used
from tests.bench.report import Figure, markdown, number, percentile


@pytest.mark.parametrize(
    ("spans", "covered"),
    [
        ([], 0),
        ([(1, 2), (3, 4)], 2),
        ([(1, 3), (2, 4)], 3),
        ([(1, 4), (2, 3)], 3),
        ([(-5, 1), (9, 20)], 2),
        ([(-5, -1), (11, 20)], 0),
    ],
)
def test_time_that_several_requests_take_side_by_side_counts_once(
    spans: list[tuple[float, float]], covered: float
) -> None:
    assert covered_s(spans, 0, 10) == covered


def test_a_target_is_reached_at_the_very_figure() -> None:
    assert Figure(part="any", what="cost", value=15, at_most=15).is_reached
    assert Figure(part="any", what="rate", value=84.9, at_least=85).is_reached is False
    assert Figure(part="any", what="told", value=1).is_reached is None


def test_a_missed_target_is_said_in_the_table() -> None:
    missed = Figure(part="any", what="SQS requests", value=0.31, at_most=0.3, beside="peer 1.1")
    assert "| SQS requests | 0.31 | ≤ 0.3 | **missed** | peer 1.1 |" in markdown([missed])


def test_numbers_have_three_digits_that_count() -> None:
    assert [number(each) for each in (0, 0.2018, 1.5, 42.42, 3966.4)] == ["0", "0.202", "1.5", "42.4", "3,966"]


def test_a_percentile_is_one_of_the_values() -> None:
    values = [float(each) for each in range(100, 0, -1)]
    assert [percentile(values, share) for share in (0, 0.5, 0.99, 1)] == [1, 51, 100, 100]


def test_use_and_throttles_are_of_the_span_alone() -> None:
    fifty = CASES[0]
    counts = [
        Count(at=0, admitted=0, throttled=50),
        Count(at=10, admitted=100, throttled=60),
        Count(at=20, admitted=590, throttled=70),
    ]
    assert used(counts, fifty, Span(begin=10, end=20)) == pytest.approx(0.98)
    assert used(counts, fifty, Span(begin=20, end=20)) == 0
    assert throttled(counts, [Span(begin=10, end=20)]) == pytest.approx(10 / 500)
    assert throttled(counts, [Span(begin=0, end=10), Span(begin=10, end=20)]) == pytest.approx(20 / 610)


def test_a_span_is_cut_within_itself() -> None:
    span = Span(begin=100, end=116)
    assert span.cut(10) == Span(begin=110, end=116)
    assert span.cut(3, 8) == Span(begin=103, end=108)
    assert span.cut(3, 50) == Span(begin=103, end=116)
    assert span.cut(20) == Span(begin=116, end=116)
