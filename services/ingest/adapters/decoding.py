"""Reads one image, from its bytes to what the ledger keeps of it and, where needed, the derivative for Rekognition.

Blocking: `images` runs it in threads. Pillow has to be set up as `images` does.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Final

import imagehash
from PIL import Image

from services.ingest.adapters.pixels import DAMAGE, Picture, rekognition_jpeg, shrunk, upright
from services.ingest.domain.formats import ImageFormat
from services.ingest.domain.images import (
    ANIMATED_BYTES_PER_PIXEL,
    DERIVATIVE_PIXELS,
    HASHED_PIXELS,
    Traits,
    check_dimensions,
    check_scans,
    told,
    why_normalise,
)
from services.ingest.handler.ports import Derivative, ImageRead
from shared.errors import Permanent

PILLOW_NAMES: Final = {format_: format_.upper() for format_ in ImageFormat}
"""Only the decoder of the format that was recognised may run: fewer parsers in reach of hostile bytes."""
MAX_FRAMES_LOOKED_AT: Final = 50
MAX_PIXELS_LOOKED_AT: Final = 400_000_000
"""Of all frames together: some seconds of a core."""


def read_image(original: bytes, format_: ImageFormat, max_decode_bytes: int) -> ImageRead:
    """Raises Permanent for what can't be decoded to its end, is too small, or would take more memory than that."""
    check_scans(format_, original)
    with _decoding(), Image.open(BytesIO(original), formats=[PILLOW_NAMES[format_]]) as image:
        width_px, height_px = image.size
        is_animated = format_ in ANIMATED_BYTES_PER_PIXEL and getattr(image, "is_animated", False)
        traits = Traits(
            format=format_,
            width_px=width_px,
            height_px=height_px,
            size_bytes=len(original),
            is_animated=is_animated,
            is_cmyk=image.mode == "CMYK",
        )
        check_dimensions(traits, max_decode_bytes)
        may_be_replaced = image.has_transparency_data or why_normalise(traits) is not None
        pixels = DERIVATIVE_PIXELS if may_be_replaced else HASHED_PIXELS
        picture, frame = _first_that_shows_something(image, pixels) if is_animated else (shrunk(image, pixels), None)
        rgb = upright(picture.rgb, image)
        because = why_normalise(traits, is_transparent=picture.is_transparent)
        return ImageRead(
            sha256=hashlib.sha256(original).hexdigest(),
            width_px=width_px,
            height_px=height_px,
            perceptual_hash=str(imagehash.phash(rgb)),
            derivative=None
            if because is None
            else Derivative(body=rekognition_jpeg(rgb), content_type="image/jpeg", because=told(because, frame)),
        )


@contextmanager
def _decoding() -> Iterator[None]:
    try:
        yield
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise Permanent(
            "image-too-many-pixels", "it unpacks to more pixels than are decoded of any format (GAVEL_MAX_DECODE_BYTES)"
        ) from error
    except DAMAGE as error:
        if isinstance(error, EOFError) or "truncated" in str(error).lower():
            raise Permanent("image-truncated", "the file ends before the image does") from error
        raise Permanent("image-unreadable", "the file is damaged: it can't be decoded") from error


def _first_that_shows_something(image: Image.Image, pixels: int) -> tuple[Picture, int]:
    """The first frame that isn't blank, and its number from 1; where all that are looked at are, the first of all."""
    first = picture = shrunk(image, pixels)
    looked_at = min(MAX_FRAMES_LOOKED_AT, 1 + MAX_PIXELS_LOOKED_AT // (image.width * image.height))
    for number in range(1, looked_at + 1):
        if not picture.is_blank:
            return picture, number
        try:
            image.seek(number)
        except EOFError:
            break
        picture = shrunk(image, pixels)
    return first, 1
