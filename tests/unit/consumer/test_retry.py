import pytest

from shared.consumer.retry import PutBack, Quarantine, Retry, backoff_s, remedy
from shared.consumer.settings import ConsumerSettings
from shared.errors import ContractError, Deferred, Permanent, Transient

SETTINGS = ConsumerSettings(backoff_base_s=4, backoff_limit_s=900, max_receive_count=8)


def test_the_ceiling_doubles_with_every_receive_up_to_the_limit() -> None:
    assert [backoff_s(n, SETTINGS, 1.0) for n in range(1, 11)] == [4, 8, 16, 32, 64, 128, 256, 512, 900, 900]


@pytest.mark.parametrize(("roll", "seconds"), [(0.0, 1), (0.01, 1), (0.5, 8), (0.99, 16)])
def test_jitter_covers_the_whole_range_but_never_comes_back_at_once(roll: float, seconds: int) -> None:
    assert backoff_s(3, SETTINGS, roll) == seconds


def test_a_receive_count_without_end_stays_within_the_limit() -> None:
    assert backoff_s(100_000, SETTINGS, 1.0) == 900


def test_a_transient_error_is_retried_later_each_time() -> None:
    assert remedy(Transient("busy"), 1, SETTINGS, 1.0) == Retry(code="busy", after_s=4)
    assert remedy(Transient("busy"), 7, SETTINGS, 1.0) == Retry(code="busy", after_s=256)


@pytest.mark.parametrize(("asked_s", "after_s"), [(30.2, 31), (1.0, 4), (5_000.0, 900)])
def test_what_the_error_asks_for_is_the_least_it_waits_within_the_limit(asked_s: float, after_s: int) -> None:
    error = Transient("busy", retry_after_s=asked_s)
    assert remedy(error, 1, SETTINGS, 1.0) == Retry(code="busy", after_s=after_s)


def test_the_last_receive_ends_in_quarantine_with_the_last_reason() -> None:
    error = Transient("rekognition-failed", "answered InternalServerError", media_id="m")
    assert remedy(error, 8, SETTINGS, 0.5) == Quarantine(
        code="retries-exhausted",
        detail="rekognition-failed: answered InternalServerError",
        media_id="m",
        is_exhausted=True,
    )


@pytest.mark.parametrize("error", [Permanent("bad", "why", media_id="m"), ContractError("bad", "why", media_id="m")])
def test_a_permanent_error_is_quarantined_at_once_with_its_own_reason(error: Permanent) -> None:
    assert remedy(error, 1, SETTINGS, 0.5) == Quarantine(code="bad", detail="why", media_id="m")


@pytest.mark.parametrize(("asked_s", "delay_s"), [(30, 30), (86_400, 900), (-1, 0)])
def test_a_deferred_message_is_put_back_within_what_sqs_allows_even_on_its_last_receive(
    asked_s: int, delay_s: int
) -> None:
    assert remedy(Deferred("quota", delay_s=asked_s), 8, SETTINGS, 0.5) == PutBack(code="quota", delay_s=delay_s)
