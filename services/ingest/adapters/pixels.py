"""Decodes images with Pillow and makes the JPEG that Rekognition gets where it wouldn't take the original.

Everything here is blocking and takes what it needs from its arguments; `images` runs it in threads.
"""

import hashlib
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from io import BytesIO
from typing import Final, cast

import imagehash
from PIL import Image

from services.ingest.domain.formats import ImageFormat
from services.ingest.domain.images import (
    DERIVATIVE_SIDE_PX,
    MAX_OBJECT_BYTES,
    MIN_SIDE_PX,
    Traits,
    check_dimensions,
    fitted,
    told,
    why_normalise,
)
from services.ingest.handler.ports import Derivative, ImageRead
from shared.errors import Permanent

PILLOW_NAMES: Final = {format_: format_.upper() for format_ in ImageFormat}
"""Only the decoder of the format that was recognised may run: fewer parsers in reach of hostile bytes."""
ANIMATED: Final = frozenset({ImageFormat.GIF, ImageFormat.WEBP, ImageFormat.PNG, ImageFormat.AVIF})
MAX_FRAMES_LOOKED_AT: Final = 50
BLANK_SPREAD: Final = 8
"""A frame whose brightest and darkest values, per channel, are no further apart shows nothing (compression noise)."""
HASHED_SIDE_PX: Final = 256
QUALITIES: Final = (90, 80, 65, 50)
WHITE: Final = (255, 255, 255, 255)
ORIENTATION: Final = 0x0112
TRANSPOSITIONS: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
# What decoders have been seen to raise on damaged input; MemoryError is not among them, it isn't the image's fault.
DAMAGE: Final = (
    OSError, SyntaxError, ValueError, TypeError, RuntimeError, LookupError, ArithmeticError, struct.error, zlib.error
)  # fmt: skip


def read_image(original: bytes, format_: ImageFormat, max_pixels: int) -> ImageRead:
    """Raises Permanent for what can't be decoded to its end, is too small, or has more than `max_pixels`."""
    with _decoding(max_pixels), Image.open(BytesIO(original), formats=[PILLOW_NAMES[format_]]) as image:
        width_px, height_px = image.size
        check_dimensions(width_px, height_px, max_pixels)
        frames = getattr(image, "n_frames", 1) if format_ in ANIMATED else 1
        traits = Traits(
            format=format_,
            width_px=width_px,
            height_px=height_px,
            size_bytes=len(original),
            frames=frames,
            is_cmyk=image.mode == "CMYK",
        )
        has_alpha = image.has_transparency_data
        side_px = DERIVATIVE_SIDE_PX if has_alpha or why_normalise(traits) else HASHED_SIDE_PX
        picture, frame = _first_that_shows_something(image, frames, side_px, max_pixels)
        because = why_normalise(replace(traits, is_transparent=_is_transparent(picture)))
        upright = _flattened(_upright(picture, image))
        derivative = None
        if because is not None:
            because = told(because, frame, frames)
            derivative = Derivative(body=_jpeg(upright), content_type="image/jpeg", because=because)
        return ImageRead(
            sha256=hashlib.sha256(original).hexdigest(),
            width_px=width_px,
            height_px=height_px,
            perceptual_hash=str(imagehash.phash(upright)),
            derivative=derivative,
        )


@contextmanager
def _decoding(max_pixels: int) -> Iterator[None]:
    try:
        yield
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise Permanent(
            "image-too-many-pixels", f"it unpacks to more than {max_pixels:,} pixels (GAVEL_MAX_IMAGE_PIXELS)"
        ) from error
    except DAMAGE as error:
        if isinstance(error, EOFError) or "truncated" in str(error).lower():
            raise Permanent("image-truncated", "the file ends before the image does") from error
        raise Permanent("image-unreadable", "the file is damaged: it can't be decoded") from error


def _first_that_shows_something(
    image: Image.Image, frames: int, side_px: int, max_pixels: int
) -> tuple[Image.Image, int]:
    """The picture, shrunk, and its number: of an animation, the first frame that isn't blank; else the first of all.

    The search ends after MAX_FRAMES_LOOKED_AT, or four times `max_pixels`, whichever comes first.
    """
    looked_at = min(frames, MAX_FRAMES_LOOKED_AT, 1 + 4 * max_pixels // (image.width * image.height))
    first = _shrunk(image, side_px)
    if frames == 1 or not _is_blank(first):
        return first, 1
    for index in range(1, looked_at):
        image.seek(index)
        picture = _shrunk(image, side_px)
        if not _is_blank(picture):
            return picture, index + 1
    return first, 1


def _shrunk(image: Image.Image, side_px: int) -> Image.Image:
    """Decoded to its end, in a mode that can be resampled, with no side longer than `side_px`."""
    size = fitted(*image.size, side_px)
    # libjpeg decodes to a half, a quarter or an eighth at a fraction of the memory; it still reads all the data.
    image.draft(image.mode, size)
    image.load()
    picture = _eight_bits(image)
    return picture.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0) if picture.size != size else picture


def _eight_bits(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I;16"):
        return image.point(lambda value: value * (1 / 256)).convert("L")
    if image.mode in ("I", "F"):
        low, high = _extrema(image)
        scale = 255 / ((high - low) or 1)
        return image.point(lambda value: value * scale - low * scale).convert("L")
    if image.mode in ("1", "P", "PA") or "transparency" in image.info:
        return image.convert("RGBA" if image.has_transparency_data else "RGB")
    return image


def _upright(picture: Image.Image, image: Image.Image) -> Image.Image:
    """Turned as its EXIF data says. EXIF that can't be read is left out: viewers ignore it as well."""
    try:
        orientation = image.getexif().get(ORIENTATION, 1)
    except DAMAGE:
        return picture
    transposition = TRANSPOSITIONS.get(orientation)
    return picture.transpose(transposition) if transposition is not None else picture


def _flattened(picture: Image.Image) -> Image.Image:
    """In RGB, on white."""
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    canvas = Image.new("RGBA", picture.size, WHITE)
    canvas.alpha_composite(picture.convert("RGBA"))
    return canvas.convert("RGB")


def _is_transparent(picture: Image.Image) -> bool:
    return picture.has_transparency_data and _extrema(picture.getchannel("A"))[0] < 255


def _is_blank(picture: Image.Image) -> bool:
    return all(high - low <= BLANK_SPREAD for low, high in map(_extrema, _flattened(picture).split()))


def _extrema(band: Image.Image) -> tuple[float, float]:
    """The lowest and the highest value of an image of one band."""
    return cast("tuple[float, float]", band.getextrema())


def _jpeg(picture: Image.Image) -> bytes:
    """A JPEG that Rekognition takes: at least MIN_SIDE_PX on each side, by a white border, and at most 15 MB."""
    size = (max(picture.width, MIN_SIDE_PX), max(picture.height, MIN_SIDE_PX))
    if size != picture.size:
        canvas = Image.new("RGB", size, WHITE[:3])
        canvas.paste(picture, ((size[0] - picture.width) // 2, (size[1] - picture.height) // 2))
        picture = canvas
    for quality in QUALITIES:
        buffer = BytesIO()
        picture.save(buffer, "JPEG", quality=quality)
        if buffer.tell() <= MAX_OBJECT_BYTES:
            return buffer.getvalue()
    return _jpeg(picture.resize((picture.width // 2, picture.height // 2), Image.Resampling.LANCZOS))
