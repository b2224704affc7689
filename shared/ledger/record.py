"""An item as the ledger has it: where it stands, which only moves forward, and its entries."""

from datetime import datetime
from typing import Final

import msgspec

from shared.contracts.messages import PolicyRef
from shared.contracts.words import Action, DecidedBy, MediaKind, Status
from shared.ledger.entries import Entry

RANK: Final = {status: rank for rank, status in enumerate(Status)}


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """What the current verdict is found by: its reasons' labels, their top-level ones, and who answered."""

    decided_by: DecidedBy
    labels: tuple[str, ...] = ()
    reviewers: tuple[str, ...] = ()


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """Where an item stands. `media_id` is `quarantine#<id>` where a message never became an item."""

    media_id: str
    status: Status
    tenant: str
    received_at: datetime
    updated_at: datetime
    verdict: Action | None = None
    verdict_number: int = 0
    content_key: str | None = None
    kind: MediaKind | None = None
    policy: PolicyRef | None = None
    judged: Judged | None = None


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """Everything the ledger knows about one item, entries in order of their time."""

    summary: Summary
    entries: tuple[Entry, ...]


def content_key(tenant: str, sha256: str, policy: PolicyRef) -> str:
    """What must be equal for a verdict to be reused: the bytes, the policy (with its adapter) at one version, and the
    tenant: a verdict names the item that it comes from, and nobody hears what another tenant's items are, or say."""
    return f"{tenant}#{sha256}#{policy.name}#{policy.version}"
