"""What the environment says about the emulated Rekognition; read once, when the provider is made."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class DetectorName(StrEnum):
    """`nudenet` looks at the pixels of pictures that aren't scripted."""

    SCRIPTED = "scripted"
    NUDENET = "nudenet"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """`latency_s` is added to every answer that isn't a throttle; the real service takes 0.1 to 1 s.

    A video's job takes `video_job_share` of the video's duration, `video_job_min_s` at least; a media analysis job
    `analysis_image_s` for each image, `analysis_job_min_s` at least; an adapter's training
    `adapter_training_min_s` at least.
    """

    detector: DetectorName = DetectorName.SCRIPTED
    labels_file: Path | None = None
    latency_s: float = 0.02
    video_job_share: float = 0.05
    video_job_min_s: float = 0.25
    analysis_image_s: float = 0.001
    analysis_job_min_s: float = 0.5
    adapter_training_min_s: float = 1.0


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Raises ValueError naming the variable that can't be used."""
    labels_file = environment.get("GAVEL_LABELS_FILE")
    return Settings(
        detector=_detector(environment.get("GAVEL_DETECTOR", DetectorName.SCRIPTED)),
        labels_file=Path(labels_file) if labels_file else None,
        latency_s=_number(environment, "GAVEL_REKOGNITION_LATENCY_MS", 20, most=60_000) / 1000,
        video_job_share=_number(environment, "GAVEL_VIDEO_JOB_SHARE", 0.05, most=10),
        video_job_min_s=_number(environment, "GAVEL_VIDEO_JOB_MIN_MS", 250, most=3_600_000) / 1000,
        analysis_image_s=_number(environment, "GAVEL_ANALYSIS_IMAGE_MS", 1, most=60_000) / 1000,
        analysis_job_min_s=_number(environment, "GAVEL_ANALYSIS_JOB_MIN_MS", 500, most=3_600_000) / 1000,
        adapter_training_min_s=_number(environment, "GAVEL_ADAPTER_TRAINING_MIN_MS", 1000, most=86_400_000) / 1000,
    )


def _detector(name: str) -> DetectorName:
    try:
        return DetectorName(name)
    except ValueError as unknown:
        raise ValueError(f"GAVEL_DETECTOR is {name!r}; there are {', '.join(DetectorName)}") from unknown


def _number(environment: Mapping[str, str], name: str, default: float, *, most: float) -> float:
    text = environment.get(name, str(default))
    try:
        number = float(text)
    except ValueError as no_number:
        raise ValueError(f"{name} is {text!r}, not a number") from no_number
    if not 0 <= number <= most:
        raise ValueError(f"{name} is {text}; it must be within 0 and {most}")
    return number
