"""Requests per second per operation, account and region, as Rekognition's default quotas have it.

AWS doesn't tell how it counts, so there are two kinds: a `bucket` that holds `burst` requests and refills at the rate,
and a fixed `window` of one second. A client that keeps to both keeps to whatever AWS does.
"""

import math
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

FAST_REGIONS = frozenset({"us-east-1", "us-west-2", "eu-west-1"})
FAST_TPS: Mapping[str, float] = {"DetectLabels": 50.0, "DetectModerationLabels": 50.0, "GetContentModeration": 20.0}
SLOW_TPS = 5.0
"""Of these operations in other regions, and of every other operation: AWS General Reference, "Amazon Rekognition
endpoints and quotas"."""

ANY = "*"


class QuotaKind(StrEnum):
    BUCKET = "bucket"
    WINDOW = "window"


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """`burst` is a bucket's size in requests; without it, one second's worth. 0 per second refuses everything."""

    tps: float
    kind: QuotaKind = QuotaKind.BUCKET
    burst: float | None = None

    @property
    def size(self) -> float:
        if self.kind is QuotaKind.WINDOW or self.burst is None:
            return self.tps
        return self.burst


@dataclass(frozen=True, slots=True)
class Scope:
    """What a quota is for; `*` stands for all."""

    account: str = ANY
    region: str = ANY
    operation: str = ANY

    def covers(self, other: "Scope") -> bool:
        return all(
            mine in (ANY, theirs)
            for mine, theirs in (
                (self.account, other.account),
                (self.region, other.region),
                (self.operation, other.operation),
            )
        )


@dataclass(frozen=True, slots=True)
class Count:
    admitted: int = 0
    throttled: int = 0


@dataclass(slots=True)
class _Gauge:
    """What is left: `room` requests, as of `at` (seconds of the clock)."""

    room: float
    at: float


class Meter:
    """Decides for each request whether the quota has room. Safe to use from many threads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._set: dict[Scope, Quota] = {}
        self._gauges: dict[Scope, _Gauge] = {}
        self._counts: dict[Scope, Count] = {}

    def admit(self, scope: Scope) -> bool:
        """Takes one request's room in a scope without `*`; False means "throttle it"."""
        with self._lock:
            quota = self._quota(scope)
            gauge = self._gauges.setdefault(scope, _Gauge(quota.size, self._clock()))
            self._refill(gauge, quota)
            admitted = gauge.room >= 1
            if admitted:
                gauge.room -= 1
            count = self._counts.get(scope, Count())
            self._counts[scope] = Count(count.admitted + admitted, count.throttled + (not admitted))
            return admitted

    def set(self, scope: Scope, quota: Quota) -> None:
        """From now on, with a full bucket; the latest of the quotas that cover a request counts."""
        with self._lock:
            self._set.pop(scope, None)
            self._set[scope] = quota
            self._gauges = {held: gauge for held, gauge in self._gauges.items() if not scope.covers(held)}

    def reset(self) -> None:
        """Back to AWS's defaults; the counts begin anew."""
        with self._lock:
            self._set.clear()
            self._gauges.clear()
            self._counts.clear()

    def quotas(self) -> Mapping[Scope, Quota]:
        with self._lock:
            return dict(self._set)

    def counts(self) -> Mapping[Scope, Count]:
        with self._lock:
            return dict(self._counts)

    def _quota(self, scope: Scope) -> Quota:
        for held, quota in reversed(self._set.items()):
            if held.covers(scope):
                return quota
        return Quota(tps=FAST_TPS.get(scope.operation, SLOW_TPS) if scope.region in FAST_REGIONS else SLOW_TPS)

    def _refill(self, gauge: _Gauge, quota: Quota) -> None:
        now = self._clock()
        match quota.kind:
            case QuotaKind.BUCKET:
                gauge.room = min(quota.size, gauge.room + (now - gauge.at) * quota.tps)
            case QuotaKind.WINDOW:
                if math.floor(now) != math.floor(gauge.at):
                    gauge.room = quota.size
        gauge.at = now
