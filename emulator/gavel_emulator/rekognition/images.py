"""Rekognition's limits on images, checked on the content itself: neither file name nor content type is believed.

Numbers: Developer Guide, "Guidelines and quotas" (limits.md).
"""

import hashlib
import io
import struct
import zlib
from collections.abc import Mapping

from PIL import Image

from gavel_emulator.rekognition.errors import image_too_large, invalid_image_format, invalid_parameters
from gavel_emulator.rekognition.scene import Picture

MAX_OBJECT_BYTES = 15 * 1024 * 1024
MIN_SIDE_PX = 80
MAX_SIDE_PX = 10_000

PNG = b"\x89PNG\r\n\x1a\n"
JPEG = b"\xff\xd8\xff"

# What Pillow raises for damaged files, found by its own fuzzing; UnidentifiedImageError is an OSError.
UNDECODABLE = (OSError, SyntaxError, ValueError, EOFError, IndexError, struct.error, zlib.error)


def decode(content: bytes, metadata: Mapping[str, str]) -> Picture:
    """Raises RekognitionError for what Rekognition refuses. Every pixel is decoded, so a truncated file is found.

    An image under the minimum answers "Request has invalid parameters", as AWS does (boto/botocore#1366).
    """
    if not content.startswith((PNG, JPEG)):
        raise invalid_image_format()
    try:
        pixels = Image.open(io.BytesIO(content), formats=("PNG", "JPEG"))
        _check_sides(pixels.size)
        pixels.load()
    except Image.DecompressionBombError as bomb:
        # Pillow's limit is 179 million pixels: one side is over 10,000 then.
        raise image_too_large() from bomb
    except UNDECODABLE as damage:
        raise invalid_image_format() from damage
    return Picture(content=content, sha256=hashlib.sha256(content).hexdigest(), pixels=pixels, metadata=dict(metadata))


def _check_sides(size: tuple[int, int]) -> None:
    if max(size) > MAX_SIDE_PX:
        raise image_too_large()
    if min(size) < MIN_SIDE_PX:
        raise invalid_parameters()
