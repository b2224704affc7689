"""What Rekognition takes of a video, read off its header.

Limits: https://docs.aws.amazon.com/rekognition/latest/dg/limits.html
"""

from dataclasses import dataclass
from typing import Final

from services.ingest.domain.boxes import MOST_BOXES, Box, Walk, box_at, boxes, contents, damaged, inside
from services.ingest.domain.formats import Recognised, VideoFormat
from shared.errors import Permanent

MAX_VIDEO_BYTES: Final = 10 * 1024**3
"""AWS writes "10 GB" and not which; what lies between the two readings Rekognition refuses by itself."""
MAX_DURATION_MS: Final = 6 * 3600 * 1000
UNTOLD: Final = frozenset({0, 2**32 - 1, 2**64 - 1})
"""What a duration reads where the writer didn't know it."""

H264: Final = frozenset({b"avc1", b"avc2", b"avc3", b"avc4"})
ENCRYPTED: Final = frozenset({b"encv", b"drmi"})
STILLS: Final = frozenset({b"jpeg", b"png ", b"mjpa", b"mjpb", b"tiff", b"gif "})
"""Chapter pictures and covers, which no player shows as the film."""
CODECS: Final = {
    **dict.fromkeys((b"hvc1", b"hev1", b"dvh1", b"dvhe"), "H.265 (HEVC)"),
    **dict.fromkeys((b"mp4v", b"xvid", b"divx"), "MPEG-4 Visual"),
    **dict.fromkeys((b"apch", b"apcn", b"apcs", b"apco", b"ap4h", b"ap4x"), "Apple ProRes"),
    b"av01": "AV1",
    b"vp08": "VP8",
    b"vp09": "VP9",
    b"s263": "H.263",
}
MEDIA_TYPES: Final = {VideoFormat.MP4: "video/mp4", VideoFormat.MOV: "video/quicktime"}


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoTraits:
    """What a video's header shows. `duration_ms` is None for a recording as it is streamed, which doesn't tell."""

    codec: str
    width_px: int
    height_px: int
    duration_ms: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Track:
    codec: bytes
    width_px: int
    height_px: int
    duration_ms: int | None


def video_format(recognised: Recognised) -> VideoFormat:
    """Raises Permanent for what is no MP4 or QuickTime file, naming what it is."""
    if recognised.video is None:
        raise Permanent(
            "video-format-not-supported", f"recognised as {recognised.name}; Rekognition reads H.264 in MP4 or MOV"
        )
    return recognised.video


def check_size(size_bytes: int) -> None:
    if size_bytes > MAX_VIDEO_BYTES:
        raise Permanent("video-too-large", f"{size_bytes:,} bytes; Rekognition takes {MAX_VIDEO_BYTES:,} at the most")


def describe(size_bytes: int) -> Walk[VideoTraits]:
    """Raises Permanent for what Rekognition can't read, or doesn't take, with the reason."""
    movie = yield from _movie(size_bytes)
    parts = yield from boxes(movie.start, movie.end)
    durations: list[int | None] = []
    tracks: list[_Track | None] = []
    for part in parts:
        if part.kind == b"mvhd":
            durations.append((yield from _duration_ms(part)))
        elif part.kind == b"trak":
            tracks.append((yield from _picture(part)))
    track = _only([each for each in tracks if each is not None])
    duration_ms = max((each for each in (*durations, track.duration_ms) if each is not None), default=None)
    if duration_ms is None and not any(part.kind == b"mvex" for part in parts):
        raise damaged("its header tells of no frames")
    if duration_ms is not None and duration_ms > MAX_DURATION_MS:
        raise Permanent(
            "video-too-long", f"{_hours(duration_ms)} by its header; Rekognition takes six hours at the most"
        )
    return VideoTraits(codec="h264", width_px=track.width_px, height_px=track.height_px, duration_ms=duration_ms)


def _movie(size_bytes: int) -> Walk[Box]:
    """The box with the header, `moov`, which stands before the frames or after them. Every box up to the later of the
    two has to be whole; what comes behind doesn't matter to players either."""
    movie, has_frames, offset = None, False, 0
    for _ in range(MOST_BOXES):
        if offset >= size_bytes or (movie is not None and has_frames):
            break
        box = yield from box_at(offset, size_bytes)
        if box.end > size_bytes:
            raise Permanent("video-truncated", "the file ends before its header says that it does")
        has_frames = has_frames or box.kind == b"mdat"
        movie = box if box.kind == b"moov" else movie
        offset = box.end
    if movie is None:
        raise Permanent("video-truncated", "it has no header (moov): the recording or the upload ended early")
    if not has_frames:
        raise Permanent("video-truncated", "the file ends before its frames")
    return movie


def _picture(track: Box) -> Walk[_Track | None]:
    """None for a track of sound, text, or still pictures."""
    handler = yield from inside(track, b"mdia", b"hdlr")
    if handler is None or (yield from contents(handler, 12))[8:] != b"vide":
        return None
    samples = yield from inside(track, b"mdia", b"minf", b"stbl", b"stsd")
    if samples is None:
        raise damaged("a track doesn't say what is in it")
    described = yield from contents(samples, 44)
    codec = described[12:16]
    if codec in STILLS:
        return None
    clock = yield from inside(track, b"mdia", b"mdhd")
    return _Track(
        codec=codec,
        width_px=int.from_bytes(described[40:42], "big"),
        height_px=int.from_bytes(described[42:44], "big"),
        duration_ms=(yield from _duration_ms(clock)) if clock is not None else None,
    )


def _duration_ms(header: Box) -> Walk[int | None]:
    """Of `mvhd` and `mdhd`, which begin alike; None where it isn't told."""
    version = (yield from contents(header, 4))[0]
    fields = yield from contents(header, 32 if version == 1 else 20)
    if version == 1:
        scale, duration = int.from_bytes(fields[20:24], "big"), int.from_bytes(fields[24:32], "big")
    else:
        scale, duration = int.from_bytes(fields[12:16], "big"), int.from_bytes(fields[16:20], "big")
    return None if scale == 0 or duration in UNTOLD else duration * 1000 // scale


def _only(tracks: list[_Track]) -> _Track:
    if not tracks:
        raise Permanent("video-without-picture", "there is no video track in it")
    if len(tracks) > 1:
        # Rekognition looks at one of them, and nobody knows which of them a viewer's player shows.
        raise Permanent("video-ambiguous", f"there are {len(tracks)} video tracks in it; only one can be judged")
    (track,) = tracks
    if track.codec in ENCRYPTED:
        raise Permanent("video-encrypted", "its frames are encrypted")
    if track.codec not in H264:
        named = CODECS.get(track.codec) or repr(track.codec.decode("ascii", "replace"))
        raise Permanent("video-codec-not-supported", f"it is encoded as {named}; Rekognition reads H.264")
    return track


def _hours(duration_ms: int) -> str:
    minutes = duration_ms // 60_000
    return f"{minutes // 60} h {minutes % 60} min"
