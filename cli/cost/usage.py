"""What a month's traffic asks of AWS, by the names of `prices`: measured where it could be, assumed where not."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from shared.contracts.words import BackendName
from shared.prices import DAYS_A_MONTH

MEASURED_ON: Final = date(2026, 11, 21)
MEASURED_BY: Final = "tests/bench/pipeline_requests.py, a burst of 200 images on two busy cores, less the idle polls"

PER_IMAGE: Final[Mapping[str, float]] = {
    # One more than ours: S3's own, when it tells of the upload.
    "sqs_request": 3.95,
    "sqs_fair_request": 2.95,
    "sns_publish": 0.45,
    # The producer's upload is the producer's, and an answer that the ledger holds whole isn't kept a second time.
    "s3_put": 0.0,
    "s3_get": 2.04,
    # Units, not requests, counted with their indexes in tests/unit/pipeline.
    "dynamodb_write": 12,
    "dynamodb_read": 2.5,
}
"""Of an image that the policy decides alone, measured."""

CPU_S_PER_IMAGE: Final = 0.017
"""Of all four services together, measured by `make bench ONLY=pipeline` in a burst of 1,000 images on x86 cores."""
BUSY: Final = 0.5
"""The share of its vCPU that a task is to use at the most, so that peaks have room; assumed."""
GB_PER_VCPU: Final = 2.0
"""The shape of the tasks that autoscaling adds."""

IDLE_PER_TASK_S: Final[Mapping[str, float]] = {"sqs_request": 2.42 / 4}
"""What a task of the pipeline asks each second while nothing happens, measured over two minutes with four of them."""
SWEEP: Final[Mapping[str, float]] = {"dynamodb_read": 183, "dynamodb_write": 4}
"""What one sweep of all services asks, whoever holds the lease; measured."""
SWEEP_S: Final = 300

PER_REVIEW: Final[Mapping[str, float]] = {
    "sqs_request": 4,
    "sqs_fair_request": 4,
    "eventbridge_event": 1,
    "s3_put": 2,
    "s3_get": 3,
    # 12 and 3 of them for the verified set: a transaction of a word, its image and some 4 KB of counts.
    "dynamodb_write": 24,
    "dynamodb_read": 11,
}
"""Of an item that goes to people, on top; assumed from the code's way, not measured."""
PER_ANSWER_AT_THE_DESK: Final[Mapping[str, float]] = {"dynamodb_write": 8, "dynamodb_read": 12, "s3_get": 2}

VIDEO_MINUTES: Final = 2.0
"""A video's length where nobody says otherwise; assumed."""
VIDEO_LIKE_IMAGES: Final = 3.0
"""As many requests as of so many images; assumed."""

KB_KEPT_PER_IMAGE: Final = 6.0
"""Raw answer in S3 and ledger entries in DynamoDB, about half of it each; assumed."""
KB_TALKED_PER_IMAGE: Final = 30.0
"""Through NAT gateway or interface endpoints; media don't go that way. Assumed."""
KB_LOGGED_PER_IMAGE: Final = 0.1
"""Services log what goes wrong and what they begin, not items; assumed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """What comes in and how it is reviewed. `review_rate` is the share of items that people see, `answers` how many of
    them see each."""

    images_per_day: float
    video_minutes_per_day: float
    review_rate: float
    answers: int
    backend: BackendName

    @property
    def images(self) -> float:
        """A month's."""
        return self.images_per_day * DAYS_A_MONTH

    @property
    def video_minutes(self) -> float:
        return self.video_minutes_per_day * DAYS_A_MONTH

    @property
    def reviewed(self) -> float:
        return (self.images + self.video_minutes / VIDEO_MINUTES) * self.review_rate

    @property
    def answered(self) -> float:
        return self.reviewed * self.answers


def used(traffic: Traffic) -> dict[str, float]:
    """Units of everything that a month's traffic is charged by, save the tasks that it takes (`vcpus`)."""
    like_images = traffic.images + traffic.video_minutes / VIDEO_MINUTES * VIDEO_LIKE_IMAGES
    units = defaultdict[str, float](float)
    _add(units, PER_IMAGE, like_images)
    _add(units, PER_REVIEW, traffic.reviewed)
    if traffic.backend is BackendName.DESK:
        _add(units, PER_ANSWER_AT_THE_DESK, traffic.answered)
    else:
        units["a2i_object"] += traffic.answered
    return {
        **units,
        "rekognition_image": traffic.images,
        "rekognition_video": traffic.video_minutes,
        "s3_gb": like_images * KB_KEPT_PER_IMAGE / 2 / 1e6,
        "dynamodb_gb": like_images * KB_KEPT_PER_IMAGE / 2 / 1e6,
        "log_gb": like_images * KB_LOGGED_PER_IMAGE / 1e6,
    }


def talked_gb(traffic: Traffic) -> float:
    like_images = traffic.images + traffic.video_minutes / VIDEO_MINUTES * VIDEO_LIKE_IMAGES
    return like_images * KB_TALKED_PER_IMAGE / 1e6


def vcpus(traffic: Traffic) -> float:
    """How many vCPUs all tasks together need on average."""
    per_second = (traffic.images_per_day + traffic.video_minutes_per_day / VIDEO_MINUTES * VIDEO_LIKE_IMAGES) / 86_400
    return per_second * CPU_S_PER_IMAGE / BUSY


def idle(tasks: float) -> dict[str, float]:
    """Units that a month of nothing is charged by, with so many tasks that poll."""
    units = defaultdict[str, float](float)
    _add(units, IDLE_PER_TASK_S, tasks * DAYS_A_MONTH * 86_400)
    _add(units, SWEEP, DAYS_A_MONTH * 86_400 / SWEEP_S if tasks else 0)
    return units


def _add(units: dict[str, float], each: Mapping[str, float], times: float) -> None:
    for name, count in each.items():
        units[name] += count * times
