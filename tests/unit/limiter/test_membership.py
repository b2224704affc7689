from dataclasses import replace

from shared.membership import FORGOTTEN_AFTER_S, LEASE_S, NOTICE_S, Beat, Roll
from shared.restraint import Restraint

NOON_S = 1_773_144_000.0
HELD = Restraint(at_s=NOON_S, ceiling=0.5, return_s=10)


def beat(second: float = 0, *, joined: float = -60, throttled: int = 0, restraint: Restraint | None = None) -> Beat:
    return Beat(
        at_s=NOON_S + second,
        begins_s=NOON_S + joined + NOTICE_S,
        ends_s=NOON_S + second + LEASE_S,
        throttled=throttled,
        restraint=restraint,
    )


def test_everybody_sees_the_same_order() -> None:
    beats = {name: beat() for name in ("c", "a", "b")}
    for member in beats:
        assert Roll(member).call(beats, now_s=NOON_S).holders(NOON_S) == ("a", "b", "c")


def test_a_share_begins_at_the_same_instant_for_everybody() -> None:
    beats = {"a": beat(0.4), "b": beat(0.1, joined=0)}
    for member, heard_s in (("a", NOON_S + 0.4), ("b", NOON_S + 0.1)):
        company = Roll(member).call(beats, now_s=heard_s)
        assert company.holders(NOON_S + NOTICE_S - 0.01) == ("a",)
        assert company.holders(NOON_S + NOTICE_S) == ("a", "b")


def test_who_falls_silent_is_gone_when_its_lease_ends() -> None:
    company = Roll("a").call({"a": beat(2), "b": beat(0)}, now_s=NOON_S + 2)
    assert company.holders(NOON_S + LEASE_S - 0.01) == ("a", "b")
    assert company.holders(NOON_S + LEASE_S) == ("a",)


def test_who_takes_its_leave_is_gone_when_everybody_has_heard() -> None:
    leaving = replace(beat(0), ends_s=NOON_S + NOTICE_S)
    company = Roll("a").call({"a": beat(1), "b": leaving}, now_s=NOON_S + 1)
    assert company.holders(NOON_S + 1) == ("a", "b")
    assert company.holders(NOON_S + NOTICE_S) == ("a",)


def test_a_member_cut_off_goes_on_with_what_it_knew() -> None:
    company = Roll("a").call({"a": beat(0), "b": beat(-0.4), "c": beat(0, joined=0)}, now_s=NOON_S)
    assert company.holders(NOON_S + 3_600) == ("a", "c")


def test_alone_is_whom_nobody_else_is_with_or_about_to_be() -> None:
    mine, dead = beat(0, joined=0), beat(-LEASE_S)
    assert Roll("a").call({"a": mine, "b": dead}, now_s=NOON_S).is_alone(NOON_S)
    assert not Roll("a").call({"a": mine, "b": beat(0, joined=0)}, now_s=NOON_S).is_alone(NOON_S)
    assert not Roll("a").call({"a": mine, "b": beat(-1)}, now_s=NOON_S).is_alone(NOON_S)


def test_a_clock_that_is_wrong_by_seconds_makes_nobody_silent() -> None:
    for wrong_s in (-8.0, 8.0):
        roll = Roll("a")
        for number in range(10):
            second = number / 2
            beats = {"a": beat(second), "b": beat(second + wrong_s, joined=wrong_s - 60)}
            company = roll.call(beats, now_s=NOON_S + second)
        assert company.holders(NOON_S + second + LEASE_S - 0.01) == ("a", "b")
        assert roll.call({"a": beat(7), "b": beats["b"]}, now_s=NOON_S + 7).holders(NOON_S + 7.1) == ("a",)


def test_who_died_with_a_clock_far_ahead_is_gone_for_a_newcomer_too() -> None:
    roll, dead = Roll("a"), beat(600)
    assert roll.call({"a": beat(0), "b": dead}, now_s=NOON_S).holders(NOON_S + LEASE_S - 0.01) == ("a", "b")
    assert roll.call({"a": beat(3), "b": dead}, now_s=NOON_S + 3).holders(NOON_S + 3) == ("a",)


def test_what_the_dead_left_behind_is_cleared_away() -> None:
    now_s = NOON_S + LEASE_S + FORGOTTEN_AFTER_S + 0.1
    company = Roll("a").call({"b": beat(), "c": beat(30), "a": beat(33)}, now_s=now_s)
    assert company.forget == {"b"}


def test_throttles_of_others_are_told_once() -> None:
    roll = Roll("a")
    mine = beat(0, throttled=99)
    assert roll.call({"a": beat(0), "b": beat(0, throttled=5)}, now_s=NOON_S).throttled == 0
    beats = {"a": mine, "b": beat(1, throttled=7), "c": beat(1, throttled=1)}
    assert roll.call(beats, now_s=NOON_S + 1).throttled == 2
    beats = {"a": mine, "b": beat(1, throttled=7), "c": beat(2, throttled=2)}
    assert roll.call(beats, now_s=NOON_S + 2).throttled == 1
    assert roll.call({"a": mine, "b": beat(3, throttled=0)}, now_s=NOON_S + 3).throttled == 0


def test_the_latest_restraint_of_the_others_is_told() -> None:
    later = replace(HELD, at_s=NOON_S + 1, ceiling=0.9)
    beats = {"a": beat(restraint=replace(HELD, at_s=NOON_S + 2)), "b": beat(restraint=HELD), "c": beat(restraint=later)}
    assert Roll("a").call(beats, now_s=NOON_S).restraint == later
    assert Roll("a").call({"a": beat(restraint=HELD)}, now_s=NOON_S).restraint is None
