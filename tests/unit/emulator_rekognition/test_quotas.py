"""Quotas: what is admitted, and what is throttled."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from gavel_emulator.rekognition.quota_rules import QuotaRuleError, describe, read_rule
from gavel_emulator.rekognition.quotas import Count, Meter, Quota, QuotaKind, Scope

HERE = Scope("000000000000", "us-east-1", "DetectModerationLabels")
ELSEWHERE = Scope("000000000000", "us-east-2", "DetectModerationLabels")


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def meter(clock: Clock) -> Meter:
    return Meter(clock)


def admitted(meter: Meter, scope: Scope, calls: int) -> int:
    return sum(meter.admit(scope) for _ in range(calls))


@pytest.mark.parametrize(
    ("region", "tps"), [("us-east-1", 50), ("us-west-2", 50), ("eu-west-1", 50), ("eu-central-1", 5), ("us-east-2", 5)]
)
def test_the_default_is_what_aws_grants_in_the_region(meter: Meter, region: str, tps: int) -> None:
    assert admitted(meter, Scope("000000000000", region, "DetectLabels"), 100) == tps


@pytest.mark.parametrize(
    ("operation", "region", "tps"),
    [
        ("StartContentModeration", "us-east-1", 5),
        ("StartContentModeration", "eu-central-1", 5),
        ("GetContentModeration", "us-east-1", 20),
        ("GetContentModeration", "eu-central-1", 5),
    ],
)
def test_video_operations_have_defaults_of_their_own(meter: Meter, operation: str, region: str, tps: int) -> None:
    assert admitted(meter, Scope("000000000000", region, operation), 100) == tps


def test_accounts_regions_and_operations_do_not_share_a_quota(meter: Meter) -> None:
    meter.set(Scope(), Quota(tps=2))
    scopes = [
        HERE,
        ELSEWHERE,
        Scope("111111111111", "us-east-1", "DetectModerationLabels"),
        Scope("000000000000", "us-east-1", "DetectLabels"),
    ]
    assert [admitted(meter, scope, 5) for scope in scopes] == [2, 2, 2, 2]


def test_a_bucket_refills_with_time_up_to_its_size(meter: Meter, clock: Clock) -> None:
    meter.set(HERE, Quota(tps=10, burst=20))
    assert admitted(meter, HERE, 50) == 20
    clock.now += 0.55
    assert admitted(meter, HERE, 50) == 5
    clock.now += 3600
    assert admitted(meter, HERE, 50) == 20


def test_a_window_begins_anew_with_every_second_of_the_clock(meter: Meter, clock: Clock) -> None:
    meter.set(HERE, Quota(tps=3, kind=QuotaKind.WINDOW))
    clock.now = 1000.9
    assert admitted(meter, HERE, 10) == 3
    clock.now = 1000.99
    assert admitted(meter, HERE, 10) == 0
    clock.now = 1001.0
    assert admitted(meter, HERE, 10) == 3


def test_nothing_is_admitted_at_a_rate_of_zero(meter: Meter, clock: Clock) -> None:
    meter.set(HERE, Quota(tps=0))
    clock.now += 100
    assert admitted(meter, HERE, 3) == 0


def test_the_latest_quota_that_covers_a_call_counts(meter: Meter) -> None:
    meter.set(HERE, Quota(tps=1))
    meter.set(Scope(region="us-east-1"), Quota(tps=4))
    assert admitted(meter, HERE, 9) == 4
    meter.set(HERE, Quota(tps=1))
    assert admitted(meter, HERE, 9) == 1
    assert admitted(meter, ELSEWHERE, 9) == 5


def test_a_reset_returns_to_the_defaults(meter: Meter) -> None:
    meter.set(HERE, Quota(tps=0))
    meter.admit(HERE)
    meter.reset()
    assert admitted(meter, HERE, 60) == 50
    assert meter.counts() == {HERE: Count(admitted=50, throttled=10)}


def test_threads_never_take_the_same_room(meter: Meter) -> None:
    meter.set(HERE, Quota(tps=100))
    with ThreadPoolExecutor(16) as threads:
        results = list(threads.map(lambda _: meter.admit(HERE), range(400)))
    assert sum(results) == 100
    assert meter.counts()[HERE] == Count(admitted=100, throttled=300)


def test_a_rule_is_read_and_described() -> None:
    scope, quota = read_rule({"operation": "DetectLabels", "region": "eu-west-1", "tps": 7, "kind": "window"})
    assert scope == Scope("*", "eu-west-1", "DetectLabels")
    assert quota == Quota(tps=7, kind=QuotaKind.WINDOW)
    meter = Meter()
    meter.set(scope, quota)
    assert describe(meter) == {
        "quotas": [
            {
                "account": "*",
                "region": "eu-west-1",
                "operation": "DetectLabels",
                "tps": 7,
                "kind": "window",
                "burst": None,
            }
        ],
        "counts": [],
    }


@pytest.mark.parametrize(
    ("rule", "problem"),
    [
        ({}, "tps: "),
        ({"tps": "5"}, "tps: "),
        ({"tps": -1}, "tps: "),
        ({"tps": True}, "tps: "),
        ({"tps": float("inf")}, "tps: "),
        ({"tps": 5, "kind": "leaky"}, "kind: one of bucket, window"),
        ({"tps": 5, "kind": ["bucket"]}, "kind: one of bucket, window"),
        ({"tps": 5, "burst": -2}, "burst: "),
        ({"tps": 5, "kind": "window", "burst": 5}, "burst: "),
        ({"tps": 5, "operation": "DetectText"}, "operation: one of CreateProject, CreateProjectVersion"),
        ({"tps": 5, "account": "me"}, "account: twelve digits"),
        ({"tps": 5, "region": 7}, "region: "),
        ({"tps": 5, "rate": 1}, "unknown field 'rate'"),
    ],
)
def test_a_bad_rule_is_refused_with_its_reason(rule: dict[str, Any], problem: str) -> None:
    with pytest.raises(QuotaRuleError) as refused:
        read_rule(rule)
    assert str(refused.value).startswith(problem)
