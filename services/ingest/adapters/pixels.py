"""Works on decoded pictures: shrinks, flattens, turns and encodes them, within a small multiple of their own memory."""

import struct
import zlib
from dataclasses import dataclass, replace
from io import BytesIO
from typing import Final, cast

from PIL import Image

from services.ingest.domain.images import MAX_OBJECT_BYTES, MIN_SIDE_PX, fitted

STRIP_ROWS: Final = 64
BLANK_SPREAD: Final = 8
"""A picture whose lowest and highest values, per channel, are no further apart shows nothing but compression noise."""
QUALITIES: Final = (90, 80, 65, 50)
WHITE: Final = (255, 255, 255)
OPAQUE: Final = 255
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
DAMAGE: Final = (
    OSError, EOFError, SyntaxError, ValueError, TypeError, RuntimeError, LookupError, ArithmeticError, struct.error,
    zlib.error,
)  # fmt: skip
"""What decoders raise on damaged input. MemoryError is not among them: it isn't the image's fault."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """One picture in RGB, on white where it was transparent."""

    rgb: Image.Image
    is_transparent: bool

    @property
    def is_blank(self) -> bool:
        return all(high - low <= BLANK_SPREAD for low, high in map(_extrema, self.rgb.split()))


def shrunk(image: Image.Image, pixels: int) -> Picture:
    """The current frame, decoded to its end, with at most `pixels`. May raise anything in DAMAGE."""
    size = fitted(*image.size, pixels)
    # libjpeg decodes to a half, a quarter or an eighth at a fraction of the memory; it still reads all the data.
    image.draft(image.mode, size)
    image.load()
    picture = _on_white(_eight_bits(image), min(image.width // size[0], image.height // size[1]))
    if picture.rgb.size == size:
        return picture
    return replace(picture, rgb=picture.rgb.resize(size, Image.Resampling.LANCZOS))


def upright(rgb: Image.Image, image: Image.Image) -> Image.Image:
    """Turned as the EXIF data of `image` says. EXIF that can't be read is passed over, as viewers do."""
    try:
        orientation = image.getexif().get(ORIENTATION, 1)
    except DAMAGE:
        return rgb
    transposition = TRANSPOSITIONS.get(orientation)
    return rgb.transpose(transposition) if transposition is not None else rgb


def rekognition_jpeg(rgb: Image.Image) -> bytes:
    """A JPEG that Rekognition takes: at least MIN_SIDE_PX on each side, by a white border, and at most 15 MB."""
    size = (max(rgb.width, MIN_SIDE_PX), max(rgb.height, MIN_SIDE_PX))
    if size != rgb.size:
        canvas = Image.new("RGB", size, WHITE)
        canvas.paste(rgb, ((size[0] - rgb.width) // 2, (size[1] - rgb.height) // 2))
        rgb = canvas
    for quality in QUALITIES:
        buffer = BytesIO()
        rgb.save(buffer, "JPEG", quality=quality)
        if buffer.tell() <= MAX_OBJECT_BYTES:
            return buffer.getvalue()
    return rekognition_jpeg(rgb.reduce(2))


def _on_white(image: Image.Image, factor: int) -> Picture:
    """`factor` times smaller, converted strip by strip: what is large is never in memory a second time."""
    if image.mode == "RGB" and not image.has_transparency_data:
        return Picture(rgb=image.reduce(factor), is_transparent=False)
    rgb = Image.new("RGB", (-(-image.width // factor), -(-image.height // factor)))
    rows = factor * STRIP_ROWS
    is_transparent = False
    for number, top in enumerate(range(0, image.height, rows)):
        strip = image.crop((0, top, image.width, min(top + rows, image.height)))
        if strip.has_transparency_data:
            rgba = strip.convert("RGBA")
            strip = Image.new("RGBA", rgba.size, WHITE)
            strip.alpha_composite(rgba)
            is_transparent = is_transparent or _extrema(rgba.getchannel("A"))[0] < OPAQUE
        rgb.paste(strip.convert("RGB").reduce(factor), (0, number * STRIP_ROWS))
    return Picture(rgb=rgb, is_transparent=is_transparent)


def _eight_bits(image: Image.Image) -> Image.Image:
    """Greys of 16 bits by their upper eight; of 32 bits, or floating point, by their own range, for want of another."""
    if image.mode.startswith("I;16"):
        return image.point(lambda value: value * (1 / 256)).convert("L")
    if image.mode not in ("I", "F"):
        return image
    low, high = _extrema(image)
    scale = 255 / ((high - low) or 1)
    return image.point(lambda value: value * scale - low * scale).convert("L")


def _extrema(band: Image.Image) -> tuple[float, float]:
    """The lowest and the highest value of an image of one band."""
    return cast("tuple[float, float]", band.getextrema())
