"""Looks at pixels: sides, perceptual hash, thumbnails.

What can't be decoded here may still be an image for Rekognition.
"""

import asyncio
from collections.abc import Callable
from io import BytesIO
from typing import Any, Final, Protocol, TypeVar

import imagehash
from PIL import Image

from cli.dataset.listing import Candidate
from cli.dataset.state import Look
from services.ingest.adapters.pixels import DAMAGE, ORIENTATION, shrunk, upright
from services.ingest.domain.images import HASHED_PIXELS
from shared.aws.errors import translated

T = TypeVar("T")

HEADER_BYTES: Final = 65_536
"""Enough for nearly every header; metadata in front of it may make it longer."""
CHANGED: Final = "image-changed"
TURNED: Final = frozenset({5, 6, 7, 8})
"""EXIF orientations that lay a picture on its side."""


class Reader(Protocol):
    async def get_object(self, **request: Any) -> dict[str, Any]: ...


class Pictures:
    """`bucket` is the source's. Every method raises Permanent `image-changed` when the object isn't the one that was
    listed any more, and Transient when S3 can't be read."""

    def __init__(self, s3: Reader, bucket: str) -> None:
        self._s3 = s3
        self._bucket = bucket
        self._decoding = asyncio.Semaphore(2)

    async def look(self, image: Candidate, *, hashed: bool) -> Look | None:
        """With a hash the whole object is read, without one its header. None for a picture that Pillow can't read."""
        if hashed:
            return await self._decoded(hashed_look, await self._read(image.key, image.etag))
        size = HEADER_BYTES
        while True:
            found = await self._decoded(header_look, await self._read(image.key, image.etag, size))
            if found is not None or size >= image.size_bytes:
                return found
            size *= 8

    async def thumbnail(self, key: str, etag: str, side_px: int) -> Image.Image | None:
        body = await self._read(key, etag)
        return await self._decoded(lambda content: small(content, side_px), body)

    async def _read(self, key: str, etag: str, first_bytes: int | None = None) -> bytes:
        request = {"Bucket": self._bucket, "Key": key, "IfMatch": f'"{etag}"'}
        if first_bytes is not None:
            request["Range"] = f"bytes=0-{first_bytes - 1}"
        with translated("source", {"PreconditionFailed": CHANGED, "NoSuchKey": CHANGED}):
            answer = await self._s3.get_object(**request)
            async with answer["Body"] as body:
                content: bytes = await body.read()
        return content

    async def _decoded(self, decode: Callable[[bytes], T], content: bytes) -> T | None:
        async with self._decoding:
            try:
                return await asyncio.to_thread(decode, content)
            except (*DAMAGE, Image.DecompressionBombError):
                return None


def hashed_look(content: bytes) -> Look:
    """May raise anything in DAMAGE, as the others."""
    with Image.open(BytesIO(content)) as image:
        sides = _sides(image)
        rgb = upright(shrunk(image, HASHED_PIXELS).rgb, image)
        return Look(width=sides[0], height=sides[1], hash=str(imagehash.phash(rgb)))


def header_look(content: bytes) -> Look:
    """Of as many bytes as hold the header; the pixels may be missing."""
    with Image.open(BytesIO(content)) as image:
        sides = _sides(image)
        return Look(width=sides[0], height=sides[1])


def small(content: bytes, side_px: int) -> Image.Image:
    with Image.open(BytesIO(content)) as image:
        rgb = upright(shrunk(image, 4 * side_px * side_px).rgb, image)
    rgb.thumbnail((side_px, side_px))
    return rgb


def distance(one: str, other: str) -> int:
    """Bits in which two perceptual hashes differ, of 64."""
    return (int(one, 16) ^ int(other, 16)).bit_count()


def _sides(image: Image.Image) -> tuple[int, int]:
    """Upright, since that is what Rekognition's boxes are relative to (DetectLabels, OrientationCorrection)."""
    width, height = image.size
    return (height, width) if image.getexif().get(ORIENTATION, 1) in TURNED else (width, height)
