"""Looks for items: by tenant and time, and by what their summaries say. Newest first, page by page."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from shared.contracts.words import Action, DecidedBy, MediaKind, Status
from shared.ledger.record import Summary


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Items of any of these tenants that came in from `since` on and before `until`; None means any.

    `policy` is a policy's name, or `<name>@<version>`; `reviewer` is a pseudonym.
    """

    tenants: tuple[str, ...]
    since: datetime
    until: datetime
    status: Status | None = None
    verdict: Action | None = None
    decided_by: DecidedBy | None = None
    kind: MediaKind | None = None
    label: str | None = None
    policy: str | None = None
    reviewer: str | None = None

    def fits(self, summary: Summary) -> bool:
        judged, policy = summary.judged, summary.policy
        return (
            summary.tenant in self.tenants
            and self.since <= summary.received_at < self.until
            and self.status in {None, summary.status}
            and self.verdict in {None, summary.verdict}
            and self.kind in {None, summary.kind}
            and (self.decided_by is None or (judged is not None and judged.decided_by is self.decided_by))
            and (self.label is None or (judged is not None and self.label in judged.labels))
            and (self.reviewer is None or (judged is not None and self.reviewer in judged.reviewers))
            and (
                self.policy is None
                or (policy is not None and self.policy in {policy.name, f"{policy.name}@{policy.version}"})
            )
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a page ended: right behind this item."""

    received_at: datetime
    media_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """`after` is where the next page begins, None behind the last one. A page may hold fewer items than were asked
    for, or none, and not be the last: only so many items are looked at for one page."""

    items: tuple[Summary, ...]
    after: Place | None


class Search(Protocol):
    async def page(self, wanted: Wanted, *, limit: int, after: Place | None = None) -> Page:
        """Eventually consistent. Raises Transient when the store can't be reached."""
        ...
