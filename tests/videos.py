"""Real small videos for tests, made on the spot and kept for the run of the tests: what Rekognition reads (H.264 in MP4
or MOV), and what it doesn't.

The same arguments give the same bytes, and another `seed` other bytes, so a labels file can know a video by its hash.
"""

import functools
import io
import tempfile
from fractions import Fraction
from typing import Any, Final

import av
from PIL import ImageDraw

from tests import media

H264: Final = "libx264"
"""The other encoders that tests use: libx265, mpeg4, libvpx-vp9."""

SIX_HOURS_S: Final = 6 * 3600


@functools.cache
def make_video(
    duration_s: float = 2.0,
    size: tuple[int, int] = media.SIZE,
    *,
    codec: str = H264,
    container: str = "mp4",
    fps: Fraction | int = 10,
    faststart: bool = False,
    fragmented: bool = False,
    full_range: bool = False,
    sound: bool = False,
    seed: int = 0,
) -> bytes:
    """`media.picture(size, seed)` with a white bar that moves from left to right once.

    `codec` is the name of FFmpeg's encoder, `container` FFmpeg's format: mp4, mov, webm, matroska, avi. `faststart`
    puts the header before the frames; without it a reader finds it at the end of the file. `fragmented` is as streaming
    servers write it, with a header that tells no duration. Sizes must be even.
    """
    flags = [*(["faststart"] if faststart else []), *(["frag_keyframe", "empty_moov"] if fragmented else [])]
    options = {"fflags": "+bitexact", **({"movflags": "+".join(flags)} if flags else {})}
    # Not a buffer: for a fast start FFmpeg reads again what it has written.
    with tempfile.NamedTemporaryFile() as file:
        with av.open(file.name, "w", format=container, options=options) as output:
            encoding = _encoder_options(codec) | {"color_range": "pc" if full_range else "tv"}
            video: Any = output.add_stream(codec, rate=Fraction(fps), options=encoding)
            video.width, video.height = size
            video.pix_fmt = "yuv420p"
            audio: Any = output.add_stream("aac", rate=8000) if sound else None
            frames = max(1, round(duration_s * fps))
            for number in range(frames):
                output.mux(video.encode(_frame(size, seed, number / frames)))
            output.mux(video.encode())
            if audio:
                output.mux(_silence(audio, duration_s))
        return file.read()


def long_video(duration_s: int = SIX_HOURS_S + 60, **options: Any) -> bytes:
    """A true video of that length in a few kilobytes: it shows ten frames, one after the other."""
    return make_video(duration_s, fps=Fraction(10, duration_s), **options)


def text_named_mp4() -> bytes:
    """What somebody stored under a video's name."""
    return media.text()


@functools.cache
def sound_only() -> bytes:
    """An MP4 without a picture."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp4", options={"fflags": "+bitexact"}) as output:
        audio: Any = output.add_stream("aac", rate=8000)
        output.mux(_silence(audio, 1.0))
    return buffer.getvalue()


def truncated() -> bytes:
    """The first half of a video whose header stood at the end."""
    whole = make_video()
    return whole[: len(whole) // 2]


def corrupt() -> bytes:
    """A whole header before frames that are overwritten: it can be described and not decoded."""
    whole = bytearray(make_video(faststart=True))
    start = whole.find(b"mdat") + 4
    whole[start:] = b"\xaa" * (len(whole) - start)
    return bytes(whole)


def _encoder_options(codec: str) -> dict[str, str]:
    """One thread, because several would make other bytes each time."""
    fast = {"preset": "ultrafast"} if codec.startswith("libx26") else {}
    quiet = {"x265-params": "log-level=none:pools=1"} if codec == "libx265" else {}
    return {"threads": "1", **fast, **quiet}


def _frame(size: tuple[int, int], seed: int, progress: float) -> Any:
    image = media.picture(size, seed)
    width, height = size
    left = int(progress * width)
    ImageDraw.Draw(image).rectangle((left, height // 2, left + width // 10, height * 3 // 4), fill=(255, 255, 255))
    video_frame: Any = av.VideoFrame  # this part of PyAV has no types
    return video_frame.from_image(image)


def _silence(stream: Any, duration_s: float) -> list[Any]:
    packets: list[Any] = []
    whole_frames = int(duration_s * stream.rate / 1024)  # so that sound never lasts longer than the picture
    for start in range(0, whole_frames * 1024, 1024):
        frame = av.AudioFrame(format="fltp", layout="mono", samples=1024)
        for plane in frame.planes:
            plane.update(bytes(plane.buffer_size))
        frame.sample_rate, frame.pts = stream.rate, start
        packets += stream.encode(frame)
    return [*packets, *stream.encode()]
