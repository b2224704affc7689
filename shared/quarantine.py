"""What couldn't be processed: listed, looked into, sent again and discarded. Who did either is on the item's record."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol

from shared.clock import Clock
from shared.contracts.words import Status
from shared.errors import GavelError
from shared.ledger.entries import Discarded, Entry, Quarantined, Redriven
from shared.ledger.finding import READS_AT_ONCE, Records
from shared.ledger.record import Record, Summary
from shared.ledger.views import quarantined

REASON_LIMIT: Final = 2_000
"""Characters of the reason that something is discarded for."""


class Notes(Records, Protocol):
    """As `shared.ledger.port` says, the part that sending again takes."""

    async def add(self, media_id: str, entry: Entry) -> bool: ...


class Ledger(Notes, Protocol):
    """And what listing and discarding take."""

    async def discard(self, media_id: str, entry: Discarded) -> bool: ...

    async def release(self, id_: str, at: datetime) -> bool: ...

    def by_status(
        self, status: Status, *, before: datetime | None = None, since: datetime | None = None
    ) -> AsyncIterator[Summary]: ...


class Redrive(Protocol):
    async def again(self, entry: Quarantined) -> None:
        """Send the kept message to its queue once more. Raises Transient, or Permanent when it isn't kept any more."""
        ...


class Kept(Protocol):
    async def get_json(self, uri: str) -> Any:
        """As `EvidenceStore`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """`id` is the item's, or `quarantine#<id>` of a message that never became one; that is no tenant's."""

    id: str
    tenant: str
    entry: Quarantined


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why nothing was done, in words for people."""

    text: str
    is_unknown: bool = False


async def listed(
    ledger: Ledger,
    *,
    limit: int,
    code: str | None = None,
    may_see: Callable[[str], bool] = lambda tenant: True,
    look_at: int | None = None,
) -> tuple[list[Waiting], bool]:
    """What stands in quarantine, the longest there first, and whether that is all. `may_see` is asked for tenants; of
    what stands there `look_at` are looked at, all where None."""
    found: list[Waiting] = []
    some: list[str] = []
    looked_at = 0
    async for summary in ledger.by_status(Status.QUARANTINED):
        if looked_at == look_at:
            found += await _entries(ledger, some, code)
            return found[:limit], False
        looked_at += 1
        if not may_see(summary.tenant):
            continue
        some.append(summary.media_id)
        if len(some) == READS_AT_ONCE:
            found += await _entries(ledger, some, code)
            some = []
        if len(found) > limit:
            break
    found += await _entries(ledger, some, code)
    return found[:limit], len(found) <= limit


async def sent_again(ledger: Ledger, id_: str, redrive: Redrive, *, by: str, clock: Clock) -> Quarantined | Refusal:
    """Refused by what is there, and by whatever `redriven` raises: the message is still kept then, and it can be tried
    again. Raises Transient when it went, and couldn't be taken off the list, as what never became an item has to be."""
    entry = await _standing(ledger, id_)
    if isinstance(entry, Refusal):
        return entry
    try:
        await redriven(ledger, id_, entry, redrive, by=by, at=clock())
    except GavelError as error:
        return Refusal(text=f"{error.code}: {error.detail}")
    if id_ == entry.key:
        await ledger.release(id_, clock())
    return entry


async def redriven(ledger: Notes, id_: str, entry: Quarantined, redrive: Redrive, *, by: str, at: datetime) -> None:
    """The record first, so that nothing goes again without a word. Raises as both."""
    await ledger.add(id_, Redriven(at=at, of=entry.id, by=by))
    await redrive.again(entry)


async def discarded(ledger: Ledger, id_: str, *, reason: str, by: str, clock: Clock) -> Quarantined | Refusal:
    """Off the list for good. Nothing is deleted: record and message stay."""
    if not reason.strip() or len(reason) > REASON_LIMIT:
        return Refusal(text=f"a reason has 1 to {REASON_LIMIT:,} characters")
    entry = await _standing(ledger, id_)
    if isinstance(entry, Refusal):
        return entry
    try:
        is_off = await ledger.discard(id_, Discarded(at=clock(), of=entry.id, by=by, reason=reason))
    except GavelError as error:
        return Refusal(text=f"{error.code}: {error.detail}")
    return entry if is_off else Refusal(text="has moved on")


def told(record: Record) -> tuple[Quarantined | Redriven | Discarded, ...]:
    """Everything that the record says of its time in quarantine, oldest first; nothing of what was never there."""
    entries = tuple(one for one in record.entries if isinstance(one, Quarantined | Redriven | Discarded))
    return entries if any(isinstance(one, Quarantined) for one in entries) else ()


async def _entries(ledger: Ledger, ids: Sequence[str], code: str | None) -> list[Waiting]:
    records = await asyncio.gather(*map(ledger.record, ids))
    found = [
        Waiting(id=record.summary.media_id, tenant=record.summary.tenant, entry=entry)
        for record in records
        if record is not None and (entry := quarantined(record)) is not None
    ]
    return [one for one in found if code in {None, one.entry.code}]


async def _standing(ledger: Ledger, id_: str) -> Quarantined | Refusal:
    record = await ledger.record(id_)
    entry = quarantined(record) if record else None
    if record is None or entry is None:
        return Refusal(text="was never quarantined", is_unknown=True)
    if record.summary.status is not Status.QUARANTINED:
        return Refusal(text=f"is {record.summary.status}, not in quarantine")
    return entry
