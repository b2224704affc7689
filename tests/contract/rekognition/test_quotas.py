"""Throttling. No test waits or looks at a clock: a bucket that takes an hour to refill doesn't refill during a test."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.conftest import Aws
from tests.emulator import Emulator

IMAGE = {"S3Object": {"Bucket": "photos", "Name": "a.jpg"}}


def outcome(rekognition: Any, operation: str = "detect_moderation_labels") -> tuple[str, int, str]:
    with pytest.raises(ClientError) as refused:
        getattr(rekognition, operation)(Image=IMAGE)
    response = refused.value.response
    return response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"], response["Error"]["Message"]


THROTTLED = ("ProvisionedThroughputExceededException", 400, "Provisioned Rate exceeded.")


def slow(account: str) -> dict[str, Any]:
    return {"account": account, "operation": "DetectModerationLabels", "tps": 0.0003, "burst": 7}


def test_as_many_calls_pass_as_the_bucket_holds_however_many_come_at_once(
    aws: Aws, told: Emulator, account: str
) -> None:
    told.post("/_gavel/quotas", slow(account))
    rekognition = aws("rekognition", account=account)
    with ThreadPoolExecutor(12) as threads:
        outcomes = Counter(threads.map(lambda _: outcome(rekognition), range(40)))
    assert outcomes[THROTTLED] == 33
    assert outcomes.total() == 40
    scope = {"account": account, "region": "us-east-1", "operation": "DetectModerationLabels"}
    assert {**scope, "admitted": 7, "throttled": 33} in told.get("/_gavel/quotas")["counts"]


def test_other_accounts_regions_and_operations_are_not_throttled_with_it(
    aws: Aws, told: Emulator, account: str
) -> None:
    told.post("/_gavel/quotas", {**slow(account), "region": "us-east-1", "burst": 0})
    here = aws("rekognition", account=account)
    assert outcome(here) == THROTTLED
    assert outcome(here, "detect_labels") != THROTTLED
    assert outcome(aws("rekognition", account=account, region="us-west-2")) != THROTTLED
    assert outcome(aws("rekognition")) != THROTTLED


def test_a_window_of_nothing_admits_nothing(aws: Aws, told: Emulator, account: str) -> None:
    told.post("/_gavel/quotas", {"account": account, "tps": 0, "kind": "window"})
    assert outcome(aws("rekognition", account=account)) == THROTTLED


def test_a_bad_quota_is_refused(told: Emulator) -> None:
    with pytest.raises(AssertionError, match="400") as refused:
        told.post("/_gavel/quotas", {"tps": "many", "kind": "leaky"})
    assert "tps: requests per second, 0 or more" in str(refused.value)
    assert "kind: one of bucket, window" in str(refused.value)
