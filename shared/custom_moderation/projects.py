"""Custom moderation: projects, and the adapters that are trained in them, as Rekognition's project versions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from shared.contracts.messages import MediaRef

LIFE_AFTER_NEW_MODEL: Final = (timedelta(days=60), timedelta(days=90))
"""How long a DEPRECATED adapter is still used, from the new base model on. Rekognition guide, "Managing adapters"."""


class VersionStatus(StrEnum):
    """DescribeProjectVersions, `Status`. UNKNOWN is any word that was added since."""

    TRAINING_IN_PROGRESS = "TRAINING_IN_PROGRESS"
    TRAINING_COMPLETED = "TRAINING_COMPLETED"
    TRAINING_FAILED = "TRAINING_FAILED"
    STARTING = "STARTING"
    RUNNING = "RUNNING"
    FAILED = "FAILED"
    STOPPING = "STOPPING"
    STOPPED = "STOPPED"
    DELETING = "DELETING"
    COPYING_IN_PROGRESS = "COPYING_IN_PROGRESS"
    COPYING_COMPLETED = "COPYING_COMPLETED"
    COPYING_FAILED = "COPYING_FAILED"
    DEPRECATED = "DEPRECATED"
    EXPIRED = "EXPIRED"
    UNKNOWN = "UNKNOWN"

    @classmethod
    def _missing_(cls, value: object) -> "VersionStatus":
        return cls.UNKNOWN


USABLE: Final = frozenset({VersionStatus.TRAINING_COMPLETED, VersionStatus.DEPRECATED})
"""With these DetectModerationLabels asks the adapter; EXPIRED ones it ignores without a word."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    arn: str
    name: str
    status: str
    created_at: datetime
    auto_update: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Adapter:
    """One version of a project. `threshold` is the confidence that it was trained and judged for; `evaluation` is where
    its evaluation is, and `f1` its score there, once it is trained."""

    arn: str
    name: str
    status: VersionStatus
    created_at: datetime
    trained_at: datetime | None = None
    message: str = ""
    base_model: str | None = None
    threshold: float | None = None
    f1: float | None = None
    evaluation: MediaRef | None = None
    billed_s: int | None = None

    @property
    def project(self) -> str:
        return project_name(self.arn)

    @property
    def label(self) -> str:
        """As the command line takes it."""
        return f"{self.project}/{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """When a DEPRECATED adapter stops being used: between these, or before, since only the latest time at which the new
    base model can have come is known."""

    from_at: datetime
    until_at: datetime


def project_name(arn: str) -> str:
    """Of a project's or a project version's ARN."""
    return arn.partition(":project/")[2].partition("/")[0]


def ending(adapter: Adapter, every: Sequence[Adapter]) -> Ending | None:
    """What is known of the end of a DEPRECATED adapter: None while nobody trained anything on a newer base model.

    Rekognition tells no date, neither of the new base model nor of the end. The first adapter that was trained on a
    newer one says when that was there at the latest.
    """
    if adapter.status is not VersionStatus.DEPRECATED or adapter.base_model is None:
        return None
    newer = [each.created_at for each in every if _number(each.base_model) > _number(adapter.base_model)]
    if not newer:
        return None
    shortest, longest = LIFE_AFTER_NEW_MODEL
    return Ending(from_at=min(newer) + shortest, until_at=min(newer) + longest)


def _number(model: str | None) -> tuple[int, ...]:
    """`7.0` as it sorts; less than all others for what isn't known or isn't a version."""
    parts = (model or "").split(".")
    return tuple(int(part) for part in parts) if all(part.isdigit() for part in parts) else ()
