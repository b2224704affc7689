from itertools import chain, pairwise

import pytest

from shared.pacing import HEADROOM, Pace, Share

START_S = 1_773_144_000.25
QUOTA = 10 / HEADROOM
"""Ten slots a second."""


def departures(pace: Pace, until_s: float, *, from_s: float = START_S) -> list[float]:
    """When a worker that always has work sends."""
    now_s, sent = from_s, []
    while (now_s := max(now_s, pace.next_at_s(now_s))) < until_s:
        if pace.spend(now_s):
            sent.append(now_s)
    return sent


def test_workers_take_turns_evenly() -> None:
    sent = sorted(
        moment
        for first in range(3)
        for moment in departures(Pace(QUOTA, now_s=START_S, share=Share(every=3, first=first)), START_S + 30)
    )
    gaps = [later - earlier for earlier, later in pairwise(sent[1:])]
    assert len(sent) == pytest.approx(300, abs=3)
    assert gaps == pytest.approx([0.1] * len(gaps), abs=1e-4)


def test_a_pause_of_the_process_is_made_up_for_and_a_long_one_is_not() -> None:
    pace = Pace(50 / HEADROOM, now_s=START_S, share=Share(every=1))
    assert sum(pace.spend(START_S + 0.06) for _ in range(99)) == 3
    assert sum(pace.spend(START_S + 60) for _ in range(99)) == 5


def test_a_factor_leaves_slots_out_evenly_and_fairly() -> None:
    sent = []
    for first in range(4):
        pace = Pace(QUOTA, now_s=START_S, share=Share(every=4, first=first))
        pace.hold_back(0.5, now_s=START_S + 1e9)  # so far ahead that it doesn't grow
        sent.append(departures(pace, START_S + 61))
    assert [len(one) for one in sent] == pytest.approx([76] * 4, abs=3)
    everybody = sorted(chain.from_iterable(sent))
    for second in range(60):
        assert sum(START_S + second <= moment < START_S + second + 1 for moment in everybody) in (4, 5, 6)


def test_a_change_of_share_sends_nothing_twice() -> None:
    pace = Pace(QUOTA, now_s=START_S, share=Share(every=2))
    last = departures(pace, START_S + 10)[-1]
    pace.take(Share(every=4, first=3), now_s=START_S + 10)
    following = departures(pace, START_S + 12, from_s=START_S + 10)
    assert following[0] - last >= 0.2 - 1e-4


def test_a_clock_that_is_put_back_stops_nothing() -> None:
    pace = Pace(QUOTA, now_s=START_S, share=Share(every=1))
    departures(pace, START_S + 5)
    back_s = START_S - 3_600
    assert len(departures(pace, back_s + 5, from_s=back_s)) == pytest.approx(50, abs=2)


def test_the_factor_falls_by_throttles_and_grows_with_calm() -> None:
    pace = Pace(50, now_s=START_S, share=Share(every=1))
    pace.throttled(20, now_s=START_S)
    fallen = pace.factor(START_S)
    assert 0.4 < fallen < 0.7
    assert fallen < pace.factor(START_S + 5) < 1
    assert pace.factor(START_S + 60) == 1.0


def test_the_factor_never_reaches_nothing() -> None:
    pace = Pace(5, now_s=START_S, share=Share(every=8))
    pace.throttled(10_000, now_s=START_S)
    assert departures(pace, START_S + 300)
