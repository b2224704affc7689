"""Rekognition's limits on images."""

import hashlib
from collections.abc import Callable

import pytest
from gavel_emulator.rekognition.errors import RekognitionError
from gavel_emulator.rekognition.images import decode

from tests import media


@pytest.mark.parametrize(
    "make",
    [
        media.jpeg,
        media.progressive_jpeg,
        media.grey_jpeg,
        media.cmyk_jpeg,
        media.stereo_jpeg,
        media.png,
        media.transparent_png,
        media.palette_png,
        media.sixteen_bit_png,
        media.animated_png,
        lambda: media.jpeg((80, 80)),
        lambda: media.png((10_000, 80)),
    ],
)
def test_png_and_jpeg_within_the_limits_are_taken(make: Callable[[], bytes]) -> None:
    content = make()
    picture = decode(content, {"gavel-labels": "Violence:90"})
    assert picture.sha256 == hashlib.sha256(content).hexdigest()
    assert picture.metadata == {"gavel-labels": "Violence:90"}


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda: b"", "InvalidImageFormatException"),
        (media.gif, "InvalidImageFormatException"),
        (media.webp, "InvalidImageFormatException"),
        (media.bmp, "InvalidImageFormatException"),
        (media.tiff, "InvalidImageFormatException"),
        (media.heic, "InvalidImageFormatException"),
        (media.svg, "InvalidImageFormatException"),
        (media.html, "InvalidImageFormatException"),
        (media.random_bytes, "InvalidImageFormatException"),
        (media.truncated_jpeg, "InvalidImageFormatException"),
        (media.truncated_png, "InvalidImageFormatException"),
        (media.corrupt_png, "InvalidImageFormatException"),
        (lambda: media.jpeg()[:10], "InvalidImageFormatException"),
        (lambda: b"\x89PNG\r\n\x1a\n", "InvalidImageFormatException"),
        (media.one_pixel_png, "InvalidParameterException"),
        (lambda: media.jpeg((79, 300)), "InvalidParameterException"),
        (lambda: media.png((300, 79)), "InvalidParameterException"),
        (media.wide_jpeg, "ImageTooLargeException"),
        (lambda: media.png((80, 10_001)), "ImageTooLargeException"),
        (media.decompression_bomb_png, "ImageTooLargeException"),
    ],
)
def test_anything_else_is_refused_by_what_it_is(make: Callable[[], bytes], code: str) -> None:
    with pytest.raises(RekognitionError) as refused:
        decode(make(), {})
    assert (refused.value.code, refused.value.status) == (code, 400)
