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
    """`latency_s` is added to every answer that isn't a throttle; the real service takes 0.1 to 1 s."""

    detector: DetectorName = DetectorName.SCRIPTED
    labels_file: Path | None = None
    latency_s: float = 0.02


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Raises ValueError naming the variable that can't be used."""
    labels_file = environment.get("GAVEL_LABELS_FILE")
    return Settings(
        detector=_detector(environment.get("GAVEL_DETECTOR", DetectorName.SCRIPTED)),
        labels_file=Path(labels_file) if labels_file else None,
        latency_s=_latency_s(environment.get("GAVEL_REKOGNITION_LATENCY_MS", "20")),
    )


def _detector(name: str) -> DetectorName:
    try:
        return DetectorName(name)
    except ValueError as unknown:
        raise ValueError(f"GAVEL_DETECTOR is {name!r}; there are {', '.join(DetectorName)}") from unknown


def _latency_s(text: str) -> float:
    try:
        latency_ms = float(text)
    except ValueError as no_number:
        raise ValueError(f"GAVEL_REKOGNITION_LATENCY_MS is {text!r}, not a number") from no_number
    if not 0 <= latency_ms <= 60_000:
        raise ValueError(f"GAVEL_REKOGNITION_LATENCY_MS is {text}; it must be within 0 and 60000")
    return latency_ms / 1000
