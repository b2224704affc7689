"""`make demo`: sends sample media through every path and shows what becomes of it, live.

Who is asked to review decides at the desk whose address it prints. With `--once` a scripted reviewer does, through the
same forms, and the exit status is 0 when every sample ended as it should.
"""

import argparse
import asyncio
import signal
import sys
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from rich.live import Live
from rich.markup import escape
from rich.table import Table

from cli.connection import Connection, connect, point_to_local
from cli.demo.reviewer import DeskReviewer, invite, temporary_password
from cli.demo.samples import BadEvent, Sample, bad_events, samples, submitted
from cli.local import (
    ROOT,
    LocalStack,
    LocalStackProblem,
    announced,
    let_operator_in,
    local_stack,
    wait_for_the_end,
    where_traces_are,
)
from cli.screen import Exit, coloured, err, out
from shared.contracts.messages import MediaRef
from shared.contracts.words import DecidedBy, Status
from shared.identity import media_id, parse_loop_name
from shared.ledger.entries import EvidenceFound, Quarantined, VerdictGiven
from shared.ledger.record import Record
from shared.ledger.views import only

PATIENCE_S = 120
POLL_S = 0.25
REVIEW_PAUSE_S = 2.0
"""How long a loop stays open before the scripted reviewer answers, so that it is seen in the table."""


@dataclass(slots=True, kw_only=True)
class Row:
    """One line of the table: what was sent, and what is known of it now. `is_by_hand`: a person rules as they like."""

    sent: Sample | BadEvent
    is_by_hand: bool = False
    media_id: str | None = None
    record: Record | None = None

    @property
    def verdict(self) -> VerdictGiven | None:
        return only(self.record, VerdictGiven) if self.record else None

    @property
    def quarantined(self) -> Quarantined | None:
        return only(self.record, Quarantined) if self.record else None

    @property
    def is_settled(self) -> bool:
        return self.record is not None and self.record.summary.status in {Status.DONE, Status.QUARANTINED}

    @property
    def is_right(self) -> bool:
        if self.sent.quarantined:
            return self.quarantined is not None and self.quarantined.code == self.sent.quarantined
        if isinstance(self.sent, BadEvent):
            return False
        if self.sent.verdict is None or self.is_by_hand:
            return self.is_settled or self.is_waiting
        given = (self.verdict.action, self.verdict.decided_by) if self.verdict else None
        return given == (self.sent.verdict, self.sent.decided_by)

    @property
    def is_waiting(self) -> bool:
        """Nobody answers by script for somebody's own pictures, nor where people are to decide."""
        own = isinstance(self.sent, Sample) and self.sent.verdict is None and self.sent.quarantined is None
        asked = own or self.is_by_hand
        return asked and self.record is not None and self.record.summary.status is Status.REVIEWING


class Script:
    """Answers the demo's tasks as each sample says, at the desk."""

    def __init__(self, reviewer: DeskReviewer, answers: dict[str, Sample]) -> None:
        self._reviewer = reviewer
        self._answers = answers
        self._seen: dict[str, float] = {}

    async def look(self) -> None:
        for name in await self._reviewer.free() if self._answers else ():
            parsed = parse_loop_name(name)
            answer = self._answers.get(parsed[0]) if parsed else None
            since = self._seen.setdefault(name, time.monotonic())
            if parsed and answer is not None and time.monotonic() - since >= REVIEW_PAUSE_S:
                await self._reviewer.answer(name, answer.answer_content)
                del self._answers[parsed[0]]


async def demo(stack: LocalStack, sent: Sequence[Sample], broken: Sequence[BadEvent], *, once: bool) -> list[Row]:
    """Send everything, and show what becomes of it until all of it is settled; people take their time."""
    email, password = "reviewer@example.com", temporary_password()
    await asyncio.to_thread(invite, stack, email, password)
    if not once:
        out.print(f"\nYou are the reviewer: [bold]{stack.desk_url}[/]", highlight=False)
        out.print(f"  e-mail [bold]{email}[/]  first password [bold]{escape(password)}[/]", highlight=False)
        out.print(await asyncio.to_thread(let_operator_in, stack), highlight=False, soft_wrap=True)
        out.print()
    async with AsyncExitStack() as opened:
        connection = await opened.enter_async_context(connect("local"))
        rows = [
            *(Row(sent=each, is_by_hand=not once and each.answer is not None) for each in sent),
            *(Row(sent=each) for each in broken),
        ]
        started = datetime.now(UTC)
        copies = [row for row in rows if isinstance(row.sent, Sample) and row.sent.decided_by is DecidedBy.REUSE]
        first = [row for row in rows if row not in copies]
        for row in first:
            await _send(row, connection)
        answers = {
            row.media_id: row.sent for row in rows if isinstance(row.sent, Sample) and row.sent.answer and row.media_id
        }
        script = None
        if once and answers:
            reviewer = await opened.enter_async_context(DeskReviewer(stack.desk_url, email, password))
            script = Script(reviewer, answers)
        deadline = time.monotonic() + PATIENCE_S
        with Live(_table(rows), console=out, refresh_per_second=4) as live:
            while _goes_on(rows, deadline, once=once):
                if script is not None:
                    await script.look()
                await _look(rows, connection, started)
                for row in copies:
                    # A copy finds a verdict to reuse once the first of its kind has one.
                    if row.media_id is None and any(other.is_settled and _same(other, row) for other in first):
                        await _send(row, connection)
                live.update(_table(rows))
                await asyncio.sleep(POLL_S)
        return rows


def _goes_on(rows: Sequence[Row], deadline: float, *, once: bool) -> bool:
    """Until all is settled. Only a person may take longer than the demo's patience, and only where one is asked."""
    unsettled = [row for row in rows if not row.is_settled]
    waiting = [row for row in unsettled if row.is_waiting]
    if len(waiting) == len(unsettled):
        return bool(waiting) and not once
    return time.monotonic() < deadline or (bool(waiting) and not once)


def _same(one: Row, other: Row) -> bool:
    return isinstance(one.sent, Sample) and isinstance(other.sent, Sample) and one.sent.body == other.sent.body


async def _send(row: Row, connection: Connection) -> None:
    queue = connection.outputs.queues["media-events"]
    if isinstance(row.sent, BadEvent):
        await connection.sqs.send_message(QueueUrl=queue, MessageBody=row.sent.body, MessageGroupId="demo")
        return
    bucket, key = connection.outputs.media_bucket, f"demo/{row.sent.name}"
    answer = await connection.s3.put_object(Bucket=bucket, Key=key, Body=row.sent.body, Metadata=row.sent.metadata)
    row.media_id = media_id(bucket, key, answer["VersionId"])
    if not row.sent.by_upload_alone:
        body = submitted(MediaRef(bucket=bucket, key=key, version_id=answer["VersionId"]), row.media_id)
        await connection.sqs.send_message(QueueUrl=queue, MessageBody=body, MessageGroupId="demo")


async def _look(rows: Sequence[Row], connection: Connection, started: datetime) -> None:
    for row in rows:
        if row.media_id and not row.is_settled:
            row.record = await connection.ledger.record(row.media_id)
    # Messages that never became an item are in quarantine under a name of their own.
    nameless = [row for row in rows if isinstance(row.sent, BadEvent) and row.record is None]
    if not nameless:
        return
    async for summary in connection.ledger.by_status(Status.QUARANTINED):
        if summary.received_at < started or not summary.media_id.startswith("quarantine#"):
            continue
        record = await connection.ledger.record(summary.media_id)
        entry = only(record, Quarantined) if record else None
        for row in nameless:
            if entry and row.record is None and entry.code == row.sent.quarantined:
                row.record = record
                break


def _table(rows: Sequence[Row]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("media", "path", "became", "by"):
        table.add_column(heading, no_wrap=True)
    table.add_column("why")
    for row in rows:
        verdict = row.verdict
        status = row.record.summary.status if row.record else None
        mark = "" if not row.is_settled else "[green]✓[/] " if row.is_right else "[red]✗[/] "
        table.add_row(
            mark + escape(row.sent.name),
            row.sent.path,
            coloured(verdict.action if verdict else status or "sent"),
            verdict.decided_by if verdict else "",
            _why(row),
        )
    return table


def _why(row: Row) -> str:
    if row.quarantined:
        return row.quarantined.code
    evidence = only(row.record, EvidenceFound) if row.record else None
    if evidence is None:
        return ""
    # The last of a family is its most special label.
    seen = sorted(evidence.evidence.findings, key=lambda finding: (-finding.level, -finding.confidence))
    kinds = [f"{kind.name} {kind.confidence:.0f}" for kind in evidence.evidence.content_types]
    return ", ".join([f"{finding.label} {finding.confidence:.0f}" for finding in seen[:1]] + kinds)


def own_samples(folder: Path) -> list[Sample]:
    """Somebody's own pictures: sent as they are, with nothing expected of them."""
    files = sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))
    return [Sample(name=path.name, path="your own", body=path.read_bytes()) for path in files]


def main() -> int:
    parser = argparse.ArgumentParser(description="send sample media through every path")
    parser.add_argument("--once", action="store_true", help="end when everything has its verdict")
    parser.add_argument("--media", type=Path, help="a folder with your own pictures")
    parser.add_argument("--detector", choices=("scripted", "nudenet"), default="scripted")
    parser.add_argument("--port", type=int, default=0, help="the emulator's port; a free one if not given")
    parser.add_argument("--otlp", metavar="URL", help="send traces and metrics to this collector (OTLP over HTTP)")
    chosen = parser.parse_args()
    if chosen.media is not None and not chosen.media.is_dir():
        err.print(f"[red]{chosen.media} is no folder[/]: MEDIA names a folder of pictures")
        return Exit.USAGE
    sent = own_samples(chosen.media) if chosen.media else samples()
    broken = [] if chosen.media else bad_events()
    folder = ROOT / ".gavel" / "demo"
    try:
        with (
            local_stack(
                folder, port=chosen.port, detector=chosen.detector, otlp_endpoint=chosen.otlp, say=out.print
            ) as stack,
            announced(stack),
        ):
            point_to_local(stack.state)
            signal.signal(signal.SIGTERM, signal.default_int_handler)
            rows = asyncio.run(demo(stack, sent, broken, once=chosen.once))
            return _end(rows, stack, once=chosen.once, otlp=chosen.otlp)
    except KeyboardInterrupt:
        return Exit.FAILED if chosen.once else Exit.OK
    except LocalStackProblem as problem:
        err.print(f"[red]{escape(str(problem))}[/]", highlight=False)
        return Exit.FAILED


def _show_quarantine(rows: Sequence[Row]) -> None:
    """What landed in quarantine, and why, in full."""
    out.print()
    for row in rows:
        if row.quarantined:
            out.print(f"[bold]{escape(row.sent.name)}[/] is in quarantine: {escape(row.quarantined.detail)}")


def _end(rows: Sequence[Row], stack: LocalStack, *, once: bool, otlp: str | None) -> int:
    _show_quarantine(rows)
    wrong = [row for row in rows if not row.is_right]
    if wrong:
        names = ", ".join(escape(row.sent.name) for row in wrong)
        out.print(f"[red]{len(wrong)} of {len(rows)} did not end as they should[/]: {names}")
    else:
        out.print(f"[green]all {len(rows)} ended as they should[/]")
    if not once:
        out.print(f"the stack is up at {stack.state.endpoint}, logs in {stack.log_dir}; Ctrl-C ends everything")
        out.print(f"review desk: {stack.desk_url}, console: {stack.outputs['console_url']}/")
        out.print(where_traces_are(stack, otlp, target="demo"), highlight=False, soft_wrap=True)
        out.print("look closer:  [bold].venv/bin/gavel status <media id>[/]")
        for row in rows:
            if row.media_id:
                out.print(f"  {row.media_id}  [dim]{escape(row.sent.name)}[/]", highlight=False)
        wait_for_the_end()
    return Exit.FAILED if wrong else Exit.OK


if __name__ == "__main__":
    sys.exit(main())
