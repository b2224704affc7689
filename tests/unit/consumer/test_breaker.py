from shared.consumer.breaker import Breaker
from shared.consumer.retry import Health
from shared.consumer.settings import ConsumerSettings

SETTINGS = ConsumerSettings(breaker_failures=3, breaker_pause_s=1, breaker_pause_limit_s=5)


def opened(at: float = 0.0) -> Breaker:
    breaker = Breaker(SETTINGS)
    assert [breaker.tell("bad", at, is_probe=False) for _ in range(3)] == [False, False, True]
    return breaker


def probe(breaker: Breaker, now: float) -> None:
    assert breaker.allowance(now) == 1
    breaker.probe()


def test_a_healthy_consumer_receives_whole_batches() -> None:
    breaker = Breaker(SETTINGS)
    assert breaker.allowance(0) == 10


def test_only_failures_in_a_row_open_it() -> None:
    breaker = Breaker(SETTINGS)
    outcomes: list[Health] = ["bad", "bad", "good", "bad", "bad"]
    for health in outcomes:
        assert not breaker.tell(health, 0, is_probe=False)
    assert breaker.allowance(0) == 10


def test_a_malformed_message_neither_opens_nor_mends_it() -> None:
    breaker = Breaker(SETTINGS)
    outcomes: list[Health] = ["bad", "unknown", "bad", "unknown"]
    for health in outcomes:
        breaker.tell(health, 0, is_probe=False)
    assert breaker.tell("bad", 0, is_probe=False)


def test_nothing_is_received_until_the_pause_is_over_and_then_one_message() -> None:
    breaker = opened(at=100)
    assert (breaker.allowance(100), breaker.pause_ends_at(100)) == (0, 101)
    probe(breaker, 101)
    assert (breaker.allowance(101), breaker.pause_ends_at(101)) == (0, None)


def test_every_failed_probe_doubles_the_pause_up_to_the_limit() -> None:
    breaker, ends = opened(at=0), []
    now = 0.0
    for _ in range(5):
        until = breaker.pause_ends_at(now)
        assert until is not None
        ends.append(until - now)
        now = until
        probe(breaker, now)
        breaker.tell("bad", now, is_probe=True)
    assert ends == [1, 2, 4, 5, 5]


def test_a_probe_that_succeeds_closes_it_and_resets_the_pause() -> None:
    breaker = opened()
    probe(breaker, 1)
    breaker.tell("bad", 1, is_probe=True)
    probe(breaker, 3)
    breaker.tell("good", 3, is_probe=True)
    assert (breaker.allowance(3), breaker.is_open) == (10, False)
    for _ in range(3):
        breaker.tell("bad", 10, is_probe=False)
    assert breaker.pause_ends_at(10) == 11


def test_a_probe_that_says_nothing_is_followed_by_another() -> None:
    breaker = opened()
    probe(breaker, 1)
    breaker.tell("unknown", 1, is_probe=True)
    assert breaker.allowance(1) == 1


def test_messages_from_before_it_opened_do_not_count_against_the_probe() -> None:
    breaker = opened()
    probe(breaker, 1)
    breaker.tell("bad", 1, is_probe=False)
    assert breaker.pause_ends_at(1) is None
    breaker.tell("good", 2, is_probe=True)
    assert not breaker.is_open


def test_a_success_from_before_it_opened_closes_it() -> None:
    breaker = opened()
    breaker.tell("good", 0.5, is_probe=False)
    assert breaker.allowance(0.5) == 10


def test_a_pause_that_is_over_ends_at_no_time_ahead() -> None:
    assert opened(at=0).pause_ends_at(1) is None
