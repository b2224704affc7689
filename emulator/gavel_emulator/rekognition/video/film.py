"""Reads videos with PyAV: what a file says of itself, and its frames. Nothing here loads a whole file into memory."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, BinaryIO

import av
from PIL.Image import Image

FORMAT = "mov"
"""FFmpeg's reader of MP4 and MOV. No other is tried: some of them open further files and addresses that a file names.
"""

CODEC = "h264"
FULL_RANGE = 2
"""AVCOL_RANGE_JPEG. H.264 that doesn't say is limited."""

UNSUPPORTED = "Unsupported codec/format."
"""AWS's StatusMessage, as printed in github.com/aws-samples/amazon-rekognition-video-analyzer, issue 46. Which other
texts there are isn't documented: every file that can't be read gets this one."""


class UnreadableFilm(Exception):
    """The text is the job's StatusMessage."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Film:
    """What `VideoMetadata` tells."""

    codec: str
    duration_ms: int
    format: str
    frame_rate: float
    width_px: int
    height_px: int
    is_full_range: bool


def read_film(file: BinaryIO) -> Film:
    """From the header and the first frame, which must be decodable. Raises UnreadableFilm, and what `file` raises."""
    with _opened(file) as (container, stream):
        if next(container.decode(stream), None) is None:
            raise UnreadableFilm(UNSUPPORTED)
        duration_us = container.duration or 0
        return Film(
            codec=stream.codec_context.name,
            # Rounded, as FFmpeg rounds up to whole microseconds.
            duration_ms=round(duration_us / 1000),
            format=container.format.long_name,
            frame_rate=float(stream.average_rate or 0),
            width_px=stream.codec_context.width,
            height_px=stream.codec_context.height,
            is_full_range=stream.codec_context.color_range == FULL_RANGE,
        )


def frames(file: BinaryIO, *, every_ms: int) -> Iterator[tuple[int, Image]]:
    """The first frame in each `every_ms`, with the start of these milliseconds. Raises as `read_film`."""
    with _opened(file) as (container, stream):
        stream.thread_type = "AUTO"
        due_ms = 0
        for frame in container.decode(stream):
            if frame.time is None or round(frame.time * 1000) < due_ms:
                continue
            start_ms = round(frame.time * 1000) // every_ms * every_ms
            yield start_ms, frame.to_image()
            due_ms = start_ms + every_ms


@contextmanager
def _opened(file: BinaryIO) -> Iterator[tuple[Any, Any]]:
    try:
        with av.open(file, format=FORMAT) as container:
            if not container.streams.video or container.streams.video[0].codec_context.name != CODEC:
                raise UnreadableFilm(UNSUPPORTED)
            yield container, container.streams.video[0]
    except av.error.FFmpegError as damage:
        raise UnreadableFilm(UNSUPPORTED) from damage
