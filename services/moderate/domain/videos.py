"""What MODERATE decides by itself about a video: which attempt is next, what a failure calls for, what is sent on."""

import re
from collections.abc import Iterable
from datetime import datetime
from math import ceil
from typing import Final

from services.moderate.domain.sending import SOURCE
from shared.contracts.cloudevents import CloudEvent, event_id
from shared.contracts.frames import FrameFinding
from shared.contracts.messages import (
    MODERATION_REQUESTED,
    VIDEO_ENDED,
    ContentType,
    Evidence,
    ModerationRequested,
    VideoEnded,
)
from shared.errors import Permanent
from shared.identity import MEDIA_ID
from shared.ledger.entries import ContentRead, EvidenceFound, VideoFailed, VideoStarted
from shared.ledger.record import Record
from shared.ledger.views import only, submission
from shared.prices import PRICES

DETECTOR: Final = "rekognition-video"
RAW_NAME: Final = f"{DETECTOR}.jsonl.gz"
FRAMES_NAME: Final = f"{DETECTOR}.frames.json.gz"
MOST_ATTEMPTS: Final = 3
JOB_FAILED: Final = "video-job-failed"
TOKEN: Final = re.compile(rf"({MEDIA_ID.pattern})-(\d+)")
HOPELESS: Final = re.compile(
    r"codec|format|unsupported|not supported|corrupt|invalid|decod|duration|too (large|long)|metadata from S3|access",
    re.IGNORECASE,
)
"""What in a failed job's StatusMessage says that another attempt would fail too. AWS documents no such text, and
"Unsupported codec/format." is the one that users print: UNVERIFIED, so what isn't recognised is tried again."""


def found(record: Record) -> EvidenceFound | None:
    """What a job has found."""
    entries = (entry for entry in record.entries if isinstance(entry, EvidenceFound))
    return next((entry for entry in entries if entry.evidence.detector == DETECTOR), None)


def failure(record: Record, attempt: int) -> VideoFailed | None:
    return next((e for e in record.entries if isinstance(e, VideoFailed) and e.attempt == attempt), None)


def newest_failure(record: Record) -> VideoFailed | None:
    failures = (entry for entry in record.entries if isinstance(entry, VideoFailed))
    return max(failures, key=lambda entry: entry.attempt, default=None)


def running(record: Record) -> VideoStarted | None:
    """The job that Rekognition is at, or whose end nobody has looked at yet."""
    started = [entry for entry in record.entries if isinstance(entry, VideoStarted)]
    newest = max(started, key=lambda entry: entry.attempt, default=None)
    return newest if newest is not None and failure(record, newest.attempt) is None else None


def started_as(record: Record, job_id: str) -> VideoStarted | None:
    return next((e for e in record.entries if isinstance(e, VideoStarted) and e.job_id == job_id), None)


def started_in(record: Record, attempt: int) -> VideoStarted | None:
    return next((e for e in record.entries if isinstance(e, VideoStarted) and e.attempt == attempt), None)


def next_attempt(record: Record) -> int:
    newest = newest_failure(record)
    return 1 if newest is None else newest.attempt + 1


def token(media_id: str, attempt: int) -> str:
    """The same attempt has the same token, whoever makes it: Rekognition then gives the job that is there already. It
    holds the slot too, so that whoever is late to give up one attempt's can't give up the next one's."""
    return f"{media_id}-{attempt}"


def attempt_of(token_: str) -> tuple[str, int]:
    """The media id and the attempt that `token` was made of; what it didn't make is nobody's attempt 0."""
    made = TOKEN.fullmatch(token_)
    return (made[1], int(made[2])) if made else (token_, 0)


def is_final(failed: VideoFailed) -> bool:
    """Whether another attempt is no use. Of a job that didn't fail, but can't be asked for, nothing says that."""
    if failed.code != JOB_FAILED:
        return failed.attempt >= MOST_ATTEMPTS
    return failed.attempt >= MOST_ATTEMPTS or HOPELESS.search(failed.detail) is not None


def may_try(newest: VideoFailed, redriven_at: datetime | None) -> bool:
    """Whether another attempt may follow: behind a final failure, only by a message that an operator has sent again
    since. That is good for one attempt: a repeat of it comes behind that one's failure too."""
    return not is_final(newest) or (redriven_at is not None and redriven_at > newest.at)


def strongest_types(findings: Iterable[FrameFinding]) -> tuple[ContentType, ...]:
    """Of each content type the highest confidence in any frame."""
    best: dict[str, float] = {}
    for each in findings:
        for kind in each.content_types:
            best[kind.name] = max(kind.confidence, best.get(kind.name, 0.0))
    return tuple(ContentType(name=name, confidence=best[name]) for name in sorted(best))


def cost_usd(record: Record, evidence: Evidence) -> float:
    """By list price: Rekognition charges for every minute that a video begins. What tells no duration costs one."""
    content = only(record, ContentRead)
    told_ms = (evidence.video.duration_ms if evidence.video else 0) or (content and content.duration_ms) or 1
    return ceil(told_ms / 60_000) * PRICES["rekognition_video"].usd


def request_of(record: Record) -> ModerationRequested:
    """As INGEST sent it. Raises Permanent for an item that INGEST hasn't finished with."""
    content, item = only(record, ContentRead), submission(record)
    if content is None or item is None:
        raise Permanent("item-not-read", "a job ended for an item that nobody asked to be judged")
    return ModerationRequested(submission=item, readable=content.readable)


def id_of_attempt(request: ModerationRequested, attempt: int) -> str:
    """The id of the event that asks for this attempt, and for no other."""
    item = request.submission
    return event_id(MODERATION_REQUESTED, item.media_id, item.policy.version, str(attempt))


def requested_again(request: ModerationRequested, attempt: int, at: datetime) -> CloudEvent[ModerationRequested]:
    return CloudEvent(
        id=id_of_attempt(request, attempt),
        source=SOURCE,
        type=MODERATION_REQUESTED,
        subject=request.submission.media_id,
        time=at,
        data=request,
    )


def video_ended(media_id: str, job_id: str, at: datetime) -> CloudEvent[VideoEnded]:
    return CloudEvent(
        id=event_id(VIDEO_ENDED, job_id),
        source=SOURCE,
        type=VIDEO_ENDED,
        subject=media_id,
        time=at,
        data=VideoEnded(job_id=job_id),
    )
