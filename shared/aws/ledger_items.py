"""What the ledger's entries and summaries look like in DynamoDB.

pk            sk                     what
<media id>    summary                status, reached, status_day, updated_at, verdict, content_key …
<media id>    <entry key>            the entry's fields; `type` says which entry it is
quarantine#…  the same two           a message that never became an item
lease#<name>  lease                  holder, held_until, expires_at
GSI by_status   status_day "<status>#<day of updated_at>", updated_at     only summaries that are listed have them
GSI by_content  content_key, updated_at                                   keys alone, of summaries with a verdict
GSI by_tenant   tenant_day "<tenant>#<day of received_at>", received_at   keys alone, of summaries that were opened
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import msgspec

from shared.aws.attributes import Attribute, from_item, instant, size_bytes, to_attribute, to_item
from shared.contracts.words import Status
from shared.errors import Permanent, Transient
from shared.ledger.entries import Entry
from shared.ledger.record import RANK, Summary

SUMMARY: Final = "summary"
ALONE: Final = "quarantine#"
"""How the id of a message that never became an item begins."""
NEVER_OPENED: Final = -1
ITEM_LIMIT_BYTES: Final = 400 * 1024
"""https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html"""


def key(media_id: str, sk: str) -> dict[str, Attribute]:
    return {"pk": {"S": media_id}, "sk": {"S": sk}}


def entry_item(media_id: str, entry: Entry) -> dict[str, Attribute]:
    """Raises Permanent when the entry is larger than DynamoDB takes: about 17,000 findings of one detector run."""
    fields = msgspec.to_builtins(entry, builtin_types=(datetime,))
    if "evidence" in fields:
        fields["evidence"]["findings"] = _packed(fields["evidence"]["findings"])
    item = key(media_id, entry.key) | to_item(fields)
    if (size := size_bytes(item)) > ITEM_LIMIT_BYTES:
        raise Permanent("ledger-entry-too-large", f"{entry.key} needs {size} of {ITEM_LIMIT_BYTES} bytes")
    return item


def entry_from(item: Mapping[str, Attribute]) -> Entry:
    """Raises Transient for what this version can't read: a newer one or a hand wrote it, and either can be mended."""
    fields = from_item(item)
    if isinstance(fields.get("evidence"), dict):
        fields["evidence"]["findings"] = _unpacked(fields["evidence"].get("findings", {}))
    entry: Entry = _read(fields, Entry)
    return entry


def summary_item(summary: Summary, *, reached: int) -> dict[str, Attribute]:
    """`reached` is the rank of the furthest status, which a quarantine leaves alone; -1 for what was never opened."""
    return (
        key(summary.media_id, SUMMARY)
        | to_item(summary)
        | {
            "reached": to_attribute(reached),
            "status_day": {"S": status_day(summary.status, instant(summary.updated_at))},
        }
    )


def summary_from(item: Mapping[str, Attribute]) -> Summary:
    summary: Summary = _read(from_item(item), Summary)
    return summary


def opened(summary: Summary) -> dict[str, Attribute]:
    received = {"tenant_day": {"S": tenant_day(summary.tenant, instant(summary.received_at))}}
    return summary_item(summary, reached=RANK[Status.RECEIVED]) | received


def status_day(status: Status, at: str) -> str:
    return f"{status}#{at[:10]}"


def tenant_day(tenant: str, at: str) -> str:
    return f"{tenant}#{at[:10]}"


def _packed(findings: list[dict[str, Any]]) -> dict[str, Any]:
    """Each label once, and a row [label, confidence, time] for each finding: a video has thousands of a few labels."""
    labels: dict[tuple[str, str, int], int] = {}
    rows = []
    for one in findings:
        place = labels.setdefault((one["label"], one["parent"], one["level"]), len(labels))
        at_ms = one["timestamp_ms"]
        rows.append((place, one["confidence"]) if at_ms is None else (place, one["confidence"], at_ms))
    return {"labels": list(labels), "rows": rows}


def _unpacked(packed: Mapping[str, Any]) -> list[dict[str, Any]]:
    labels = [dict(zip(("label", "parent", "level"), one, strict=True)) for one in packed.get("labels", [])]
    return [
        labels[place] | {"confidence": confidence, "timestamp_ms": at_ms[0] if at_ms else None}
        for place, confidence, *at_ms in packed.get("rows", [])
    ]


def _read(fields: dict[str, Any], kind: Any) -> Any:
    try:
        return msgspec.convert(fields, type=kind)
    except msgspec.ValidationError as error:
        raise Transient("ledger-entry-unreadable", f"{fields.get('sk')}: {error}") from error
