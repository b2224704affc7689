"""`gavel policy simulate`: a changed policy over the evidence that there is, without asking Rekognition anything."""

import asyncio
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Final, Protocol

from rich.table import Table

from cli.connection import connect
from cli.items import Filters, found, records, search, wanted
from cli.screen import out
from shared.aws.evidence import EvidenceStore
from shared.contracts.frames import FrameFinding
from shared.contracts.words import Action, MediaKind
from shared.errors import Permanent, Transient
from shared.ledger.entries import AppealOpened, DecisionMade, EvidenceFound, LoopEnded, Record
from shared.ledger.views import only
from shared.policy.model import Policy
from shared.policy.simulate import Seen, Simulation

FRAMES_GONE: Final = "evidence-missing"


class Frames(Protocol):
    async def get_frames(self, uri: str) -> Iterator[FrameFinding]:
        """As `EvidenceStore`."""
        ...


async def simulated(stack: str, policy: Policy, filters: Filters, limit: int) -> dict[str, Any]:
    """What it comes to for the newest `limit` items that fit, and why others were left out. Raises WrongFilter."""
    simulation, left_out = Simulation(policy), Counter[str]()
    newest = oldest = None
    async with connect(stack) as connection:
        wish = (await wanted(connection, filters)).wanted
        items = found(search(connection), wish, limit=limit)
        async for record in records(connection.ledger, items):
            item = await seen(record, EvidenceStore(connection.s3, connection.outputs.evidence_bucket))
            if isinstance(item, str):
                left_out[item] += 1
                continue
            # A long video takes a second of computing.
            await asyncio.to_thread(simulation.take, item)
            received_at = record.summary.received_at
            newest, oldest = newest or received_at, received_at
    days = (newest - oldest).total_seconds() / 86_400 if newest and oldest else 0.0
    told = simulation.told(days=max(days, 1 / 24))
    return {"policy": policy.name, "version": policy.version, "days": days, "left_out": dict(left_out), **told}


async def seen(record: Record, evidence: Frames) -> Seen | str:
    """The item as it was judged; or why it can't be judged anew, in a word."""
    found, decision = only(record, EvidenceFound), only(record, DecisionMade)
    if found is None:
        return "no-evidence"
    if decision is None:
        return "no-decision"
    one = found.evidence
    is_video = record.summary.kind is MediaKind.VIDEO
    frames = None
    if is_video:
        if one.frames_uri is None:
            return "no-frames"
        try:
            frames = tuple(await evidence.get_frames(one.frames_uri))
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
    )


def show(told: Mapping[str, Any]) -> None:
    out.print(f"[bold]{told['items']:,} items[/] under policy {told['policy']} at {told['version']}")
    for reason, count in told["left_out"].items():
        out.print(f"[dim]{count:,} left out: {reason}[/]")
    out.print(_confusion("the policy's choice: rows are what was, columns what would be", told["choices"]))
    out.print(_confusion("verdicts: rows are what was, columns what would be", told["verdicts"]))
    out.print(f"{told['verdicts_changed']:,} verdicts would change; {told['verdicts_open']:,} would need people first")
    reviews = told["reviews"]
    out.print(f"reviews: {reviews['before']:,} then, {reviews['after']:,} now")
    if reviews["answers_a_day_after"] is not None:
        out.print(f"that is {reviews['answers_a_day_after']:.1f} answers a day")
    for change in told["changes"]:
        verdict = f"{change.verdict_before or '—'} → {change.verdict_after or 'people'}"
        out.print(f"  {change.media_id} {change.before} → {change.after} ({verdict})")


def _confusion(title: str, rows: Mapping[str, Mapping[str, int]]) -> Table:
    table = Table(title=title, title_justify="left")
    table.add_column("")
    for word in rows:
        table.add_column(word, justify="right")
    for before, counts in rows.items():
        cells = (
            f"{count:,}" if before == after or not count else f"[yellow]{count:,}[/]" for after, count in counts.items()
        )
        table.add_row(before, *cells)
    return table


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
