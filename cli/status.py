"""`gavel status`: everything that is known about one item."""

import asyncio
from collections.abc import Iterator, Sequence
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from cli.connection import connect
from cli.options import Json, Stack
from cli.screen import Exit, coloured, err, out, print_json
from shared.contracts.messages import Evidence, Reason, Segment
from shared.identity import MEDIA_ID
from shared.ledger.entries import (
    AnswerGiven,
    AppealOpened,
    CanaryLooked,
    ContentRead,
    DecisionMade,
    Discarded,
    Entry,
    EvidenceFound,
    LoopEnded,
    LoopOpened,
    Quarantined,
    Redriven,
    ReviewOverdue,
    SubmissionOpened,
    VerdictGiven,
    VideoFailed,
    VideoStarted,
)
from shared.ledger.record import Record
from shared.ledger.views import only
from shared.policy.words import in_words
from shared.timecode import timecode


def status(
    media_id: Annotated[str, typer.Argument(help="the item's media id, or quarantine#<id>")],
    stack: Stack = "local",
    json: Json = False,
) -> None:
    """Show an item's whole record: evidence, decision, loops, answers, verdict."""
    if not MEDIA_ID.fullmatch(media_id) and not media_id.startswith("quarantine#"):
        err.print(
            f"[red]{escape(media_id)} is no media id[/]: 26 characters of a-z and 2-7, as `gavel submit` prints them"
        )
        raise typer.Exit(Exit.USAGE)
    record = asyncio.run(_record(media_id, stack))
    if record is None:
        err.print(f"no item {media_id} in stack {stack}")
        raise typer.Exit(Exit.NOT_FOUND)
    if json:
        print_json(record)
    else:
        _show(record)


async def _record(media_id: str, stack: str) -> Record | None:
    async with connect(stack) as connection:
        return await connection.ledger.record(media_id)


def _show(record: Record) -> None:
    summary = record.summary
    verdict = f", verdict {coloured(summary.verdict)}" if summary.verdict else ""
    out.print(f"[bold]{summary.media_id}[/] {coloured(summary.status)}{verdict}")
    table = Table(box=None, pad_edge=False)
    for heading in ("when (UTC)", "what", ""):
        table.add_column(heading, overflow="fold", vertical="top")
    for entry in record.entries:
        what, lines = _told(entry)
        table.add_row(f"{entry.at:%Y-%m-%d %H:%M:%S.%f}"[:-3], what, "\n".join(lines))
    out.print(table)
    _show_segments(record)


def _told(entry: Entry) -> tuple[str, list[str]]:
    match entry:
        case SubmissionOpened():
            source = entry.source
            version = f" version {escape(source.version_id)}" if source.version_id else ""
            return "submitted", [
                f"s3://{escape(source.bucket)}/{escape(source.key)}{version}",
                f"tenant {escape(entry.tenant)}, {entry.lane}, {entry.size_bytes:,} bytes, by {escape(entry.envelope)}",
                f"policy {entry.policy.name} {entry.policy.version}",
            ]
        case ContentRead():
            size = f" {entry.width_px} x {entry.height_px} px" if entry.width_px else ""
            length = f", {entry.codec}, {entry.duration_ms / 1000:.1f} s" if entry.duration_ms is not None else ""
            changed = f", normalised: {entry.normalised_because}" if entry.normalised_because else ""
            return "content", [f"{entry.format}{size}{length}{changed}", f"sha256 {entry.sha256}"]
        case VideoStarted():
            return "video job", [f"attempt {entry.attempt}, {entry.job_id}"]
        case VideoFailed():
            return "video job failed", [f"attempt {entry.attempt}, {entry.code}: {escape(entry.detail)}"]
        case EvidenceFound():
            return "evidence", list(_evidence(entry))
        case CanaryLooked():
            return "canary", list(_canary(entry))
        case DecisionMade():
            audit = " (audit)" if entry.audit else ""
            return "decision", [
                f"{coloured(entry.choice)}{audit}, severity {entry.severity}",
                *map(_reason, entry.reasons),
                *_counted(entry.segments),
            ]
        case LoopOpened():
            kind = "integrated" if entry.integrated else "custom"
            lines = [f"{entry.name} ({entry.backend}, {kind}, {entry.answers_wanted} answers)"]
            if entry.excluded_workers:
                lines.append(f"without {', '.join(entry.excluded_workers)}")
            return f"loop {entry.round}", lines
        case ReviewOverdue():
            return "overdue", [f"older than the target of {entry.target_s:,} s; an alert was raised"]
        case AppealOpened():
            by = f", by {escape(entry.by)}" if entry.by else ""
            return "appeal", [f"against verdict {entry.verdict}, from round {entry.round}{by}", escape(entry.reason)]
        case AnswerGiven():
            labels = f": {escape(', '.join(entry.labels))}" if entry.labels else ""
            spent = f" in {entry.spent_s:.0f} s" if entry.spent_s is not None else ""
            given = f"{coloured(entry.action)}{labels} by {entry.worker}{spent}"
            return "answer", [given, *_counted(entry.segments)]
        case LoopEnded():
            ruled = f" {coloured(entry.action)}" if entry.action else ""
            return f"loop {entry.round} end", [f"{entry.outcome}{ruled}"]
        case VerdictGiven():
            return f"verdict {entry.number}", [
                f"{coloured(entry.action)} by {entry.decided_by}"
                + (f" of {entry.reused_from}" if entry.reused_from else ""),
                *map(_reason, entry.reasons),
                *_counted(entry.segments),
            ]
        case Quarantined():
            return "quarantined", [f"{entry.code}: {escape(entry.detail)}", f"{entry.queue}, kept at {entry.body_uri}"]
        case Redriven():
            return "sent again", [f"by {escape(entry.by)}"]
        case Discarded():
            return "discarded", [f"by {escape(entry.by)}", escape(entry.reason)]


def _canary(entry: CanaryLooked) -> Iterator[str]:
    yield f"{_model(entry.evidence)} would be {coloured(entry.other_choice)}, what decides is {coloured(entry.choice)}"
    for each in entry.differences:
        other, decisive = ("–" if sure is None else f"{sure:.1f}" for sure in (each.other, each.decisive))
        yield f"  {escape(each.label)} {other}, not {decisive}"


def _model(evidence: Evidence) -> str:
    adapter = f"adapter {evidence.adapter_used}" if evidence.adapter_used else "the base model"
    return f"model {evidence.model_version}, {adapter}"


def _evidence(entry: EvidenceFound) -> Iterator[str]:
    evidence = entry.evidence
    yield f"{evidence.detector}, {_model(evidence)}"
    if evidence.adapter_was_ignored:
        yield f"[yellow]asked for adapter {evidence.adapter_requested}, which was ignored or refused[/]"
    if video := evidence.video:
        size = f"{video.width_px} x {video.height_px} px"
        yield f"{timecode(video.duration_ms)}, {size}, {video.frame_rate:g} frames/s, {escape(video.codec)}"
    for finding in evidence.findings:
        at = f" at {timecode(finding.timestamp_ms)}" if finding.timestamp_ms is not None else ""
        yield f"{'  ' * finding.level}{escape(finding.label)} {finding.confidence:.1f}{at}"
    for kind in evidence.content_types:
        yield f"  content type {kind.name} {kind.confidence:.1f}"
    if evidence.raw_uri.startswith("s3://"):  # otherwise this is all that was answered
        yield evidence.raw_uri


def _reason(reason: Reason) -> str:
    return f"  {escape(in_words(reason))} [dim]{escape(reason.code)}[/]"


def _counted(segments: Sequence[Segment]) -> list[str]:
    return [f"  {len(segments)} segment{'s' if len(segments) != 1 else ''}"] if segments else []


def _show_segments(record: Record) -> None:
    """Where in a video: of the current verdict, or before there is one, of the decision."""
    source = only(record, VerdictGiven) or only(record, DecisionMade)
    if source is None or not source.segments:
        return
    what = f"verdict {source.number}" if isinstance(source, VerdictGiven) else "the decision"
    table = Table(box=None, pad_edge=False, title=f"segments of {what}", title_justify="left", title_style="bold")
    for heading in ("from", "to", "confidence", "frames"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("label", overflow="fold")
    for each in source.segments:
        frames = f"{each.frames:,}" if each.frames else "–"
        start, end = timecode(each.start_ms), timecode(each.end_ms)
        table.add_row(start, end, f"{each.confidence:.1f}", frames, escape(each.label))
    out.print()
    out.print(table)
