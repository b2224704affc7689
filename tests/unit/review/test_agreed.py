"""A verdict's segments are what more than half of the reviewers say, and never a moment more."""

import random
from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.review.domain.agreed import agreed_segments
from shared.contracts.messages import Segment
from shared.contracts.words import Action
from shared.ledger.entries import AnswerGiven
from tests.unit.review.cases import AT


def segment(
    start_ms: int, end_ms: int, *, label: str = "Weapons", confidence: float = 70.0, frames: int = 2
) -> Segment:
    return Segment(
        label=label, parent="", level=2, start_ms=start_ms, end_ms=end_ms, confidence=confidence, frames=frames
    )


def by_hand(start_ms: int, end_ms: int) -> Segment:
    return segment(start_ms, end_ms, confidence=100.0, frames=0)


def agreed(*said: Sequence[Segment]) -> tuple[Segment, ...]:
    """Of reviewers who each said this."""
    return agreed_segments(
        [
            AnswerGiven(at=AT, round=1, worker=f"w{number}", action=Action.REJECT, segments=tuple(segments))
            for number, segments in enumerate(said)
        ]
    )


def times(segments: Sequence[Segment]) -> list[tuple[int, int]]:
    return [(each.start_ms, each.end_ms) for each in segments]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ([[(0, 600)], [(60, 62)], [(60, 62)]], [(60, 62)]),
        ([[(0, 10)], [(10, 20)], []], [(10, 10)]),
        ([[(0, 10)], [(11, 20)], []], []),
        ([[(0, 26)], [(5, 12), (17, 21)], [(9, 17)]], [(5, 21)]),
        ([[(0, 9)], [(0, 2), (5, 7)], []], [(0, 2), (5, 7)]),
        ([[(0, 9)], [(4, 4)]], [(4, 4)]),
        ([[(0, 9)], []], []),
        ([[(0, 9), (3, 12)], [], []], []),
        ([[(0, 5)], [(0, 9)], [(4, 9)], []], [(4, 5)]),
        ([], []),
    ],
)
def test_what_more_than_half_cover_stays(said: list[list[tuple[int, int]]], expected: list[tuple[int, int]]) -> None:
    assert times(agreed(*([segment(*each) for each in one] for one in said))) == expected


def test_each_label_is_agreed_on_by_itself() -> None:
    weapons, corpses = segment(0, 9), segment(0, 9, label="Corpses")
    assert agreed([weapons], [corpses]) == ()
    assert agreed([weapons, corpses], [weapons], [corpses]) == (corpses, weapons)


def test_confidence_and_frames_are_what_more_than_half_stand_for() -> None:
    whole = segment(0, 600, confidence=92, frames=40)
    assert agreed([whole], [whole], [by_hand(60, 62)]) == (whole,)
    assert agreed([whole], [by_hand(60, 62)], [by_hand(60, 62)]) == (by_hand(60, 62),)
    assert agreed([whole], [by_hand(60, 62)]) == (segment(60, 62, confidence=92, frames=0),)
    assert agreed([segment(0, 9), segment(20, 29)], [segment(0, 29, frames=5)]) == (
        segment(0, 9, frames=0),
        segment(20, 29, frames=0),
    )


def test_frames_that_two_segments_may_share_count_once() -> None:
    said = [segment(0, 10, frames=4), segment(5, 20, frames=3), segment(30, 40, frames=1), by_hand(20, 30)]
    assert agreed(said, said) == (segment(0, 40, confidence=100.0, frames=4),)


def test_a_single_reviewers_segments_stay_as_they_are() -> None:
    said = (segment(0, 10), by_hand(5, 20), segment(20, 20, label="Corpses"))
    assert agreed(said) == said
    assert agreed([*said, said[0]]) == said


@st.composite
def segments(draw: st.DrawFn) -> Segment:
    start_ms = draw(st.integers(0, 30))
    return segment(
        start_ms,
        start_ms + draw(st.integers(0, 12)),
        label=draw(st.sampled_from("AB")),
        confidence=draw(st.floats(0, 100)),
        frames=draw(st.integers(0, 9)),
    )


answers = st.lists(st.lists(segments(), max_size=5), min_size=2, max_size=5)


def covers(one: Sequence[Segment], label: str, at: float) -> bool:
    return any(each.label == label and each.start_ms <= at <= each.end_ms for each in one)


@given(answers)
def test_a_moment_is_in_the_result_if_and_only_if_more_than_half_say_so(said: list[list[Segment]]) -> None:
    found = agreed(*said)
    for label in "AB":
        for half_ms in range(2 * 45):
            at = half_ms / 2
            assert covers(found, label, at) == (2 * sum(covers(one, label, at) for one in said) > len(said))
        same = [each for each in found if each.label == label]
        assert all(before.end_ms < after.start_ms for before, after in pairwise(same))


@given(answers)
def test_no_more_confidence_and_frames_than_somebody_gave(said: list[list[Segment]]) -> None:
    for each in agreed(*said):
        same = [one for segments in said for one in segments if one.label == each.label]
        assert each.confidence in {one.confidence for one in same}
        assert each.frames <= sum(one.frames for one in same)


@given(st.lists(segments(), max_size=8), st.integers(2, 5))
def test_what_all_say_alike_is_exact(some: list[Segment], reviewers: int) -> None:
    apart: list[Segment] = []
    for each in some:
        if all(each.label != one.label or each.end_ms < one.start_ms or one.end_ms < each.start_ms for one in apart):
            apart.append(each)
    assert set(agreed(*[apart] * reviewers)) == set(apart)


@given(answers, st.randoms(use_true_random=False))
def test_the_order_of_answers_and_of_segments_is_nothing(said: list[list[Segment]], shuffled: random.Random) -> None:
    other = [shuffled.sample(one, len(one)) for one in shuffled.sample(said, len(said))]
    assert agreed(*other) == agreed(*said)
