from datetime import timedelta

from shared.membership import FORGOTTEN_AFTER, SILENT_S, Beat, Roll
from tests.unit.limiter.account import BEGINNING


def beat(number: float = 0, *, throttled: int = 0, factor: float = 1.0) -> Beat:
    return Beat(at=BEGINNING + timedelta(seconds=number), throttled=throttled, factor=factor)


def test_everybody_sees_the_same_order() -> None:
    beats = {name: beat() for name in ("c", "a", "b")}
    for member in beats:
        assert Roll(member).call(beats, now_s=0, at=BEGINNING).present == ("a", "b", "c")


def test_a_member_counts_itself_even_when_the_store_forgot_it() -> None:
    assert Roll("a").call({}, now_s=0, at=BEGINNING).present == ("a",)


def test_who_falls_silent_is_gone() -> None:
    roll = Roll("a")
    roll.call({"b": beat()}, now_s=0, at=BEGINNING)
    assert roll.call({"b": beat()}, now_s=SILENT_S - 0.01, at=BEGINNING).present == ("a", "b")
    assert roll.call({"b": beat()}, now_s=SILENT_S, at=BEGINNING).present == ("a",)
    assert roll.call({"b": beat(1)}, now_s=SILENT_S + 1, at=BEGINNING).present == ("a", "b")


def test_clocks_that_are_off_by_seconds_make_nobody_silent() -> None:
    roll = Roll("a")
    for number in range(10):
        heard = roll.call({"b": beat(number / 2 - 8)}, now_s=number / 2, at=BEGINNING + timedelta(seconds=number / 2))
        assert heard.present == ("a", "b")


def test_what_the_dead_left_behind_is_cleared_away() -> None:
    heard = Roll("a").call({"b": beat(), "a": beat()}, now_s=0, at=BEGINNING + FORGOTTEN_AFTER)
    assert heard.present == ("a",)
    assert heard.forget == {"b"}


def test_throttles_of_others_are_told_once() -> None:
    roll = Roll("a")
    assert roll.call({"b": beat(0, throttled=5)}, now_s=0, at=BEGINNING).throttled == 0
    assert roll.call({"b": beat(1, throttled=7), "c": beat(1, throttled=1)}, now_s=1, at=BEGINNING).throttled == 2
    assert roll.call({"b": beat(1, throttled=7), "c": beat(2, throttled=2)}, now_s=2, at=BEGINNING).throttled == 1
    assert roll.call({"b": beat(3, throttled=0)}, now_s=3, at=BEGINNING).throttled == 0


def test_the_lowest_factor_of_the_others_is_told() -> None:
    beats = {"a": beat(factor=0.1), "b": beat(factor=0.7), "c": beat(factor=0.5)}
    assert Roll("a").call(beats, now_s=0, at=BEGINNING).factor == 0.5
    assert Roll("a").call({"a": beat(factor=0.1)}, now_s=0, at=BEGINNING).factor == 1.0
