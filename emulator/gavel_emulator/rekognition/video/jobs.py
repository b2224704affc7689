"""Jobs as values. A job is in progress until its outcome is decided, once."""

import functools
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Self

from gavel_emulator.rekognition.job_book import JobKey
from gavel_emulator.rekognition.moderation import DEFAULT_MIN_CONFIDENCE
from gavel_emulator.rekognition.video.film import Film
from gavel_emulator.rekognition.video.findings import Finding, findings, segments
from gavel_emulator.rekognition.video.sightings import Sighting
from gavel_emulator.rekognition.video.viewer import Video

KEPT = timedelta(days=7)
"""Results and client tokens (Developer Guide, "Calling Amazon Rekognition Video operations")."""


class Status(StrEnum):
    """GetContentModeration's JobStatus."""

    IN_PROGRESS = "IN_PROGRESS"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"


class Notice(StrEnum):
    """A notification's Status. AWS documents ERROR without saying when; GetContentModeration says FAILED then."""

    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    ERROR = "ERROR"


class Findings:
    """What a job has found, in the two forms in which it can be asked for; made when first asked for."""

    def __init__(self, sightings: tuple[Sighting, ...], min_confidence: float) -> None:
        self._sightings = sightings
        self._min_confidence = min_confidence

    @functools.cached_property
    def by_timestamp(self) -> list[Finding]:
        return findings(self._sightings, self._min_confidence)

    @functools.cached_property
    def by_segment(self) -> list[Finding]:
        return segments(self._sightings, self._min_confidence)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """`findings` of a job that succeeded, `message` of one that failed."""

    notice: Notice
    at: datetime
    findings: Findings | None = None
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    key: JobKey
    request: Mapping[str, Any]
    """StartContentModeration's."""
    video: Video
    film: Film | None
    """None when the video can't be read: `failure` says why."""
    failure: str
    """How the job will end, when that is known from the start; else empty."""
    started_at: datetime
    due_at: datetime
    outcome: Outcome | None = None

    @property
    def status(self) -> Status:
        if self.outcome is None:
            return Status.IN_PROGRESS
        return Status.SUCCEEDED if self.outcome.notice is Notice.SUCCEEDED else Status.FAILED

    @property
    def has_ended(self) -> bool:
        return self.outcome is not None

    def ended(self, outcome: Outcome) -> Self:
        return replace(self, outcome=outcome)

    @property
    def token(self) -> str | None:
        token: str | None = self.request.get("ClientRequestToken")
        return token

    @property
    def min_confidence(self) -> float:
        asked: float = self.request.get("MinConfidence", DEFAULT_MIN_CONFIDENCE)
        return asked
