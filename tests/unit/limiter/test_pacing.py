from collections.abc import Mapping
from itertools import chain, pairwise
from types import MappingProxyType

import pytest

from shared.membership import Company, Term
from shared.pacing import HEADROOM, Pace
from shared.restraint import Restraint

START_S = 1_773_144_000.25
QUOTA = 10 / HEADROOM
"""Ten slots a second."""
ALWAYS = Term(begins_s=0, ends_s=2 * START_S)


def pace(
    member: int = 0, *, of: int = 1, quota_per_s: float = QUOTA, others: Mapping[str, Term] = MappingProxyType({})
) -> Pace:
    """One of so many that are always there, and of others."""
    terms = {**{f"{number}": ALWAYS for number in range(of)}, **others}
    made = Pace(quota_per_s, member=f"{member}", now_s=START_S)
    made.follow(Company(member=f"{member}", terms=terms), None, now_s=START_S)
    return made


def departures(pace: Pace, until_s: float, *, from_s: float = START_S) -> list[float]:
    """When a worker that always has work sends."""
    now_s, sent = from_s, []
    while (now_s := max(now_s, pace.next_at_s(now_s))) < until_s:
        if pace.spend(now_s):
            sent.append(now_s)
    return sent


def gaps(sent: list[float]) -> list[float]:
    return [later - earlier for earlier, later in pairwise(sorted(sent))]


def test_workers_take_turns_evenly() -> None:
    sent = list(chain.from_iterable(departures(pace(number, of=3), START_S + 30) for number in range(3)))
    assert len(sent) == pytest.approx(300, abs=3)
    assert gaps(sent) == pytest.approx([0.1] * (len(sent) - 1), abs=1e-4)


def test_no_slot_is_lost_or_taken_twice_when_workers_come_and_go() -> None:
    comes, goes = Term(begins_s=START_S + 9.03, ends_s=ALWAYS.ends_s), Term(begins_s=0, ends_s=START_S + 17.3)
    until_s = [START_S + 30] * 4 + [START_S + 17.3]
    sent = [
        departures(pace(number, of=3, others={"3": comes, "4": goes}), end_s) for number, end_s in enumerate(until_s)
    ]
    everybody = list(chain.from_iterable(sent))
    assert len(everybody) == pytest.approx(300, abs=3)
    assert gaps(everybody) == pytest.approx([0.1] * (len(everybody) - 1), abs=1e-4)
    assert min(sent[3]) >= START_S + 9.03


def test_a_pause_of_the_process_is_made_up_for_and_a_long_one_is_not() -> None:
    one = pace(quota_per_s=50 / HEADROOM)
    assert sum(one.spend(START_S + 0.06) for _ in range(99)) == 3
    assert sum(one.spend(START_S + 60) for _ in range(99)) == 5


def test_a_restraint_lets_slots_go_slower_evenly_and_fairly() -> None:
    held, sent = Restraint(at_s=START_S, ceiling=0.5, return_s=40), []
    for number in range(4):
        one = pace(number, of=4)
        one.follow(Company(member=f"{number}", terms=dict.fromkeys("0123", ALWAYS)), held, now_s=START_S)
        sent.append(departures(one, START_S + 40))
    everybody = sorted(chain.from_iterable(sent))
    assert [len(one) for one in sent] == pytest.approx([len(everybody) / 4] * 4, abs=1)
    assert len(everybody) == pytest.approx(10 * (held.passed_s(START_S + 40) - START_S), abs=2)
    for earlier, later in pairwise(everybody):
        assert (later - earlier) * held.factor(earlier) == pytest.approx(0.1, abs=0.02)


def test_the_end_of_a_restraint_lets_nobody_catch_up() -> None:
    held, sent = Restraint(at_s=START_S, ceiling=0.5, return_s=10), list[float]()
    for number in range(4):
        one = pace(number, of=4)
        one.follow(Company(member=f"{number}", terms=dict.fromkeys("0123", ALWAYS)), held, now_s=START_S)
        sent += departures(one, held.ends_s + 2, from_s=held.ends_s - 2)
    assert sum(held.ends_s <= one < held.ends_s + 1 for one in sent) <= 11


def test_who_has_not_begun_sends_nothing() -> None:
    joining = Term(begins_s=START_S + 5, ends_s=ALWAYS.ends_s)
    one = Pace(QUOTA, member="b", now_s=START_S)
    one.follow(Company(member="b", terms={"a": ALWAYS, "b": joining}), None, now_s=START_S)
    assert one.rate_per_s(START_S) == 0
    assert len(departures(one, START_S + 15)) == pytest.approx(50, abs=1)


def test_a_guest_has_a_fiftieth() -> None:
    guest = Pace(50, member="a", now_s=START_S)
    assert len(departures(guest, START_S + 60)) == pytest.approx(60, abs=2)
    assert guest.spend(START_S + 3_600)


def test_a_clock_that_is_put_back_stops_nothing() -> None:
    one = pace()
    departures(one, START_S + 5)
    back_s = START_S - 3_600
    assert len(departures(one, back_s + 5, from_s=back_s)) == pytest.approx(50, abs=2)


def test_a_clock_that_is_corrected_gives_no_slot_twice() -> None:
    one = pace()
    departures(one, START_S + 5)
    slot_at_s = one.next_at_s(START_S + 5)
    assert one.spend(slot_at_s)
    assert not one.spend(slot_at_s - 0.001)
    assert not one.spend(slot_at_s)
