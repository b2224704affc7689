"""What is told of a job: GetContentModeration's answer, and the notification."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from gavel_emulator.rekognition.taxonomy import taxonomy
from gavel_emulator.rekognition.video.film import Film
from gavel_emulator.rekognition.video.findings import Finding
from gavel_emulator.rekognition.video.jobs import Job, Outcome


class SortBy(StrEnum):
    NAME = "NAME"
    TIMESTAMP = "TIMESTAMP"


class AggregateBy(StrEnum):
    TIMESTAMPS = "TIMESTAMPS"
    SEGMENTS = "SEGMENTS"


def found_in(job: Job, sort_by: SortBy, aggregate_by: AggregateBy) -> list[Finding]:
    """Everything that the job has found; nothing unless it has succeeded."""
    if job.outcome is None or job.outcome.findings is None:
        return []
    found = job.outcome.findings
    chosen = found.by_segment if aggregate_by is AggregateBy.SEGMENTS else found.by_timestamp
    if sort_by is SortBy.NAME:
        # "Within each label group, the array element are sorted by detection confidence" (API reference).
        return sorted(chosen, key=lambda one: (one.label.name, -one.confidence, one.start_ms))
    return chosen


def describe(job: Job, page: list[Finding], sort_by: SortBy, aggregate_by: AggregateBy) -> dict[str, Any]:
    """The answer without NextToken. Which members come before a job has succeeded isn't documented: here it is all
    that is known by then.
    """
    answer: dict[str, Any] = {
        "JobId": job.key.id,
        "JobStatus": job.status,
        "Video": job.request["Video"],
        "ModerationLabels": [_detection(found, aggregate_by) for found in page],
        "GetRequestMetadata": {"SortBy": sort_by, "AggregateBy": aggregate_by},
    }
    if "JobTag" in job.request:
        answer["JobTag"] = job.request["JobTag"]
    if job.outcome and job.outcome.findings is None:
        answer["StatusMessage"] = job.outcome.message
    if job.outcome and job.outcome.findings:
        answer["ModerationModelVersion"] = taxonomy().version
    if job.outcome and job.film:
        answer["VideoMetadata"] = _metadata(job.film)
    return answer


def notification(job: Job, outcome: Outcome) -> dict[str, Any]:
    """The SNS message (Developer Guide, "Reference: Video analysis results notification")."""
    place = job.request["Video"]["S3Object"]
    message: dict[str, Any] = {
        "JobId": job.key.id,
        "Status": outcome.notice,
        # The guide's own example prints another value, LABEL_DETECTION; its text and its code use the operation's name.
        "API": "StartContentModeration",
    }
    if "JobTag" in job.request:
        message["JobTag"] = job.request["JobTag"]
    return {
        **message,
        "Timestamp": round(outcome.at.timestamp() * 1000),
        "Video": {"S3ObjectName": place["Name"], "S3Bucket": place["Bucket"]},
    }


def _detection(found: Finding, aggregate_by: AggregateBy) -> Mapping[str, Any]:
    label = found.label
    told: dict[str, Any] = {
        "Timestamp": found.start_ms,
        "ModerationLabel": {
            "Confidence": found.confidence,
            "Name": label.name,
            "ParentName": label.parent,
            "TaxonomyLevel": label.level,
        },
        "ContentTypes": [{"Confidence": seen.confidence, "Name": seen.name} for seen in found.content_types],
    }
    if aggregate_by is AggregateBy.SEGMENTS:
        told["StartTimestampMillis"] = found.start_ms
        told["EndTimestampMillis"] = found.end_ms
        told["DurationMillis"] = found.end_ms - found.start_ms
    return told


def _metadata(film: Film) -> dict[str, Any]:
    return {
        "Codec": film.codec,
        "DurationMillis": film.duration_ms,
        "Format": film.format,
        "FrameRate": film.frame_rate,
        "FrameHeight": film.height_px,
        "FrameWidth": film.width_px,
        "ColorRange": "FULL" if film.is_full_range else "LIMITED",
    }
