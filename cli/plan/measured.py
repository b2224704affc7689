"""How long services work at an item, measured; and how long AWS takes, which could not be measured and is assumed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

MEASURED_ON: Final = date(2026, 11, 21)
MEASURED_BY: Final = "`make bench ONLY=pipeline` (docs/performance.md): traces of 300 items, and the CPU of 1,000"


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """One service's at one image: CPU on one core; its own time until it has sent on, CPU included; and how many AWS
    requests it waits for, Rekognition's apart."""

    cpu_s: float
    own_s: float
    waits: float


IMAGE: Final[Mapping[str, Work]] = {
    "ingest": Work(cpu_s=0.0083, own_s=0.0089, waits=9),
    "moderate": Work(cpu_s=0.0040, own_s=0.0070, waits=3),
    "review": Work(cpu_s=0.0018, own_s=0.0062, waits=2),
    "results": Work(cpu_s=0.0029, own_s=0.0066, waits=3),
}
"""Measured."""

HOP_S: Final = 0.0003
"""From one service to the next, beyond what they take themselves: the next one mostly begins before the answer to its
predecessor's send is back; measured."""

AWS_WAIT_S: Final = 0.010
"""Of one request to DynamoDB, S3, SQS or SNS from inside the region; assumed."""
DETECTION_S: Final = 0.4
"""Of one DetectModerationLabels; assumed: AWS tells none."""
VIDEO_JOB_SHARE: Final = 0.5
"""A video job's time for each second of video; assumed. AWS tells none."""
VIDEO_LIKE_IMAGES: Final = 3.0
"""A video's work at the services, in images; assumed."""
VCPU: Final[Mapping[str, float]] = {"ingest": 1.0, "moderate": 0.5, "review": 0.5, "results": 0.5}
"""A task's, as `infra` makes them."""
BUSY: Final = 0.5
"""The share of its vCPU that a task is to use in the busiest hour; assumed."""
