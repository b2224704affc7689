"""Asks Amazon Rekognition about stored videos, one attempt a call: retries go through the limiter of whoever calls.

Open its client with `open_clients("rekognition", retries=0)`, as for images.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from sys import intern
from typing import Any, Final, Protocol

from botocore.exceptions import ClientError

from shared.aws.errors import error_code, translated
from shared.contracts.frames import FrameFinding
from shared.contracts.messages import ContentType, Finding, VideoFacts
from shared.detection import (
    NO_ROOM_FOR_JOB,
    PAGE_EXPIRED,
    RESULTS_GONE,
    TOKEN_TAKEN,
    JobPage,
    JobRequest,
    JobStatus,
)
from shared.errors import Deferred, Transient

NO_ROOM_DELAY_S: Final = 30
"""Jobs run for minutes: sooner there is hardly room again."""
PAGE_LABELS: Final = 1_000
"""The most that a page can have."""

# What can never be answered for this video; AWS's texts are in its guide's page on error handling.
REFUSED: Final = {
    "InvalidS3ObjectException": "video-not-readable",
    "InvalidParameterException": "detection-refused",
    "VideoTooLargeException": "video-too-large",
    "IdempotentParameterMismatchException": TOKEN_TAKEN,
}
# A job is kept for 7 days.
FORGOTTEN: Final = {"ResourceNotFoundException": RESULTS_GONE, "InvalidParameterException": "job-refused"}
STATUS: Final = {
    "IN_PROGRESS": JobStatus.RUNNING,
    "SUCCEEDED": JobStatus.SUCCEEDED,
    "FAILED": JobStatus.FAILED,
}


class RekognitionClient(Protocol):
    async def start_content_moderation(self, **request: Any) -> dict[str, Any]: ...
    async def get_content_moderation(self, **request: Any) -> dict[str, Any]: ...


class RekognitionVideos:
    """Has the ends of its jobs told on `topic_arn`, published as `role_arn`. Video jobs take no adapter: videos are
    judged by the base model whatever a policy says.
    """

    def __init__(self, client: RekognitionClient, *, topic_arn: str, role_arn: str) -> None:
        self._client = client
        self._channel = {"SNSTopicArn": topic_arn, "RoleArn": role_arn}

    async def start(self, request: JobRequest) -> str:
        """The video must be in a bucket of the client's region: H.264 in MP4 or MOV, at most 10 GB and 6 hours.

        Raises as `shared.detection.VideoDetector` says; the throttled one's code is `rekognition-throttled`.
        """
        place = {"Bucket": request.video.bucket, "Name": request.video.key}
        if request.video.version_id is not None:
            place["Version"] = request.video.version_id
        with translated("rekognition", REFUSED), _no_room_told():
            answer = await self._client.start_content_moderation(
                Video={"S3Object": place},
                MinConfidence=request.min_confidence,
                ClientRequestToken=request.token,
                JobTag=request.media_id,
                NotificationChannel=self._channel,
            )
        job_id: str = answer["JobId"]
        return job_id

    async def status(self, job_id: str) -> JobStatus:
        with translated("rekognition", FORGOTTEN):
            answer = await self._client.get_content_moderation(JobId=job_id, MaxResults=1)
        return _status(answer)

    async def page(self, job_id: str, page: str | None = None) -> JobPage:
        named = {} if page is None else {"NextToken": page}
        with translated("rekognition", FORGOTTEN), _expiry_told():
            answer = await self._client.get_content_moderation(
                JobId=job_id, MaxResults=PAGE_LABELS, SortBy="TIMESTAMP", AggregateBy="TIMESTAMPS", **named
            )
        return _read({name: value for name, value in answer.items() if name != "ResponseMetadata"})


@contextmanager
def _no_room_told() -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        if error_code(error) == "LimitExceededException":
            text = "rekognition runs as many video jobs as the account may have"
            raise Deferred(NO_ROOM_FOR_JOB, text, delay_s=NO_ROOM_DELAY_S) from error
        raise


@contextmanager
def _expiry_told() -> Iterator[None]:
    """A page's name is good for a day."""
    try:
        yield
    except ClientError as error:
        if error_code(error) == "InvalidPaginationTokenException":
            raise Transient(PAGE_EXPIRED, "rekognition doesn't know this page any more") from error
        raise


def _status(answer: Mapping[str, Any]) -> JobStatus:
    status = STATUS.get(answer["JobStatus"])
    if status is None:
        raise Transient("rekognition-status-unknown", f"a job is {answer['JobStatus']!r}")
    return status


def _read(answer: Mapping[str, Any]) -> JobPage:
    return JobPage(
        status=_status(answer),
        raw=answer,
        findings=tuple(_finding(found) for found in answer.get("ModerationLabels", [])),
        problem=answer.get("StatusMessage", ""),
        video=_facts(answer.get("VideoMetadata")),
        model_version=answer.get("ModerationModelVersion", ""),
        media_id=answer.get("JobTag"),
        next_page=answer.get("NextToken"),
    )


def _finding(found: Mapping[str, Any]) -> FrameFinding:
    """The few names are kept once each: a long video has hundreds of thousands of findings."""
    label = found["ModerationLabel"]
    parent = label.get("ParentName", "")
    return FrameFinding(
        finding=Finding(
            label=intern(label["Name"]),
            parent=intern(parent),
            # Not required in the service model: only a label without a parent is sure to stand at the top.
            level=label.get("TaxonomyLevel", 2 if parent else 1),
            confidence=label["Confidence"],
            timestamp_ms=found["Timestamp"],
        ),
        content_types=tuple(
            ContentType(name=intern(kind["Name"]), confidence=kind["Confidence"])
            for kind in found.get("ContentTypes", [])
        ),
    )


def _facts(told: Mapping[str, Any] | None) -> VideoFacts | None:
    """No member of it is required in the service model, and nobody's verdict hangs on one."""
    if not told:
        return None
    return VideoFacts(
        duration_ms=told.get("DurationMillis", 0),
        width_px=told.get("FrameWidth", 0),
        height_px=told.get("FrameHeight", 0),
        frame_rate=told.get("FrameRate", 0.0),
        codec=told.get("Codec", ""),
        format=told.get("Format", ""),
    )
