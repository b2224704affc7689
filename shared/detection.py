"""What is asked of a detector, and what it answers."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, Protocol

from shared.contracts.frames import FrameFinding
from shared.contracts.messages import ContentType, Finding, LoopStarted, MediaRef, VideoFacts

# What a video detector's errors are known by, beside their remedy.
NO_ROOM_FOR_JOB: Final = "video-jobs-full"
TOKEN_TAKEN: Final = "video-token-taken"  # noqa: S105  a reason, no secret
RESULTS_GONE: Final = "video-results-gone"
PAGE_EXPIRED: Final = "video-page-expired"


@dataclass(frozen=True, slots=True, kw_only=True)
class LoopRequest:
    """The human loop that the detector should start by itself when the flow definition's conditions are met."""

    name: str
    flow_definition_arn: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Detection:
    """One answer. `adapter_used` is None when the base model answered; `raw` is the unchanged answer, for evidence, and
    `is_whole` when the other fields say everything that is in it."""

    findings: tuple[Finding, ...]
    content_types: tuple[ContentType, ...]
    model_version: str
    adapter_used: str | None
    loop: LoopStarted | None
    raw: Mapping[str, Any]
    is_whole: bool = False


class ImageDetector(Protocol):
    async def detect_moderation_labels(
        self, image: MediaRef, *, min_confidence: float, adapter: str | None = None, loop: LoopRequest | None = None
    ) -> Detection:
        """Raises Transient when throttled or out of reach, Deferred when no loop can be opened now, and Permanent when
        this image can't be judged at all."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRequest:
    """`token` makes a repeat find the job that is there; `media_id` is told again when the job has ended."""

    video: MediaRef
    min_confidence: float
    token: str
    media_id: str


class JobStatus(StrEnum):
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class JobPage:
    """How a job stands, and one page of what it has found. `problem` is why it failed; `raw` is the unchanged answer.

    `media_id` is the one that the job was started for.
    """

    status: JobStatus
    raw: Mapping[str, Any]
    findings: tuple[FrameFinding, ...] = ()
    problem: str = ""
    video: VideoFacts | None = None
    model_version: str = ""
    media_id: str | None = None
    next_page: str | None = None


class VideoDetector(Protocol):
    """Every method raises Transient when throttled or out of reach."""

    async def start(self, request: JobRequest) -> str:
        """Begin a job; returns its id.

        Raises Deferred NO_ROOM_FOR_JOB when as many run as may, and Permanent: TOKEN_TAKEN when the token was used for
        another request, else when this video can't be judged at all.
        """
        ...

    async def status(self, job_id: str) -> JobStatus:
        """How a job stands, whatever it has found. Raises Permanent RESULTS_GONE when the job is forgotten."""
        ...

    async def page(self, job_id: str, page: str | None = None) -> JobPage:
        """The first page, or the one that another has named.

        Raises Permanent RESULTS_GONE when the job is forgotten, Transient PAGE_EXPIRED when the first page must be
        asked for again.
        """
        ...
