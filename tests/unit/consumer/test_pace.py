import random

import pytest

from shared.consumer.pace import Pace
from shared.consumer.settings import ConsumerSettings

SETTINGS = ConsumerSettings()


def gaps(per_s: float, seconds: float, *, poll_s: float = 0.002, seed: int = 1) -> tuple[list[float], int, int]:
    """Long polls on a queue with Poisson arrivals: the gaps, the number of receives, the number of messages."""
    chance, pace = random.Random(seed), Pace(SETTINGS)  # noqa: S311  a simulation
    now, arrival, found, receives, messages = 0.0, chance.expovariate(per_s), [], 0, 0
    while now < seconds:
        now = max(now, arrival) + poll_s
        count = 0
        while arrival <= now and count < 10:
            arrival += chance.expovariate(per_s)
            count += 1
        receives, messages = receives + 1, messages + count
        found.append(pace.gap_s(count, 10, now))
        now += found[-1]
    return found, receives, messages


@pytest.mark.parametrize("seed", range(5))
def test_low_traffic_is_never_held_up(seed: int) -> None:
    found, _, _ = gaps(5, 120, seed=seed)
    assert set(found) == {0.0}


@pytest.mark.parametrize("seed", range(5))
def test_steady_traffic_comes_in_batches(seed: int) -> None:
    found, receives, messages = gaps(50, 60, seed=seed)
    assert receives / messages < 0.2
    assert max(found) <= 0.11


@pytest.mark.parametrize("seed", range(5))
def test_the_busier_the_shorter_the_gap(seed: int) -> None:
    found, receives, messages = gaps(200, 60, seed=seed)
    assert receives / messages < 0.15
    assert sorted(found)[len(found) // 2] < 0.05


def busy() -> Pace:
    pace = Pace(SETTINGS)
    for n in range(20):
        pace.gap_s(10, 10, n * 0.01)
    return pace


def test_a_backlog_is_received_without_any_gap() -> None:
    pace = busy()
    assert [pace.gap_s(10, 10, 0.2 + n * 0.01) for n in range(20)] == [0.0] * 20


def test_one_full_receive_alone_is_no_backlog() -> None:
    pace = busy()
    assert pace.gap_s(9, 10, 0.2) > 0.0
    assert pace.gap_s(10, 10, 0.3) > 0.0
    assert pace.gap_s(10, 10, 0.4) == 0.0


def test_what_was_long_ago_is_forgotten() -> None:
    assert busy().gap_s(1, 10, 60.0) == 0.0
