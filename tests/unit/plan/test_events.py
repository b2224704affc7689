"""What holds of any queue, whatever comes: the simulation's own proof."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.plan.events import Clock, Station

TIMES = st.floats(0, 100, allow_nan=False)
ITEMS = st.lists(st.tuples(TIMES, st.floats(0, 10, allow_nan=False)), max_size=40)
PLACES = st.integers(1, 5)


@dataclass
class Run:
    station: Station
    clock: Clock
    began_s: dict[int, float]
    ended_s: dict[int, float]


def served(items: list[tuple[float, float]], places: int, *, backfill: frozenset[int] = frozenset()) -> Run:
    """Items as (arrival, service), by their number."""
    clock = Clock()
    station = Station(clock, "any", places)
    run = Run(station, clock, {}, {})

    def come(number: int, service_s: float) -> None:
        def end() -> None:
            run.ended_s[number] = clock.now_s
            run.began_s[number] = clock.now_s - service_s

        station.take(service_s, end, is_backfill=number in backfill)

    for number, (at_s, service_s) in enumerate(items):
        clock.after(at_s, lambda number=number, service_s=service_s: come(number, service_s))  # type: ignore[misc]
    clock.run()
    return run


@given(ITEMS, PLACES)
def test_every_item_that_comes_leaves_once(items: list[tuple[float, float]], places: int) -> None:
    run = served(items, places)
    assert run.station.seen.came == run.station.seen.left == len(items) == len(run.ended_s)


@given(ITEMS, PLACES)
def test_items_there_at_a_time_are_rate_times_stay(items: list[tuple[float, float]], places: int) -> None:
    """Little's law, summed up: the area under the number of items is the sum of their stays."""
    run = served(items, places)
    stays = sum(run.ended_s[number] - at_s for number, (at_s, _) in enumerate(items))
    assert run.station.seen.item_seconds == pytest.approx(stays, abs=1e-6)


@given(ITEMS, ITEMS, PLACES)
def test_more_load_never_makes_anybody_wait_less(
    items: list[tuple[float, float]], more: list[tuple[float, float]], places: int
) -> None:
    alone, crowded = served(items, places), served(items + more, places)
    for number in range(len(items)):
        assert crowded.began_s[number] >= alone.began_s[number] - 1e-6


@given(ITEMS, PLACES)
def test_another_place_never_makes_anybody_wait_longer(items: list[tuple[float, float]], places: int) -> None:
    few, many = served(items, places), served(items, places + 1)
    for number in range(len(items)):
        assert many.began_s[number] <= few.began_s[number] + 1e-6


def test_who_comes_first_is_served_first() -> None:
    run = served([(0, 5), (1, 1), (2, 1)], 1)
    assert run.began_s == {0: 0, 1: 5, 2: 6}


def test_live_goes_before_backfill_that_waits() -> None:
    run = served([(0, 5), (1, 1), (2, 1)], 1, backfill=frozenset({1}))
    assert run.began_s == {0: 0, 2: 5, 1: 6}


def test_an_item_can_go_on_before_its_place_is_free() -> None:
    clock, ended_s = Clock(), list[float]()
    station = Station(clock, "any", 1)
    for _ in range(2):
        station.take(1, lambda: ended_s.append(clock.now_s), held_s=10)
    clock.run()
    assert ended_s == [1, 11]
    assert clock.now_s == 20
