"""Counting, and the rules that end a run."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.dataset.judging import Outcome
from cli.dataset.plan import Limits
from cli.dataset.progress import CURVE_POINTS, Progress, Stop, meaning, wilson

K, U, R, D = Outcome.KEPT, Outcome.UNCERTAIN, Outcome.REJECTED, Outcome.DUPLICATE


def after(*outcomes: Outcome, folders: tuple[str, ...] = ("Bird",)) -> Progress:
    progress = Progress.of(folders)
    for each in outcomes:
        progress.take(dict.fromkeys(folders, each), 50.0)
    return progress


def test_the_target_is_every_folder_s() -> None:
    progress, limits = Progress.of(("Bird", "Car")), Limits(target=2)
    for found in ({"Bird": K, "Car": R}, {"Bird": K, "Car": K}, {"Bird": Outcome.SURPLUS, "Car": R}):
        progress.take(found, 95.0)
        assert progress.stop(limits) is None
    assert progress.is_full("Bird", limits)
    progress.take({"Bird": R, "Car": K}, 95.0)
    assert progress.stop(limits) is Stop.TARGET


@pytest.mark.parametrize(
    ("outcomes", "stops"),
    [((R, R, R), True), ((R, R, U, R), False), ((R, R, K, R), False), ((R, D, R, R), False), ((K, R, R, R), True)],
)
def test_patience_counts_misses_in_a_row_and_doubt_is_none(outcomes: tuple[Outcome, ...], stops: bool) -> None:
    assert (after(*outcomes).stop(Limits(patience=3)) is Stop.PATIENCE) is stops


def test_files_that_are_no_images_are_misses_too() -> None:
    progress = after(R)
    progress.refuse()
    progress.refuse()
    assert progress.stop(Limits(patience=3)) is Stop.PATIENCE
    assert (progress.images, progress.refused, progress.misses) == (3, 2, 1)


def test_repeats_are_hits_and_not_kept() -> None:
    progress = after(K, D, R)
    assert (progress.hits, progress.folders["Bird"].kept, progress.folders["Bird"].duplicate) == (2, 1, 1)


@given(st.integers(1, 5_000), st.integers(1, 7))
def test_the_curve_is_bounded_and_ends_near_the_end(images: int, every: int) -> None:
    progress = Progress.of(("Bird",))
    for number in range(images):
        progress.take({"Bird": R if number % every else K}, 99.0)
    assert 1 <= len(progress.curve) <= CURVE_POINTS
    assert [point.images for point in progress.curve] == sorted({point.images for point in progress.curve})
    assert all(point.hits == math.ceil(point.images / every) for point in progress.curve)
    assert progress.curve[-1].images > images * (1 - 2 / CURVE_POINTS) - 1
    assert sum(progress.histogram) == images


@given(st.integers(1, 10_000).flatmap(lambda images: st.tuples(st.integers(0, images), st.just(images))))
def test_the_interval_holds_the_share_and_narrows_with_more_images(counted: tuple[int, int]) -> None:
    hits, images = counted
    low, high = wilson(hits, images)
    assert 0 <= low <= hits / images + 1e-12
    assert hits / images - 1e-12 <= high <= 1
    wider = wilson(hits, images)
    narrower = wilson(4 * hits, 4 * images)
    assert narrower[1] - narrower[0] <= wider[1] - wider[0]


@pytest.mark.parametrize(
    ("hits", "images", "low", "high"),
    # R: binom::binom.wilson
    [(0, 10, 0.0, 0.2775), (5, 10, 0.2366, 0.7634), (10, 10, 0.7225, 1.0), (100, 500, 0.1673, 0.2373)],
)
def test_the_interval_is_wilson_s(hits: int, images: int, low: float, high: float) -> None:
    assert list(wilson(hits, images)) == pytest.approx([low, high], abs=1e-4)


def test_with_nothing_counted_anything_may_be() -> None:
    assert wilson(0, 0) == (0.0, 1.0)


def test_a_long_row_of_misses_says_that_the_source_is_sorted_and_a_short_one_that_it_is_chance() -> None:
    sorted_ = after(*[K, K, R, R] * 10, *[R] * 30)
    limits = Limits(patience=30)
    assert "sorted" in meaning(Stop.PATIENCE, sorted_, limits, is_random=False)
    assert "few are left" in meaning(Stop.PATIENCE, sorted_, limits, is_random=True)
    rare = after(K, *[R] * 9, K, *[R] * 5)
    assert "by chance" in meaning(Stop.PATIENCE, rare, Limits(patience=5), is_random=False)
    assert "no hit" in meaning(Stop.PATIENCE, after(R, R), Limits(patience=2), is_random=False)


def test_at_the_cap_it_says_how_many_more_the_target_would_take() -> None:
    told = meaning(Stop.MAX_SCAN, after(*[K, R] * 50), Limits(target=100, max_scan=100), is_random=False)
    assert "The 50 that are missing would take some 84 to 124 more." in told
    assert "nobody can say" in meaning(Stop.MAX_SCAN, after(R), Limits(target=5, max_scan=1), is_random=False)
    assert meaning(Stop.MAX_SCAN, after(K), Limits(max_scan=1), is_random=False).endswith("the end of the source.")


def test_the_end_of_the_source_says_what_is_short() -> None:
    assert "more for Bird" in meaning(Stop.END, after(K, R), Limits(target=2), is_random=False)
    assert "more" not in meaning(Stop.END, after(K, K), Limits(target=2), is_random=False)
