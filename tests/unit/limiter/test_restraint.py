from itertools import pairwise

import pytest

from shared.restraint import CUT, LEAST, REACTION_S, Brake, Restraint

NOON_S = 1_773_144_000.0
HELD = Restraint(at_s=NOON_S, ceiling=0.5, return_s=10)


def test_the_factor_falls_at_once_comes_back_slowly_and_goes_beyond() -> None:
    assert HELD.factor(NOON_S - 1) == 1
    assert HELD.factor(NOON_S) == pytest.approx(0.5 * (1 - CUT))
    assert HELD.factor(NOON_S + 10) == pytest.approx(0.5)
    assert 0.99 < HELD.factor(HELD.ends_s - 0.01) < 1
    assert HELD.factor(HELD.ends_s) == 1
    factors = [HELD.factor(NOON_S + number / 10) for number in range(400)]
    assert factors == sorted(factors)
    near, far = HELD.factor(NOON_S + 11) - HELD.factor(NOON_S + 9), HELD.factor(NOON_S + 2) - HELD.factor(NOON_S)
    assert near < far / 10


@pytest.mark.parametrize("ceiling", [LEAST, 0.5, 1.0])
def test_a_restraint_ends(ceiling: float) -> None:
    held = Restraint(at_s=NOON_S, ceiling=ceiling, return_s=10)
    assert held.factor(held.ends_s - 1e-6) == pytest.approx(1, abs=1e-5)
    assert held.ends_s - NOON_S < 60


def test_time_passes_slower_by_the_factor() -> None:
    steps = [NOON_S + number / 100 for number in range(int(100 * (HELD.ends_s - NOON_S)))]
    for earlier, later in pairwise(steps):
        passed_s = HELD.passed_s(later) - HELD.passed_s(earlier)
        assert passed_s == pytest.approx(0.01 * HELD.factor((earlier + later) / 2), abs=1e-6)
    assert HELD.passed_s(NOON_S) == NOON_S
    assert HELD.passed_s(HELD.ends_s + 1) == HELD.ends_s + 1


@pytest.mark.parametrize(
    ("quota_per_s", "throttled", "each_s", "is_chance"),
    [
        (5, 1, 0, True),
        (5, 2, 0.4, False),
        (5, 3, 1, True),
        (5, 4, 1, False),
        (5, 99, 4, True),
        (50, 10, 0, True),
        (50, 11, 0, False),
        (50, 99, 0.5, True),
        (50, 99, 0.25, False),
    ],
)
def test_few_throttles_are_chance_and_more_are_a_smaller_quota(
    quota_per_s: float, throttled: int, each_s: float, is_chance: bool
) -> None:
    brake = Brake(quota_per_s)
    for number in range(throttled):
        brake.throttled(NOON_S + number * each_s)
        if (restraint := brake.restraint(NOON_S + number * each_s)) is not None:
            break
    assert (restraint is None) is is_chance
    assert restraint is None or (restraint.ceiling == 1 and restraint.return_s == max(10, 100 / quota_per_s))


def test_what_others_were_throttled_for_is_counted_too() -> None:
    brake = Brake(5)
    brake.heard(None, 1, NOON_S)
    brake.throttled(NOON_S + 0.5)
    assert brake.restraint(NOON_S + 0.5) is not None


def test_who_holds_back_takes_each_throttle_as_a_sign_but_one_reaction_once() -> None:
    brake = Brake(5)
    brake.heard(HELD, 0, NOON_S)
    brake.throttled(NOON_S + REACTION_S / 2)
    assert brake.restraint(NOON_S + 1) == HELD
    brake.throttled(NOON_S + REACTION_S)
    tightened = brake.restraint(NOON_S + REACTION_S)
    assert tightened is not None
    assert tightened.ceiling == pytest.approx(HELD.factor(NOON_S + REACTION_S))
    brake.heard(None, 99, NOON_S + 2)  # they have held back by themselves
    assert brake.restraint(NOON_S + 2) == tightened


def test_the_latest_restraint_counts_for_everybody() -> None:
    later = Restraint(at_s=NOON_S + 1, ceiling=0.4, return_s=10)
    brake = Brake(5)
    brake.heard(HELD, 0, NOON_S + 2)
    brake.heard(later, 0, NOON_S + 2)
    brake.heard(HELD, 0, NOON_S + 2)
    assert brake.restraint(NOON_S + 2) == later
    assert brake.restraint(later.ends_s) is None


def test_what_is_over_or_to_come_is_not_heard() -> None:
    brake = Brake(5)
    brake.heard(HELD, 0, HELD.ends_s)
    brake.heard(HELD, 0, NOON_S - 1)
    assert brake.restraint(NOON_S) is None


def test_what_is_still_to_come_since_the_clock_was_put_back_is_forgotten() -> None:
    brake = Brake(5)
    brake.heard(HELD, 0, NOON_S)
    assert brake.restraint(NOON_S - 0.01) == HELD
    assert brake.restraint(NOON_S - 60) is None


def test_nothing_but_throttles_leaves_something() -> None:
    brake = Brake(5)
    for second in range(1000):
        brake.throttled(NOON_S + second)
    restraint = brake.restraint(NOON_S + 1000)
    assert restraint is not None
    assert restraint.factor(NOON_S + 1000) > 0.01
