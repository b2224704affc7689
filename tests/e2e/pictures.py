"""Pictures that nobody sent before: verdicts are reused by content, so each test needs its own."""

import secrets
import uuid

from tests import media

FORMATS = {"WEBP": "WEBP", "GIF": "GIF", "HEIC": "HEIF", "BMP": "BMP", "TIFF": "TIFF", "JPEG": "JPEG"}
"""The names that INGEST tells, with Pillow's."""


def unique_jpeg() -> bytes:
    return unique_image("JPEG")


def unique_image(format_: str) -> bytes:
    return media.encoded(media.picture(seed=secrets.randbelow(2**31)), FORMATS[format_])


def mark() -> str:
    """A word that stands nowhere else."""
    return f"mark-{uuid.uuid4().hex}"
