"""Projects and their versions, the adapters, as values."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from gavel_emulator.rekognition.job_book import Place

if TYPE_CHECKING:
    from gavel_emulator.rekognition.adapters.model import (
        Model,  # numpy costs the emulator's start a quarter of a second
    )

DEFAULT_THRESHOLD = 50.0
"""In percent; AWS's isn't documented."""
ARN = re.compile(r"arn:[^:]+:rekognition:(?P<region>[^:]+):(?P<account>\d{12}):project/.+")


class Feature(StrEnum):
    CONTENT_MODERATION = "CONTENT_MODERATION"
    CUSTOM_LABELS = "CUSTOM_LABELS"


class Status(StrEnum):
    """What a version can be here; what is deleted is gone at once."""

    TRAINING_IN_PROGRESS = "TRAINING_IN_PROGRESS"
    TRAINING_COMPLETED = "TRAINING_COMPLETED"
    TRAINING_FAILED = "TRAINING_FAILED"
    DEPRECATED = "DEPRECATED"
    EXPIRED = "EXPIRED"


AGES = (Status.TRAINING_COMPLETED, Status.DEPRECATED, Status.EXPIRED)
"""What becomes of a trained adapter as base models come and go."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    arn: str
    name: str
    place: Place
    feature: Feature
    auto_update: str | None
    created_at: datetime


S3Place = Mapping[str, str]
"""An S3Object of the API."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """What a training has written as soon as it could read the manifests."""

    summary: S3Place
    training_validation: S3Place
    testing_validation: S3Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """What a training has come to, and where it tells that."""

    model: "Model"
    f1: float
    billable_s: int
    training_output: S3Place
    testing_output: S3Place
    evaluation: S3Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """`learned` of a training that has succeeded, `message` of one that has failed."""

    files: Files | None = None
    learned: Learned | None = None
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """`outcome` is there when the training has come to its end, `ended_at` when that may be known."""

    arn: str
    name: str
    project: Project
    request: Mapping[str, Any]
    """CreateProjectVersion's."""
    created_at: datetime
    due_at: datetime
    """Not before this does the training end."""
    outcome: Outcome | None = None
    ended_at: datetime | None = None
    age: Status = Status.TRAINING_COMPLETED

    @property
    def status(self) -> Status:
        if self.outcome is None or self.ended_at is None:
            return Status.TRAINING_IN_PROGRESS
        return self.age if self.outcome.learned else Status.TRAINING_FAILED

    @property
    def learned(self) -> Learned | None:
        """None until the training has succeeded."""
        return self.outcome.learned if self.outcome and self.ended_at else None

    @property
    def threshold(self) -> float:
        """From this confidence on a label counts as seen, in percent."""
        settings = self.request.get("FeatureConfig", {}).get("ContentModeration", {})
        asked: float = settings.get("ConfidenceThreshold", DEFAULT_THRESHOLD)
        return asked


def project_arn(place: Place, name: str, at: datetime) -> str:
    return f"arn:aws:rekognition:{place.region}:{place.account_id}:project/{name}/{_epoch_ms(at)}"


def version_arn(project: Project, name: str, at: datetime) -> str:
    return f"{project.arn.rpartition('/')[0]}/version/{name}/{_epoch_ms(at)}"


def is_at(place: Place, arn: str) -> bool:
    """Whether an ARN can be one of this account and region."""
    match = ARN.fullmatch(arn)
    return match is not None and (match["account"], match["region"]) == (place.account_id, place.region)


def _epoch_ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)
