"""Draws the demo's videos: `python -m cli.demo.films` writes them beside this file.

They are kept as files, a few kilobytes each, since encoding takes PyAV, which only tests and the emulator have.
"""

import random
from pathlib import Path
from typing import Any, Final

import av
from PIL import Image, ImageDraw

FOLDER: Final = Path(__file__).parent
SIZE: Final = (320, 240)
FRAMES_PER_S: Final = 5
DURATIONS_S: Final = {"parade": 5, "street": 8}


def draw(title: str, duration_s: int) -> None:
    """H.264 in MP4: shapes that cross the picture, others for each title."""
    chance = random.Random(title)  # noqa: S311  art, not secrets
    shapes = [(chance.randrange(SIZE[1]), chance.randrange(15, 50), _colour(chance)) for _ in range(5)]
    ground = _colour(chance)
    options = {"preset": "veryslow", "crf": "38", "tune": "animation"}
    with av.open(FOLDER / f"{title}.mp4", "w", options={"movflags": "+faststart", "fflags": "+bitexact"}) as film:
        stream: Any = film.add_stream("libx264", rate=FRAMES_PER_S, options=options)
        stream.width, stream.height = SIZE
        stream.pix_fmt = "yuv420p"
        frame: Any = av.VideoFrame
        count = duration_s * FRAMES_PER_S
        for number in range(count):
            image = Image.new("RGB", SIZE, ground)
            pen = ImageDraw.Draw(image)
            for place, (y, size, colour) in enumerate(shapes):
                x = int((number / count + place / 5) % 1 * SIZE[0])
                pen.ellipse((x - size, y - size, x + size, y + size), fill=colour)
            pen.text(
                (12, 12), f"{title} {number / FRAMES_PER_S:.1f} s", fill="white", stroke_width=1, stroke_fill="black"
            )
            film.mux(stream.encode(frame.from_image(image)))
        film.mux(stream.encode())


def _colour(chance: random.Random) -> tuple[int, int, int]:
    return chance.randrange(256), chance.randrange(256), chance.randrange(256)


if __name__ == "__main__":
    for name, length_s in DURATIONS_S.items():
        draw(name, length_s)
