"""What Rekognition takes of an image, and what INGEST makes of one that it would refuse.

Limits: https://docs.aws.amazon.com/rekognition/latest/dg/limits.html
"""

import math
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

DERIVATIVE_PIXELS: Final = 8_000_000
"""Twice a 4K screen: more than a detector looks at and a reviewer sees. Bounded by area and not by side, so that the
screenshot of a whole conversation, 1,000 px wide and 20,000 px long, stays readable."""
HASHED_PIXELS: Final = 65_536
"""Enough for a perceptual hash, which begins by shrinking to 32 × 32."""

STILL_BYTES_PER_PIXEL: Final = {
    ImageFormat.JPEG: 6,
    ImageFormat.PNG: 6,
    ImageFormat.GIF: 3,
    ImageFormat.WEBP: 20,
    ImageFormat.HEIF: 15,
    ImageFormat.AVIF: 15,
    ImageFormat.BMP: 6,
    ImageFormat.TIFF: 12,
}
"""Memory that decoding takes at its peak, measured with pictures of 12 to 100 megapixels and rounded up. A JPEG's is
that of a progressive one without subsampling; others take a fraction."""
ANIMATED_BYTES_PER_PIXEL: Final = {ImageFormat.GIF: 14, ImageFormat.PNG: 10, ImageFormat.WEBP: 21, ImageFormat.AVIF: 15}
CMYK_JPEG_BYTES_PER_PIXEL: Final = 9

START_OF_SCAN: Final = b"\xff\xda"
MAX_JPEG_SCANS: Final = 100
"""Encoders make about ten. Each may be 95 bytes long and costs a pass over all pixels (half a second of a core at 100
megapixels), so that a file of 1 MB could keep a decoder busy for an hour."""

METADATA_PREFIX: Final = "gavel-"
SOURCE_SHA256: Final = "gavel-source-sha256"
MAX_METADATA_BYTES: Final = 2048
"""S3: keys and values of user metadata, in UTF-8."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Traits:
    """What an image's header shows."""

    format: ImageFormat
    width_px: int
    height_px: int
    size_bytes: int
    is_animated: bool = False
    is_cmyk: bool = False


def most_pixels(max_decode_bytes: int) -> int:
    """More than this is decoded of no format that can be large."""
    return max_decode_bytes // min(STILL_BYTES_PER_PIXEL[format_] for format_ in TAKEN_AS_IT_IS)


def check_dimensions(traits: Traits, max_decode_bytes: int) -> None:
    """Raises Permanent for what is too small for a detector to judge, or too large to be decoded in that memory."""
    told_size = f"{traits.width_px} × {traits.height_px} px"
    if min(traits.width_px, traits.height_px) < MIN_SIDE_PX:
        raise Permanent("image-too-small", f"{told_size}; Rekognition needs at least {MIN_SIDE_PX} px on each side")
    needed_bytes = traits.width_px * traits.height_px * _bytes_per_pixel(traits)
    if needed_bytes > max_decode_bytes:
        raise Permanent(
            "image-too-many-pixels",
            f"{told_size}; decoding such a {traits.format.upper()} takes up to {needed_bytes:,} bytes of memory, "
            f"and an image gets {max_decode_bytes:,} (GAVEL_MAX_DECODE_BYTES)",
        )


def check_scans(format_: ImageFormat, original: bytes) -> None:
    """Raises Permanent for a JPEG that is made to be slow; within its coded data the marker can't occur by chance."""
    if format_ is ImageFormat.JPEG and (scans := original.count(START_OF_SCAN)) > MAX_JPEG_SCANS:
        raise Permanent("image-too-many-scans", f"a JPEG of {scans:,} scans; at most {MAX_JPEG_SCANS} are decoded")


def _bytes_per_pixel(traits: Traits) -> int:
    if traits.is_animated:
        return ANIMATED_BYTES_PER_PIXEL[traits.format]
    if traits.is_cmyk and traits.format is ImageFormat.JPEG:
        return CMYK_JPEG_BYTES_PER_PIXEL
    return STILL_BYTES_PER_PIXEL[traits.format]


def why_normalise(traits: Traits, *, is_transparent: bool = False) -> str | None:
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
    if traits.is_animated:
        return "animation"
    if traits.is_cmyk:
        return "colours"
    return "transparency" if is_transparent else None


def told(reason: str, frame: int | None) -> str:
    """The reason as the ledger keeps it; of an animation, also which picture (counted from 1) stands for all."""
    return reason if frame is None else f"{reason}, frame {frame}"


def fitted(width_px: int, height_px: int, pixels: int) -> tuple[int, int]:
    """Width and height in proportion, of at most `pixels` and MAX_SIDE_PX; a strip may get thinner than MIN_SIDE_PX."""
    scale = min(1.0, MAX_SIDE_PX / max(width_px, height_px), math.sqrt(pixels / (width_px * height_px)))
    return max(1, int(width_px * scale)), max(1, int(height_px * scale))


def derivative_metadata(source: Mapping[str, str], sha256: str | None = None) -> dict[str, str]:
    """User metadata of a derivative: the source's `gavel-…` entries, where S3 has room for them, and its hash."""
    own = {} if sha256 is None else {SOURCE_SHA256: sha256}
    metadata = {key: value for key, value in source.items() if key.startswith(METADATA_PREFIX) and value.isascii()}
    size = sum(len(key) + len(value) for key, value in (metadata | own).items())
    return metadata | own if size <= MAX_METADATA_BYTES else own
