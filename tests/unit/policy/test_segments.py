"""Segments: what belongs together, whatever the order, and how few there can be."""

import random
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from shared.contracts.messages import Segment
from shared.policy.segments import Sight, fitting_gap_ms, joined, stretches

sights = st.lists(
    st.builds(Sight, at_ms=st.integers(0, 200).map(lambda at: at * 100), rank=st.just(1), confidence=st.floats(0, 100)),
    max_size=40,
)


@st.composite
def segments(draw: st.DrawFn) -> Segment:
    start = draw(st.integers(0, 100_000))
    return Segment(
        label=draw(st.sampled_from("ABC")),
        parent="",
        level=1,
        start_ms=start,
        end_ms=start + draw(st.integers(0, 5_000)),
        confidence=draw(st.floats(0, 100)),
        frames=draw(st.integers(1, 9)),
    )


@given(sights, st.integers(0, 3_000), st.randoms(use_true_random=False))
def test_stretches_are_apart_and_hold_every_sight_in_any_order(
    seen: list[Sight], gap_ms: int, shuffled: random.Random
) -> None:
    found = list(stretches(seen, gap_ms))
    assert sorted(each.at_ms for one in found for each in one) == sorted(each.at_ms for each in seen)
    for one in found:
        assert all(after.at_ms - before.at_ms <= gap_ms for before, after in pairwise(one))
    for before, after in pairwise(found):
        assert after[0].at_ms - before[-1].at_ms > gap_ms
    other = list(seen)
    shuffled.shuffle(other)
    assert [sorted(one, key=repr) for one in stretches(other, gap_ms)] == [sorted(one, key=repr) for one in found]


@given(st.lists(segments(), max_size=30), st.integers(0, 10_000))
def test_joining_keeps_every_moment_and_leaves_labels_apart(every: list[Segment], gap_ms: int) -> None:
    found = joined(every, gap_ms)
    assert sum(each.frames for each in found) == sum(each.frames for each in every)
    for each in every:
        around = [one for one in found if one.label == each.label and one.start_ms <= each.start_ms <= one.end_ms]
        assert len(around) == 1
        assert around[0].end_ms >= each.end_ms
        assert around[0].confidence >= each.confidence
    for label in {each.label for each in every}:
        same = [one for one in found if one.label == label]
        assert all(b.start_ms - a.end_ms > gap_ms for a, b in pairwise(same))


@given(st.lists(segments(), max_size=40), st.integers(0, 2_000), st.integers(1, 20))
def test_the_gap_is_widened_no_more_than_it_takes(every: list[Segment], gap_ms: int, limit: int) -> None:
    fitting = fitting_gap_ms(every, gap_ms, limit)
    least = len({each.label for each in every})
    assert len(joined(every, fitting)) <= max(limit, least)
    if fitting > gap_ms:
        assert len(joined(every, fitting - 1)) > limit
