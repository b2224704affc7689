"""An item's record as a story: each entry in a few words, with the time since the one before."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.contracts.messages import Segment
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """`tone` is a word that the page colours: an action, a choice, or a status."""

    at: datetime
    since_before: timedelta | None
    what: str
    tone: str | None
    lines: tuple[str, ...]


def timeline(record: Record) -> list[Moment]:
    moments: list[Moment] = []
    before: datetime | None = None
    for entry in record.entries:
        what, tone, *lines = _told(entry)
        since = entry.at - before if before is not None else None
        moments.append(
            Moment(at=entry.at, since_before=since, what=what, tone=tone, lines=tuple(line for line in lines if line))
        )
        before = entry.at
    return moments


def _told(entry: Entry) -> tuple[str, str | None, *tuple[str, ...]]:
    match entry:
        case SubmissionOpened():
            by = f", known to its producer as {entry.external_id}" if entry.external_id else ""
            return "Submitted", None, f"by {entry.envelope}, {entry.lane} lane, {entry.size_bytes:,} bytes{by}"
        case ContentRead():
            size = f", {entry.width_px} × {entry.height_px} px" if entry.width_px else ""
            length = f", {entry.duration_ms / 1000:.1f} s" if entry.duration_ms is not None else ""
            changed = f"normalised: {entry.normalised_because}" if entry.normalised_because else ""
            return "Read", None, f"{entry.format}{size}{length}", changed
        case VideoStarted():
            return "Rekognition took the video in", None, f"attempt {entry.attempt}, job {entry.job_id}"
        case VideoFailed():
            return "The video's job failed", "bad", f"attempt {entry.attempt}: {entry.code}", entry.detail
        case EvidenceFound():
            evidence = entry.evidence
            adapter = f", adapter {evidence.adapter_used}" if evidence.adapter_used else ""
            ignored = "the adapter that was asked for was ignored" if evidence.adapter_was_ignored else ""
            labels = len({finding.label for finding in evidence.findings})
            return (
                "Looked at",
                None,
                f"{evidence.detector}, model {evidence.model_version}{adapter}",
                _many(labels, "label"),
                ignored,
            )
        case CanaryLooked():
            other = entry.evidence.adapter_used or "the base model"
            differ = f"differs in {', '.join(each.label for each in entry.differences)}" if entry.differences else ""
            return "Looked at by another model", None, f"{other} would come to {entry.other_choice}", differ
        case DecisionMade():
            audit = "drawn for an audit" if entry.audit else ""
            return (
                f"Policy: {entry.choice}",
                entry.choice,
                f"severity {entry.severity}",
                audit,
                _counted(entry.segments),
            )
        case LoopOpened():
            appeal = f"about the appeal against verdict {entry.appeal_of}" if entry.appeal_of else ""
            without = f"without {', '.join(entry.excluded_workers)}" if entry.excluded_workers else ""
            asked = f"{entry.backend}, {_many(entry.answers_wanted, 'answer')} wanted"
            return f"Shown to people, round {entry.round}", "reviewing", asked, appeal, without
        case AnswerGiven():
            spent = f" in {entry.spent_s:.0f} s" if entry.spent_s is not None else ""
            return (
                f"Answer: {entry.action}",
                entry.action,
                f"{entry.worker}{spent}",
                ", ".join(entry.labels),
                _counted(entry.segments),
            )
        case LoopEnded():
            failed = f"{entry.failure_code}" if entry.failure_code else ""
            ruled = f": {entry.action}" if entry.action else ""
            return f"Round {entry.round} ended", entry.action, f"{entry.outcome.replace('-', ' ')}{ruled}", failed
        case ReviewOverdue():
            return "Overdue", "bad", f"older than its target of {entry.target_s:,} s; an alert was raised"
        case AppealOpened():
            by = f"by {entry.by}" if entry.by else ""
            return f"Appeal against verdict {entry.verdict}", "appealed", by, entry.reason
        case VerdictGiven():
            reused = f" of {entry.reused_from}" if entry.reused_from else ""
            by = entry.decided_by.replace("_", " ")
            return f"Verdict {entry.number}: {entry.action}", entry.action, f"by {by}{reused}", _counted(entry.segments)
        case Quarantined():
            return "Quarantined", "quarantined", f"{entry.code}, from {entry.queue}", entry.detail
        case Redriven():
            return "Sent again", None, f"by {entry.by}"
        case Discarded():
            return "Discarded", "quarantined", f"by {entry.by}", entry.reason


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def _counted(segments: Sequence[Segment]) -> str:
    return _many(len(segments), "segment") if segments else ""
