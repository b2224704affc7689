"""The ledger in memory. `tests/contract/ledger` holds it to the same tests as the one in DynamoDB."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import msgspec

from shared.contracts.words import Action, Status
from shared.errors import GavelError
from shared.ledger.entries import Discarded, Entry, Quarantined, SubmissionOpened, VerdictGiven
from shared.ledger.record import RANK, Judged, Record, Summary

NEVER_OPENED = -1


@dataclass
class _Item:
    summary: Summary | None = None
    reached: int = NEVER_OPENED
    """Rank of the furthest status; a quarantine leaves it alone, so that a redriven item goes on from there."""
    is_listed: bool = True
    entries: dict[str, Entry] = field(default_factory=dict)


class MemoryLedger:
    """Shows what was written through `items`; `fail_next` plays an outage before, or a lost answer after, one call."""

    def __init__(self) -> None:
        self.items: dict[str, _Item] = {}
        self.leases: dict[str, tuple[str, datetime]] = {}
        self._failures: dict[tuple[str, bool], list[GavelError]] = {}

    def fail_next(self, method: str, error: GavelError, *, written: bool = False) -> None:
        """Let the next call of `method` raise `error`, either before it writes anything or (`written`) after."""
        self._failures.setdefault((method, written), []).append(error)

    async def open(self, media_id: str, entry: SubmissionOpened) -> bool:
        self._maybe_fail("open")
        item = self._item(media_id)
        opened = _put(item, entry)
        if item.summary is None or item.reached == NEVER_OPENED:
            item.reached = RANK[Status.RECEIVED]
            item.summary = Summary(
                media_id=media_id,
                status=Status.RECEIVED,
                tenant=entry.tenant,
                received_at=entry.at,
                updated_at=entry.at,
                kind=entry.kind,
                policy=entry.policy,
            )
        self._maybe_fail("open", written=True)
        return opened

    async def add(self, media_id: str, entry: Entry) -> bool:
        self._maybe_fail("add")
        added = _put(self._item(media_id), entry)
        self._maybe_fail("add", written=True)
        return added

    async def entry(self, media_id: str, key: str) -> Entry | None:
        self._maybe_fail("entry")
        return self.items[media_id].entries.get(key) if media_id in self.items else None

    async def record(self, media_id: str) -> Record | None:
        self._maybe_fail("record")
        item = self.items.get(media_id)
        if item is None or item.summary is None:
            return None
        return Record(
            summary=item.summary, entries=tuple(sorted(item.entries.values(), key=lambda one: (one.at, one.key)))
        )

    async def advance(
        self,
        media_id: str,
        status: Status,
        at: datetime,
        *,
        verdict: Action | None = None,
        verdict_number: int | None = None,
        content_key: str | None = None,
        judged: Judged | None = None,
        is_listed: bool = True,
        is_sent_on: bool = False,
    ) -> bool:
        self._maybe_fail("advance")
        item = self.items.get(media_id)
        if item is None or item.summary is None or not _forward(item, status, at, verdict_number):
            return False
        if is_sent_on and item.summary.status is Status.QUARANTINED and item.summary.updated_at > at:
            return False
        if status is Status.QUARANTINED:
            verdict = verdict_number = content_key = judged = None
            is_listed = True
        else:
            item.reached = RANK[status]
        item.is_listed = is_listed
        item.summary = msgspec.structs.replace(
            item.summary,
            status=status,
            updated_at=at,
            verdict=verdict or item.summary.verdict,
            verdict_number=verdict_number or item.summary.verdict_number,
            content_key=content_key or item.summary.content_key,
            judged=judged or item.summary.judged,
        )
        self._maybe_fail("advance", written=True)
        return True

    async def verdict_for(self, content_key: str) -> tuple[str, VerdictGiven] | None:
        self._maybe_fail("verdict_for")
        summaries = [item.summary for item in self.items.values() if item.summary is not None]
        known = sorted((one for one in summaries if one.content_key == content_key), key=lambda one: one.updated_at)
        if not known:
            return None
        entries = self.items[known[-1].media_id].entries.values()
        verdicts = sorted((one for one in entries if isinstance(one, VerdictGiven)), key=lambda one: one.number)
        if not verdicts or not content_key.endswith(f"#{verdicts[-1].policy.name}#{verdicts[-1].policy.version}"):
            return None
        return known[-1].media_id, verdicts[-1]

    async def quarantine(self, entry: Quarantined) -> None:
        self._maybe_fail("quarantine")
        media_id = entry.media_id or entry.key
        item = self._item(media_id)
        first = _put(item, entry)
        filed_at = item.entries[entry.key].at
        if item.summary is None:
            item.summary = Summary(
                media_id=media_id, status=Status.QUARANTINED, tenant="", received_at=filed_at, updated_at=filed_at
            )
        elif first or item.summary.updated_at <= filed_at:
            await self.advance(media_id, Status.QUARANTINED, filed_at)
        self._maybe_fail("quarantine", written=True)

    async def discard(self, media_id: str, entry: Discarded) -> bool:
        self._maybe_fail("discard")
        item = self._item(media_id)
        if item.summary is None or item.summary.status is not Status.QUARANTINED:
            return False
        item.entries[entry.key] = entry
        item.summary = msgspec.structs.replace(item.summary, status=Status.DISCARDED, updated_at=entry.at)
        self._maybe_fail("discard", written=True)
        return True

    async def release(self, id_: str, at: datetime) -> bool:
        self._maybe_fail("release")
        item = self._item(id_)
        if item.summary is None or item.summary.status is not Status.QUARANTINED or not id_.startswith("quarantine#"):
            return False
        item.summary = msgspec.structs.replace(item.summary, status=Status.RECEIVED, updated_at=at)
        item.is_listed = False
        self._maybe_fail("release", written=True)
        return True

    async def by_status(
        self, status: Status, *, before: datetime | None = None, since: datetime | None = None
    ) -> AsyncIterator[Summary]:
        self._maybe_fail("by_status")
        found = [
            item.summary
            for item in self.items.values()
            if item.summary and item.summary.status is status and item.is_listed
        ]
        for summary in sorted(found, key=lambda one: (one.updated_at, one.media_id)):
            if (before is None or summary.updated_at < before) and (since is None or summary.updated_at >= since):
                yield summary

    async def lease(self, name: str, holder: str, *, now: datetime, ttl_s: int) -> bool:
        self._maybe_fail("lease")
        held = self.leases.get(name)
        if held is not None and held[0] != holder and held[1] > now:
            return False
        self.leases[name] = (holder, now + timedelta(seconds=ttl_s))
        self._maybe_fail("lease", written=True)
        return True

    def _item(self, media_id: str) -> _Item:
        return self.items.setdefault(media_id, _Item())

    def _maybe_fail(self, method: str, *, written: bool = False) -> None:
        if waiting := self._failures.get((method, written)):
            raise waiting.pop(0)


def _put(item: _Item, entry: Entry) -> bool:
    if entry.key in item.entries:
        return False
    item.entries[entry.key] = entry
    return True


def _forward(item: _Item, status: Status, at: datetime, verdict_number: int | None) -> bool:
    """Whether (verdict number, rank) grows, with the two rules for quarantine; see `shared.ledger.port`."""
    assert item.summary is not None
    current = item.summary.status
    if status is Status.QUARANTINED:
        return current not in (Status.DONE, Status.QUARANTINED)
    if item.reached == NEVER_OPENED:
        return False
    number = item.summary.verdict_number
    if verdict_number is not None and verdict_number != number:
        return verdict_number > number
    released = current is Status.QUARANTINED and RANK[status] == item.reached and at >= item.summary.updated_at
    return RANK[status] > item.reached or released
