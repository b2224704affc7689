"""A changed policy over the evidence of the newest items, without asking Rekognition anything.

`shared.policy.simulate` decides and counts; here is what of a record it goes by, and how many are read.
"""

import asyncio
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol

from shared.contracts.frames import FrameFinding
from shared.contracts.words import Action, MediaKind
from shared.errors import Permanent, Transient
from shared.ledger.entries import AppealOpened, DecisionMade, EvidenceFound, LoopEnded
from shared.ledger.finding import Records, found, records
from shared.ledger.record import Record
from shared.ledger.search import Page, Place, Search, Wanted
from shared.ledger.views import only
from shared.policy.model import Policy
from shared.policy.simulate import Seen, Simulation

FRAMES_GONE: Final = "evidence-missing"


class Frames(Protocol):
    async def get_frames(self, uri: str) -> Iterator[FrameFinding]:
        """As `EvidenceStore`."""
        ...


async def simulated(
    policy: Policy,
    wanted: Wanted,
    *,
    limit: int,
    search: Search,
    ledger: Records,
    evidence: Frames,
    budget_s: float | None = None,
) -> dict[str, Any]:
    """What it comes to for the newest `limit` items that fit, and why others were left out. Raises Transient.

    Some records and one video's frames are in memory at a time. With a budget the rest isn't looked at once it is
    spent, also where nothing fits; then `is_complete` is false, and `looked_back_to` where the search had got to.
    """
    simulation, left_out = Simulation(policy), Counter[str]()
    newest = oldest = None
    loop = asyncio.get_running_loop()
    ends_at = None if budget_s is None else loop.time() + budget_s
    looking = _Looking(search)
    reading = records(ledger, found(looking, wanted, limit=limit))
    while is_complete := ends_at is None or loop.time() < ends_at:
        try:
            async with asyncio.timeout_at(ends_at) as left:
                record = await anext(reading, None)
        except TimeoutError:
            if not left.expired():
                raise
            is_complete = False
            break
        if record is None:
            break
        item = await seen(record, evidence)
        if isinstance(item, str):
            left_out[item] += 1
            continue
        # A long video takes a second of computing, its findings being read one by one.
        await asyncio.to_thread(simulation.take, item)
        received_at = record.summary.received_at
        newest, oldest = newest or received_at, received_at
    days = (newest - oldest).total_seconds() / 86_400 if newest and oldest else 0.0
    told = simulation.told(days=max(days, 1 / 24))
    named = {"policy": policy.name, "version": policy.version, "days": days}
    ended = {"is_complete": is_complete, "looked_back_to": None if is_complete else looking.back_to}
    return {**named, **ended, "left_out": dict(left_out), **told}


@dataclass(slots=True)
class _Looking:
    """A search that knows how far back it has looked."""

    search: Search
    back_to: datetime | None = None

    async def page(self, wanted: Wanted, *, limit: int, after: Place | None = None) -> Page:
        found = await self.search.page(wanted, limit=limit, after=after)
        self.back_to = found.after.received_at if found.after else wanted.since
        return found


async def seen(record: Record, evidence: Frames) -> Seen | str:
    """The item as it was judged; or why it can't be judged anew, in a word."""
    detected, decision = only(record, EvidenceFound), only(record, DecisionMade)
    if detected is None:
        return "no-evidence"
    if decision is None:
        return "no-decision"
    one = detected.evidence
    is_video = record.summary.kind is MediaKind.VIDEO
    frames = None
    if is_video:
        if one.frames_uri is None:
            return "no-frames"
        try:
            frames = await evidence.get_frames(one.frames_uri)
        except Transient as error:
            if error.code != FRAMES_GONE:
                raise
            return "frames-gone"  # as evidence is, after its time
        except Permanent:
            return "frames-unreadable"
    return Seen(
        media_id=record.summary.media_id,
        choice=decision.choice,
        verdict=record.summary.verdict,
        ruling=_ruling(record),
        findings=() if is_video else one.findings,
        content_types=() if is_video else one.content_types,
        frames=frames,
        duration_ms=one.video.duration_ms if one.video else None,
        adapter_was_ignored=one.adapter_was_ignored,
    )


def _ruling(record: Record) -> Action | None:
    """What people said of the escalation itself; appeals come later, and against another verdict."""
    appealed = {entry.round for entry in record.entries if isinstance(entry, AppealOpened)}
    first = min(appealed, default=None)
    rulings = [
        entry.action
        for entry in record.entries
        if isinstance(entry, LoopEnded) and entry.action is not None and (first is None or entry.round < first)
    ]
    return rulings[-1] if rulings else None
