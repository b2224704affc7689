"""AWS's list prices in us-east-1, in US dollars, without free tiers, discounts and taxes: one table, where each price
says where it was read and when, and whether it was."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Final

REGION: Final = "us-east-1"
HOURS_A_MONTH: Final = 730
DAYS_A_MONTH: Final = HOURS_A_MONTH / 24

CHECKED_ON: Final = date(2026, 11, 21)
"""When the sources were looked at, as stored copies. AWS's pages fill in their numbers by script, which such copies
lack, so nearly every number is from somebody who has told it from there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """`usd` for `per` of `unit`; from `tiers` on, as (units a month, usd), another price. `is_verified`: read in this
    table's year, in the source that is named; otherwise it is the list price as commonly known."""

    usd: float
    unit: str
    source: str
    per: float = 1
    tiers: tuple[tuple[float, float], ...] = ()
    is_verified: bool = True

    def cost(self, units: float) -> float:
        """What that many units cost in one month."""
        bounds = [(0.0, self.usd), *self.tiers, (float("inf"), 0.0)]
        return sum(
            (min(units, end) - start) / self.per * usd for (start, usd), (end, _) in pairwise(bounds) if units > start
        )


def _hourly(usd: float, unit: str, source: str, *, is_verified: bool = True) -> Price:
    """One of them for a whole month."""
    return Price(usd=usd * HOURS_A_MONTH, unit=unit, source=source, is_verified=is_verified)


_REKOGNITION = "aws.amazon.com/rekognition/pricing as copied on 2026-10-07 (api-evangelist/amazon-rekognition)"
_SQS = "aws.amazon.com/sqs/pricing as told by cloudburn.io, 2026-03"
_DYNAMODB = "aws.amazon.com/dynamodb/pricing/on-demand as told by airbyte.com, 2025-07"
_FARGATE = "aws.amazon.com/fargate/pricing as told by vantage.sh; x86 also by wring.co, 2026-03"
_SPOT = "70 % under on demand, as AWS advertises it; moves with demand"
_VPC = "aws.amazon.com/vpc/pricing as told by zacfukuda.com and factualminds.com, 2026-06"
_CLOUDWATCH = "aws.amazon.com/cloudwatch/pricing as told by factualminds.com and signoz.io, 2026"
_KNOWN = "the list price as commonly known"

PRICES: Final[Mapping[str, Price]] = {
    "rekognition_image": Price(
        usd=0.001,
        unit="image",
        tiers=((1e6, 0.0008), (5e6, 0.0006), (35e6, 0.00025)),
        source=f"{_REKOGNITION}; the bounds of the tiers above a million, and the last price, as commonly known",
    ),
    "rekognition_video": Price(usd=0.10, unit="minute", source=_KNOWN, is_verified=False),
    "a2i_object": Price(
        usd=0.08,
        unit="reviewed object",
        tiers=((50_000, 0.04), (1_000_000, 0.02)),
        source="told by others as 0.08 to 0.02; A2I's own page could not be read",
        is_verified=False,
    ),
    "sqs_request": Price(usd=0.40, per=1e6, unit="request", source=_SQS),
    "sqs_fair_request": Price(usd=0.10, per=1e6, unit="request with a message group, on top", source=_SQS),
    "sns_publish": Price(usd=0.50, per=1e6, unit="publish (64 KB)", source=_KNOWN, is_verified=False),
    "eventbridge_event": Price(usd=1.00, per=1e6, unit="own event", source=_KNOWN, is_verified=False),
    "dynamodb_write": Price(usd=0.625, per=1e6, unit="write unit (1 KB)", source=_DYNAMODB),
    "dynamodb_read": Price(usd=0.125, per=1e6, unit="read unit (4 KB)", source=_DYNAMODB),
    "dynamodb_gb": Price(usd=0.25 + 0.20, unit="GB-month, recoverable", source=_KNOWN, is_verified=False),
    "s3_put": Price(usd=0.005, per=1e3, unit="PUT, COPY, LIST", source=_KNOWN, is_verified=False),
    "s3_get": Price(usd=0.0004, per=1e3, unit="GET, HEAD", source=_KNOWN, is_verified=False),
    "s3_gb": Price(usd=0.023, unit="GB-month", source=_KNOWN, is_verified=False),
    "kms_key": Price(usd=1.00, unit="key", source=_KNOWN, is_verified=False),
    "kms_request": Price(usd=0.03, per=1e4, unit="request", source=_KNOWN, is_verified=False),
    "log_gb": Price(usd=0.50, unit="GB taken in", source=_CLOUDWATCH),
    "alarm_metric": Price(usd=0.10, unit="metric of an alarm", source=_KNOWN, is_verified=False),
    "custom_metric": Price(usd=0.30, unit="metric of one's own", source=_CLOUDWATCH),
    "dashboard": Price(usd=3.00, unit="dashboard", source=_CLOUDWATCH),
    "span_gb": Price(usd=0.35, unit="GB of spans taken in", source=_KNOWN, is_verified=False),
    "fargate_vcpu_arm64": _hourly(0.03238, "vCPU", _FARGATE),
    "fargate_gb_arm64": _hourly(0.00356, "GB", _FARGATE),
    "fargate_vcpu_x86_64": _hourly(0.04048, "vCPU", _FARGATE),
    "fargate_gb_x86_64": _hourly(0.004445, "GB", _FARGATE),
    "fargate_vcpu_arm64_spot": _hourly(0.03238 * 0.3, "vCPU on Spot", _SPOT, is_verified=False),
    "fargate_gb_arm64_spot": _hourly(0.00356 * 0.3, "GB on Spot", _SPOT, is_verified=False),
    "fargate_vcpu_x86_64_spot": _hourly(0.04048 * 0.3, "vCPU on Spot", _SPOT, is_verified=False),
    "fargate_gb_x86_64_spot": _hourly(0.004445 * 0.3, "GB on Spot", _SPOT, is_verified=False),
    "nat_gateway": _hourly(0.045, "NAT gateway", _VPC),
    "nat_gb": Price(usd=0.045, unit="GB through NAT", source=_VPC),
    "endpoint_zone": _hourly(0.01, "endpoint in a zone", _VPC),
    "endpoint_gb": Price(usd=0.01, unit="GB through endpoints", source=_VPC),
    "public_ipv4": _hourly(0.005, "public address", _VPC),
    "load_balancer": _hourly(0.0225, "load balancer", _KNOWN, is_verified=False),
    "web_acl": Price(usd=5.00, unit="web ACL", source=_KNOWN, is_verified=False),
    "web_acl_rule": Price(usd=1.00, unit="rule", source=_KNOWN, is_verified=False),
    "cognito_mau": Price(
        usd=0.0, unit="reviewer who signs in", tiers=((10_000, 0.015),), source=_KNOWN, is_verified=False
    ),
}
