import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.domain.formats import PEEK_BYTES, ImageFormat, VideoFormat, image_format, recognise
from shared.contracts.words import MediaKind
from shared.errors import Permanent
from tests import media, uploads

FORMATS = {
    "cmyk jpeg": ImageFormat.JPEG,
    "stereo jpeg": ImageFormat.JPEG,
    "progressive jpeg": ImageFormat.JPEG,
    "animated png": ImageFormat.PNG,
    "animated gif": ImageFormat.GIF,
    "animated webp": ImageFormat.WEBP,
    "heic": ImageFormat.HEIF,
    "avif": ImageFormat.AVIF,
    "bmp": ImageFormat.BMP,
    "float tiff": ImageFormat.TIFF,
}


@pytest.mark.parametrize("name", FORMATS)
def test_images_are_recognised_by_their_first_bytes(name: str) -> None:
    recognised = recognise(uploads.READABLE[name]()[:PEEK_BYTES])
    assert (recognised.image, recognised.kind) == (FORMATS[name], MediaKind.IMAGE)


@pytest.mark.parametrize(
    ("start", "format_"),
    [(media.mp4(), VideoFormat.MP4), (media.quicktime(), VideoFormat.MOV), (media.webm(), None), (media.avi(), None)],
)
def test_videos_are_recognised_and_told_apart_from_what_is_no_media_at_all(
    start: bytes, format_: VideoFormat | None
) -> None:
    recognised = recognise(start)
    assert (recognised.kind, recognised.video, recognised.image) == (MediaKind.VIDEO, format_, None)


@pytest.mark.parametrize(
    ("start", "name"),
    [
        (media.svg(), "an SVG document"),
        (b"<svg/>", "an SVG document"),
        (media.html(), "an HTML document"),
        (b"<?xml version='1.0'?><rss/>", "an XML document"),
        (media.json_text(), "JSON text"),
        (media.text(), "text"),
        (b"\xef\xbb\xbfwith a byte order mark", "text"),
        (media.pdf(), "a PDF document"),
        (media.archive(), "a ZIP archive"),
        (media.jpeg_xl(), "a JPEG XL image"),
        (media.random_bytes(), "data of an unknown kind"),
        (b"\x00" * 100, "data of an unknown kind"),
        (b"BM, the initials of a text", "text"),
        (b"RIFF\x00\x00\x00\x00WAVEfmt ", "a WAV recording"),
        (b"\x00\x00\x00\x14ftypM4A \x00\x00\x00\x00M4A ", "an MPEG-4 recording"),
    ],
)
def test_what_is_no_image_is_refused_by_its_name(start: bytes, name: str) -> None:
    with pytest.raises(Permanent) as caught:
        image_format(recognise(start))
    assert caught.value.code == "not-media"
    assert f"recognised as {name}" in caught.value.detail
    assert "JPEG" in caught.value.detail


def test_a_heif_with_a_generic_main_brand_is_told_by_its_compatible_brands() -> None:
    def ftyp(*brands: bytes) -> bytes:
        body = brands[0] + bytes(4) + b"".join(brands[1:])
        return (len(body) + 8).to_bytes(4, "big") + b"ftyp" + body + b"moreavif"

    assert recognise(ftyp(b"mif1", b"heic")).image is ImageFormat.HEIF
    assert recognise(ftyp(b"mif1", b"avif", b"miaf")).image is ImageFormat.AVIF


def test_a_character_that_is_cut_where_the_peek_ends_is_still_text() -> None:
    assert recognise(("x" + "ü" * PEEK_BYTES).encode()[:PEEK_BYTES]).name == "text"


@given(st.binary(max_size=PEEK_BYTES))
def test_everything_is_recognised_as_something(start: bytes) -> None:
    assert recognise(start).name
