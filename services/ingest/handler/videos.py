"""Reads what a video is: its header by a few ranges, its hash piece by piece, never the whole of it at once."""

import asyncio
import hashlib
from contextlib import AbstractContextManager, nullcontext
from typing import Final

from services.ingest.domain.formats import Recognised
from services.ingest.domain.images import derivative_metadata
from services.ingest.domain.items import video_copy_key
from services.ingest.domain.videos import MEDIA_TYPES, VideoTraits, check_size, describe, video_format
from services.ingest.handler.ports import ObjectHead, Ports
from shared.errors import Permanent
from shared.ledger.entries import ContentRead

WINDOW_BYTES: Final = 64 * 1024
"""Read around what the walk wants: most headers are done with one or two of these."""
MOST_WINDOWS: Final = 64
PIECE_BYTES: Final = 16 * 1024 * 1024
"""Hashed at a time: some 70 MB/s with S3's usual latency, so about 150 s for the largest video."""


async def read_video(
    media_id: str, head: ObjectHead, start: bytes, recognised: Recognised, ports: Ports
) -> ContentRead:
    """`start` are the first bytes of the object, or all of it.

    Raises Permanent for what Rekognition can't read or doesn't take, Deferred while too many large ones are being read.
    """
    format_ = video_format(recognised)
    check_size(head.size_bytes)
    traits = await _describe(head, start, ports)
    with _place(head, start, ports):
        judged = head
        if head.source.version_id is None:
            # What is judged must not change before it is looked at, and nothing here holds a copy of it.
            copied = await ports.objects.copy(
                head,
                ports.work_bucket,
                video_copy_key(media_id, format_),
                content_type=MEDIA_TYPES[format_],
                metadata=derivative_metadata(head.metadata),
            )
            judged = await ports.objects.head(copied)
        sha256 = await _sha256(judged, start, ports)
    return ContentRead(
        at=ports.clock(),
        sha256=sha256,
        format=format_,
        readable=judged.source,
        width_px=traits.width_px,
        height_px=traits.height_px,
        duration_ms=traits.duration_ms,
        codec=traits.codec,
        normalised_because=None if judged is head else "unversioned",
    )


def _place(head: ObjectHead, start: bytes, ports: Ports) -> AbstractContextManager[None]:
    return nullcontext() if len(start) == head.size_bytes else ports.large_videos.one()


async def _describe(head: ObjectHead, start: bytes, ports: Ports) -> VideoTraits:
    walk = describe(head.size_bytes)
    window, at, windows = start, 0, 0
    try:
        want = next(walk)
        while True:
            if want.offset >= head.size_bytes:
                want = walk.send(b"")
                continue
            wanted_end = min(want.offset + want.size, head.size_bytes)
            if not at <= want.offset <= wanted_end <= at + len(window):
                windows += 1
                if windows > MOST_WINDOWS:
                    raise Permanent("video-unreadable", "its header is scattered over the whole file")
                at = want.offset
                window = await ports.objects.get(head, offset=at, limit_bytes=WINDOW_BYTES)
            want = walk.send(window[want.offset - at : wanted_end - at])
    except StopIteration as done:
        traits: VideoTraits = done.value
        return traits


async def _sha256(head: ObjectHead, start: bytes, ports: Ports) -> str:
    """S3's own checksum of the whole where it has one, else piece by piece."""
    digest = hashlib.sha256()
    if len(start) == head.size_bytes:
        await asyncio.to_thread(digest.update, start)
        return digest.hexdigest()
    if (known := await ports.objects.sha256(head)) is not None:
        return known
    for offset in range(0, head.size_bytes, PIECE_BYTES):
        async with ports.room.of(PIECE_BYTES):
            piece = await ports.objects.get(head, offset=offset, limit_bytes=PIECE_BYTES)
            await asyncio.to_thread(digest.update, piece)
    return digest.hexdigest()
