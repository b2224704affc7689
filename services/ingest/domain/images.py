"""What Rekognition takes of an image, and what INGEST makes of one that it would refuse.

Limits: https://docs.aws.amazon.com/rekognition/latest/dg/limits.html
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from services.ingest.domain.formats import ImageFormat
from shared.errors import Permanent

MIN_SIDE_PX: Final = 80
MAX_SIDE_PX: Final = 10_000
MAX_OBJECT_BYTES: Final = 15_000_000
"""AWS writes "15 MB" and not which; the smaller reading costs a derivative that may not have been needed."""
TAKEN_AS_IT_IS: Final = frozenset({ImageFormat.JPEG, ImageFormat.PNG})

DERIVATIVE_SIDE_PX: Final = 4096
"""Longest side of a derivative: detail enough for detector and reviewer, and a JPEG of it stays below 15 MB."""

METADATA_PREFIX: Final = "gavel-"
SOURCE_SHA256: Final = "gavel-source-sha256"
MAX_METADATA_BYTES: Final = 2048
"""S3: keys and values of user metadata, in UTF-8."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Traits:
    """What opening an image shows. `frames` counts the pictures of an animation, 1 for everything else."""

    format: ImageFormat
    width_px: int
    height_px: int
    size_bytes: int
    frames: int = 1
    is_cmyk: bool = False
    is_transparent: bool = False


def check_dimensions(width_px: int, height_px: int, max_pixels: int) -> None:
    """Raises Permanent for what is too small to be judged, or too large to be decoded within this service's memory."""
    if min(width_px, height_px) < MIN_SIDE_PX:
        raise Permanent(
            "image-too-small",
            f"{width_px} × {height_px} px; Rekognition needs at least {MIN_SIDE_PX} px on each side",
        )
    if width_px * height_px > max_pixels:
        raise Permanent(
            "image-too-many-pixels",
            f"{width_px} × {height_px} px are {width_px * height_px / 1e6:,.0f} megapixels; "
            f"at most {max_pixels / 1e6:,.0f} are decoded (GAVEL_MAX_IMAGE_PIXELS)",
        )


def why_normalise(traits: Traits) -> str | None:
    """The reason for which Rekognition gets a derivative; None when it gets the original.

    Rekognition doesn't say what it makes of transparency, of print colours or of the later pictures of an animated
    PNG; the derivative decides it, and alike for detector and reviewer.
    """
    if traits.format not in TAKEN_AS_IT_IS:
        return "format"
    if traits.size_bytes > MAX_OBJECT_BYTES:
        return "size"
    if max(traits.width_px, traits.height_px) > MAX_SIDE_PX:
        return "dimensions"
    if traits.frames > 1:
        return "animation"
    if traits.is_cmyk:
        return "colours"
    return "transparency" if traits.is_transparent else None


def told(reason: str, frame: int, frames: int) -> str:
    """The reason as the ledger keeps it; of an animation, also which picture (counted from 1) stands for all."""
    return reason if frames == 1 else f"{reason}, frame {frame} of {frames}"


def fitted(width_px: int, height_px: int, side_px: int) -> tuple[int, int]:
    """Width and height in proportion, the longer at most `side_px`; a strip may come out thinner than MIN_SIDE_PX."""
    scale = min(1.0, side_px / max(width_px, height_px))
    return max(1, round(width_px * scale)), max(1, round(height_px * scale))


def derivative_metadata(source: Mapping[str, str], sha256: str) -> dict[str, str]:
    """User metadata of a derivative: the source's `gavel-…` entries, where S3 has room for them, and its hash."""
    metadata = {key: value for key, value in source.items() if key.startswith(METADATA_PREFIX) and value.isascii()}
    metadata[SOURCE_SHA256] = sha256
    size = sum(len(key) + len(value) for key, value in metadata.items())
    return metadata if size <= MAX_METADATA_BYTES else {SOURCE_SHA256: sha256}
