"""What callers get to read: JSON in snake case, the ledger's own words, and nothing that isn't theirs."""

import hashlib
from typing import Any

import msgspec

from shared.ledger.entries import VerdictGiven
from shared.ledger.record import Record, Summary
from shared.ledger.views import submission
from shared.ledger.views import verdict as verdict_numbered


def item(summary: Summary) -> dict[str, Any]:
    """One line of a list."""
    judged = summary.judged
    told = {
        "media_id": summary.media_id,
        "tenant": summary.tenant,
        "kind": summary.kind,
        "status": summary.status,
        "verdict": summary.verdict,
        "verdict_number": summary.verdict_number,
        "decided_by": judged.decided_by if judged else None,
        "labels": list(judged.labels) if judged else [],
        "policy": summary.policy,
        "received_at": summary.received_at,
        "updated_at": summary.updated_at,
    }
    plain: dict[str, Any] = msgspec.to_builtins(told)
    return plain


def whole(record: Record) -> dict[str, Any]:
    """The item with its current verdict and every entry of its record, oldest first."""
    current = verdict_numbered(record, record.summary.verdict_number)
    told = item(record.summary) | {
        "submission": submission(record),
        "current_verdict": _verdict(current) if current else None,
        "entries": [{"key": entry.key, **msgspec.to_builtins(entry)} for entry in record.entries],
    }
    plain: dict[str, Any] = msgspec.to_builtins(told)
    return plain


def etag(document: dict[str, Any]) -> str:
    return f'"{hashlib.sha256(msgspec.json.encode(document)).hexdigest()[:32]}"'


def _verdict(given: VerdictGiven) -> dict[str, Any]:
    plain: dict[str, Any] = msgspec.to_builtins(given)
    return plain
