"""One row of an export for each item: what queries need as columns, and the whole record as JSON beside it."""

from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from services.results.api.domain.documents import whole
from shared.ledger.record import Record
from shared.ledger.views import submission

COLUMNS: Final = {
    "media_id": "string",
    "external_id": "string",
    "kind": "string",
    "status": "string",
    "verdict": "string",
    "verdict_number": "int",
    "decided_by": "string",
    "labels": "array<string>",
    "policy": "string",
    "policy_version": "string",
    "bucket": "string",
    "key": "string",
    "sha256": "string",
    "received_at": "timestamp",
    "updated_at": "timestamp",
    "record": "string",
}
"""Names and Athena's types; `tenant` and `date` are the partitions. docs/exports.md shows them."""


def row(record: Record) -> dict[str, Any]:
    """The columns in their order; times are aware."""
    summary, told = record.summary, submission(record)
    judged, policy = summary.judged, summary.policy
    return {
        "media_id": summary.media_id,
        "external_id": told.external_id if told else None,
        "kind": summary.kind.value if summary.kind else None,
        "status": summary.status.value,
        "verdict": summary.verdict.value if summary.verdict else None,
        "verdict_number": summary.verdict_number,
        "decided_by": judged.decided_by.value if judged else None,
        "labels": list(judged.labels) if judged else [],
        "policy": policy.name if policy else None,
        "policy_version": policy.version if policy else None,
        "bucket": told.source.bucket if told else None,
        "key": told.source.key if told else None,
        "sha256": told.sha256 if told else None,
        "received_at": summary.received_at.astimezone(UTC),
        "updated_at": summary.updated_at.astimezone(UTC),
        "record": msgspec.json.encode(whole(record)).decode(),
    }


def athena_time(at: datetime) -> str:
    """As Athena's JSON readers take a timestamp: UTC, without a zone."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]
