"""The most urgent loops, found by reading a few pages of each octave of severity."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.review.desk.domain.waiting import OCTAVES, MostUrgent, Page, Shelf, Waiting, octave, shelves
from services.review.desk.domain.work import urgency
from tests.unit.review_desk.reviewing import BEGIN, at

NOW = at(hours=30)
GROUP = "gavel-dev-moderators"


class Index:
    """Shelves with these loops, read a few at a time; `pages` is what was read."""

    def __init__(self, loops: list[Waiting], size: int) -> None:
        self._size = size
        self._shelves: dict[Shelf, list[Waiting]] = {}
        for loop in sorted(loops, key=lambda loop: (loop.created_at, loop.name)):
            self._shelves.setdefault(Shelf(group=GROUP, octave=octave(loop.severity)), []).append(loop)
        self._places: dict[Shelf, int] = {}
        self.pages = 0

    def read(self, shelf: Shelf) -> Page:
        first = self._places.get(shelf, 0)
        self._places[shelf] = last = first + self._size
        self.pages += 1
        loops = self._shelves.get(shelf, [])
        return Page(loops=loops[first:last], after=str(last) if len(loops) > last else None)


def most_urgent(index: Index, wanted: int) -> list[Waiting]:
    found, order = [], MostUrgent(shelves(GROUP), NOW)
    for shelf in shelves(GROUP):
        order.take(shelf, index.read(shelf))
    while True:
        for loop in order.certain():
            found.append(loop)
            if len(found) == wanted:
                return found
        unread = order.unread()
        if unread is None:
            return found
        order.take(unread, index.read(unread))


def rank(loop: Waiting) -> float:
    return urgency(loop.severity, loop.created_at, NOW)


LOOPS = st.lists(st.tuples(st.integers(0, 100), st.integers(0, 100_000)), max_size=120).map(
    lambda each: [
        Waiting(name=f"loop-{number}", severity=severity, created_at=BEGIN + timedelta(seconds=since))
        for number, (severity, since) in enumerate(each)
    ]
)


@given(loops=LOOPS, size=st.integers(1, 20), wanted=st.integers(1, 60))
def test_the_order_is_that_of_severity_times_age_however_little_is_read(
    loops: list[Waiting], size: int, wanted: int
) -> None:
    found = most_urgent(Index(loops, size), wanted)
    assert [rank(loop) for loop in found] == sorted((rank(loop) for loop in loops), reverse=True)[:wanted]
    assert len({loop.name for loop in found}) == len(found)


@given(loops=LOOPS, size=st.integers(1, 20))
def test_what_was_read_is_given_once_even_when_reading_ends_early(loops: list[Waiting], size: int) -> None:
    index, order = Index(loops, size), MostUrgent(shelves(GROUP), NOW)
    for shelf in shelves(GROUP):
        order.take(shelf, index.read(shelf))
    found = [*order.certain(), *order.rest()]
    assert len({loop.name for loop in found}) == len(found)
    assert [rank(loop) for loop in found] == sorted(map(rank, found), reverse=True)


@pytest.mark.parametrize(
    ("severity", "expected"), [(-5, 1), (0, 1), (1, 1), (2, 2), (63, 6), (64, 7), (100, 7), (900, 7)]
)
def test_every_severity_has_an_octave(severity: int, expected: int) -> None:
    assert octave(severity) == expected
    assert octave(severity) in OCTAVES


def test_of_a_queue_that_is_worked_off_by_urgency_little_is_read() -> None:
    # What such a queue looks like: everything below one urgency is still there, nothing above it.
    loops = [
        Waiting(name=f"loop-{number}", severity=severity, created_at=NOW - timedelta(minutes=1_700 * share / severity))
        for number in range(5_000)
        for severity, share in [(1 + number * 37 % 100, (number * 61 % 1_000) / 1_000)]
    ]
    index = Index(loops, 250)
    assert len(most_urgent(index, 50)) == 50
    assert index.pages <= 12, "of 25 that there are"
