"""Quotas as they are told over HTTP: `{"operation": "DetectModerationLabels", "tps": 5, "kind": "bucket"}`."""

import math
import re
from collections.abc import Mapping
from typing import Any

from gavel_emulator.rekognition.quotas import ANY, Meter, Quota, QuotaKind, Scope

FIELDS = ("account", "region", "operation", "tps", "kind", "burst")
OPERATIONS = (
    "CreateProject",
    "CreateProjectVersion",
    "DeleteProject",
    "DeleteProjectVersion",
    "DescribeProjectVersions",
    "DescribeProjects",
    "DetectLabels",
    "DetectModerationLabels",
    "GetContentModeration",
    "GetMediaAnalysisJob",
    "ListMediaAnalysisJobs",
    "ListTagsForResource",
    "StartContentModeration",
    "StartMediaAnalysisJob",
    "TagResource",
    "UntagResource",
)
ACCOUNT = re.compile(r"\d{12}")
REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-\d")


class QuotaRuleError(ValueError):
    """Names every problem of the rule, one a line."""


def read_rule(document: Mapping[str, Any]) -> tuple[Scope, Quota]:
    """Raises QuotaRuleError."""
    problems = [f"unknown field {name!r}; there are {', '.join(FIELDS)}" for name in document if name not in FIELDS]
    account, region, operation = (document.get(name, ANY) for name in ("account", "region", "operation"))
    if account != ANY and not (isinstance(account, str) and ACCOUNT.fullmatch(account)):
        problems.append("account: twelve digits, or * for every account")
    if region != ANY and not (isinstance(region, str) and REGION.fullmatch(region)):
        problems.append("region: the name of a region, or * for every region")
    if operation not in (ANY, *OPERATIONS):
        problems.append(f"operation: one of {', '.join(OPERATIONS)}, or * for all")
    if not _is_rate(document.get("tps")):
        problems.append("tps: requests per second, 0 or more")
    kind = document.get("kind", QuotaKind.BUCKET)
    if kind not in list(QuotaKind):
        problems.append(f"kind: one of {', '.join(QuotaKind)}")
    burst = document.get("burst")
    if burst is not None and not (_is_rate(burst) and kind == QuotaKind.BUCKET):
        problems.append("burst: the size of a bucket in requests, 0 or more; a window has none")
    if problems:
        raise QuotaRuleError("\n".join(problems))
    return Scope(account, region, operation), Quota(tps=document["tps"], kind=QuotaKind(kind), burst=burst)


def describe(meter: Meter) -> dict[str, Any]:
    """The quotas that were set, the latest last, and what was admitted and throttled so far."""
    return {
        "quotas": [
            {**_scope(scope), "tps": quota.tps, "kind": quota.kind, "burst": quota.burst}
            for scope, quota in meter.quotas().items()
        ],
        "counts": [
            {**_scope(scope), "admitted": count.admitted, "throttled": count.throttled}
            for scope, count in meter.counts().items()
        ],
    }


def _scope(scope: Scope) -> dict[str, str]:
    return {"account": scope.account, "region": scope.region, "operation": scope.operation}


def _is_rate(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and value >= 0
