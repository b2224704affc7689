"""What people send: every kind of file that INGEST takes, and every kind that it refuses, with why."""

from collections.abc import Callable
from typing import Final

from tests import media

READABLE: Final[dict[str, Callable[[], bytes]]] = {
    "jpeg": media.jpeg,
    "progressive jpeg": media.progressive_jpeg,
    "grey jpeg": media.grey_jpeg,
    "cmyk jpeg": media.cmyk_jpeg,
    "stereo jpeg": media.stereo_jpeg,
    "png": media.png,
    "transparent png": media.transparent_png,
    "opaque alpha png": media.opaque_alpha_png,
    "palette png": media.palette_png,
    "transparent palette png": media.transparent_palette_png,
    "16-bit png": media.sixteen_bit_png,
    "animated png": media.animated_png,
    "gif": media.gif,
    "animated gif": media.animated_gif,
    "webp": media.webp,
    "animated webp": media.animated_webp,
    "heic": media.heic,
    "avif": media.avif,
    "bmp": media.bmp,
    "tiff": media.tiff,
    "cmyk tiff": media.cmyk_tiff,
    "float tiff": media.float_tiff,
}
"""Everything here can be judged, by name."""

REFUSED: Final[dict[str, tuple[Callable[[], bytes], str]]] = {
    "zero bytes": (lambda: b"", "object-empty"),
    "one pixel": (media.one_pixel_png, "image-too-small"),
    "79 px wide": (lambda: media.jpeg((79, 300)), "image-too-small"),
    "79 px high": (lambda: media.png((300, 79)), "image-too-small"),
    "decompression bomb": (media.decompression_bomb_png, "image-too-many-pixels"),
    "jpeg of 200 scans": (media.slow_jpeg, "image-too-many-scans"),
    "truncated jpeg": (media.truncated_jpeg, "image-truncated"),
    "truncated png": (media.truncated_png, "image-truncated"),
    "jpeg of its first bytes": (lambda: media.jpeg()[:10], "image-truncated"),
    "truncated webp": (media.truncated_webp, "image-unreadable"),
    "corrupt png": (media.corrupt_png, "image-unreadable"),
    "corrupt heic": (media.corrupt_heic, "image-unreadable"),
    "heic that ends early": (media.heic_that_ends_early, "image-truncated"),
    "heic of its first bytes": (lambda: media.heic()[:40], "image-unreadable"),
    "svg": (media.svg, "not-media"),
    "html": (media.html, "not-media"),
    "text": (media.text, "not-media"),
    "json": (media.json_text, "not-media"),
    "pdf": (media.pdf, "not-media"),
    "zip": (media.archive, "not-media"),
    "jpeg xl": (media.jpeg_xl, "not-media"),
    "random bytes": (media.random_bytes, "not-media"),
    "mp4": (media.mp4, "video-truncated"),
    "quicktime": (media.quicktime, "video-truncated"),
    "webm": (media.webm, "video-format-not-supported"),
    "avi": (media.avi, "video-format-not-supported"),
}
"""Everything here is refused, by name, with the code of the reason."""
