"""Media analysis jobs as values: how they stand follows from the time, until their outcome is decided."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Self

from gavel_emulator.rekognition.job_book import JobKey
from gavel_emulator.rekognition.moderation import DEFAULT_MIN_CONFIDENCE

KEPT = timedelta(days=365)
"""Details of a job (Developer Guide, "Processing images in bulk")."""

CREATED_SHARE = 0.1
QUEUED_SHARE = 0.2
"""Of a job's time: until when it is CREATED and QUEUED. AWS tells the statuses and not how long they last."""


class Status(StrEnum):
    CREATED = "CREATED"
    QUEUED = "QUEUED"
    IN_PROGRESS = "IN_PROGRESS"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"


class FailureCode(StrEnum):
    INTERNAL_ERROR = "INTERNAL_ERROR"
    INVALID_S3_OBJECT = "INVALID_S3_OBJECT"
    INVALID_MANIFEST = "INVALID_MANIFEST"
    INVALID_OUTPUT_CONFIG = "INVALID_OUTPUT_CONFIG"
    INVALID_KMS_KEY = "INVALID_KMS_KEY"
    ACCESS_DENIED = "ACCESS_DENIED"
    RESOURCE_NOT_FOUND = "RESOURCE_NOT_FOUND"
    RESOURCE_NOT_READY = "RESOURCE_NOT_READY"
    THROTTLED = "THROTTLED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    code: FailureCode
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outputs:
    """The keys of both files in the output bucket."""

    results: str
    summary: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Either `outputs` or `failure`."""

    at: datetime
    outputs: Outputs | None = None
    failure: Failure | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    key: JobKey
    request: Mapping[str, Any]
    """StartMediaAnalysisJob's."""
    manifest: bytes
    started_at: datetime
    due_at: datetime
    outcome: Outcome | None = None

    def status(self, now: datetime) -> Status:
        if self.outcome is not None:
            return Status.FAILED if self.outcome.failure else Status.SUCCEEDED
        takes = self.due_at - self.started_at
        if now < self.started_at + CREATED_SHARE * takes:
            return Status.CREATED
        return Status.QUEUED if now < self.started_at + QUEUED_SHARE * takes else Status.IN_PROGRESS

    @property
    def has_ended(self) -> bool:
        return self.outcome is not None

    def ended(self, outcome: Outcome) -> Self:
        return replace(self, outcome=outcome)

    @property
    def min_confidence(self) -> float:
        asked: float = self._config.get("MinConfidence", DEFAULT_MIN_CONFIDENCE)
        return asked

    @property
    def project_version(self) -> str | None:
        asked: str | None = self._config.get("ProjectVersion")
        return asked

    @property
    def _config(self) -> Mapping[str, Any]:
        return self.request["OperationsConfig"].get("DetectModerationLabels") or {}
