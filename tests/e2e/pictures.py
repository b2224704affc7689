"""Pictures that nobody sent before: verdicts are reused by content, so each test needs its own."""

import secrets
import uuid

from PIL import Image

from tests import media


def unique_jpeg() -> bytes:
    return unique_image("JPEG")


def unique_image(format_: str) -> bytes:
    """A picture with a patch of chance in it, which no encoder makes two of."""
    image = media.picture()
    image.paste(Image.frombytes("RGB", (32, 32), secrets.token_bytes(32 * 32 * 3)), (64, 48))
    return media.heic_of(image) if format_ == "HEIF" else media.encoded(image, format_)


def mark() -> str:
    """A word that stands nowhere else."""
    return f"mark-{uuid.uuid4().hex}"
