"""Recognises what bytes are by their first few, never by a name or a declared type, which producers get wrong.

A table of our own and no library: INGEST needs a dozen signatures and what each means for it. The libraries that
guess file types weigh file names or score candidates, and here a wrong guess would only surface as another reason
in quarantine; what an image really holds, its decoder says afterwards.
"""

from codecs import getincrementaldecoder
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from shared.contracts.words import MediaKind
from shared.errors import Permanent

PEEK_BYTES: Final = 4096
"""How much of an object is enough to recognise it."""


class ImageFormat(StrEnum):
    JPEG = "jpeg"
    PNG = "png"
    GIF = "gif"
    WEBP = "webp"
    HEIF = "heif"
    AVIF = "avif"
    BMP = "bmp"
    TIFF = "tiff"


class VideoFormat(StrEnum):
    MP4 = "mp4"
    MOV = "mov"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognised:
    """`name` is for people; `image` is set for the formats that INGEST decodes, `video` for those that Rekognition
    reads, `kind` for whatever is an image or a video."""

    name: str
    kind: MediaKind | None = None
    image: ImageFormat | None = None
    video: VideoFormat | None = None


def _image(format_: ImageFormat, name: str) -> Recognised:
    return Recognised(name=name, kind=MediaKind.IMAGE, image=format_)


def _video(name: str, format_: VideoFormat | None = None) -> Recognised:
    return Recognised(name=name, kind=MediaKind.VIDEO, video=format_)


def _other(name: str) -> Recognised:
    return Recognised(name=name)


AT_START: Final = (
    (b"\xff\xd8\xff", _image(ImageFormat.JPEG, "a JPEG image")),
    (b"\x89PNG\r\n\x1a\n", _image(ImageFormat.PNG, "a PNG image")),
    (b"GIF87a", _image(ImageFormat.GIF, "a GIF image")),
    (b"GIF89a", _image(ImageFormat.GIF, "a GIF image")),
    (b"II*\x00", _image(ImageFormat.TIFF, "a TIFF image")),
    (b"MM\x00*", _image(ImageFormat.TIFF, "a TIFF image")),
    (b"II+\x00", _image(ImageFormat.TIFF, "a BigTIFF image")),
    (b"MM\x00+", _image(ImageFormat.TIFF, "a BigTIFF image")),
    (b"\x1a\x45\xdf\xa3", _video("a Matroska or WebM video")),
    (b"\x00\x00\x01\xba", _video("an MPEG video")),
    (b"\x00\x00\x01\xb3", _video("an MPEG video")),
    (b"FLV\x01", _video("a Flash video")),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", _video("a Windows Media video")),
    (b"\x00\x00\x00\x0cjP  \r\n\x87\n", _other("a JPEG 2000 image, which is not among the formats read here")),
    (b"\x00\x00\x00\x0cJXL \r\n\x87\n", _other("a JPEG XL image, which is not among the formats read here")),
    (b"\xff\x0a", _other("a JPEG XL image, which is not among the formats read here")),
    (b"8BPS", _other("a Photoshop document, which is not among the formats read here")),
    (b"\x00\x00\x01\x00", _other("an icon, which is not among the formats read here")),
    (b"%PDF-", _other("a PDF document")),
    (b"PK\x03\x04", _other("a ZIP archive or an office document")),
    (b"\x1f\x8b", _other("gzip-compressed data")),
    (b"Rar!\x1a\x07", _other("a RAR archive")),
    (b"7z\xbc\xaf\x27\x1c", _other("a 7-Zip archive")),
    (b"OggS", _other("an Ogg stream")),
    (b"ID3", _other("an MP3 recording")),
    (b"fLaC", _other("a FLAC recording")),
    (b"\x7fELF", _other("a program")),
    (b"MZ", _other("a program")),
)
RIFF: Final = {
    b"WEBP": _image(ImageFormat.WEBP, "a WebP image"),
    b"AVI ": _video("an AVI video"),
    b"WAVE": _other("a WAV recording"),
}
AVIF_BRANDS: Final = frozenset({b"avif", b"avis"})
HEIF_BRANDS: Final = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"mif2", b"msf1"})
AUDIO_BRANDS: Final = frozenset({b"M4A ", b"M4B "})
QUICKTIME_BRAND: Final = b"qt  "
TS_PACKET_BYTES: Final = 188
"""An MPEG transport stream repeats its sync byte 0x47 at this distance."""
BMP_HEADER_SIZES: Final = frozenset({12, 40, 52, 56, 64, 108, 124})


def recognise(start: bytes) -> Recognised:
    """What begins like this; give it the first PEEK_BYTES or more."""
    for signature, recognised in AT_START:
        if start.startswith(signature):
            return recognised
    if start[:4] == b"RIFF":
        return RIFF.get(start[8:12], _other("a RIFF file of an unknown kind"))
    if start[4:8] == b"ftyp":
        return _isobmff(start)
    if start[4:8] in (b"moov", b"mdat", b"wide", b"free"):
        return _video("a QuickTime video", VideoFormat.MOV)
    if start[:2] == b"BM" and int.from_bytes(start[14:18], "little") in BMP_HEADER_SIZES:
        return _image(ImageFormat.BMP, "a BMP image")
    if start[:1] == b"\x47" and start[TS_PACKET_BYTES : TS_PACKET_BYTES + 1] == b"\x47":
        return _video("an MPEG transport stream")
    return _text(start)


def _isobmff(start: bytes) -> Recognised:
    """The ISO base media file format holds photos, films and sound alike; its brands tell which.

    The compatible brands count too: a photo's main brand may be the generic `mif1`, whichever codec it uses.
    """
    length = int.from_bytes(start[:4], "big")
    brands = [start[8:12], *(start[at : at + 4] for at in range(16, min(length, len(start)), 4))]
    if not AVIF_BRANDS.isdisjoint(brands):
        return _image(ImageFormat.AVIF, "an AVIF image")
    if brands[0] in HEIF_BRANDS:
        return _image(ImageFormat.HEIF, "a HEIF (HEIC) image")
    if brands[0] in AUDIO_BRANDS:
        return _other("an MPEG-4 recording")
    if brands[0] == QUICKTIME_BRAND:
        return _video("a QuickTime video", VideoFormat.MOV)
    return _video("an MPEG-4 video", VideoFormat.MP4)


def _text(start: bytes) -> Recognised:
    start = start[:PEEK_BYTES]
    try:
        # A character of several bytes may be cut where we stopped looking.
        text = getincrementaldecoder("utf-8-sig")().decode(start, final=len(start) < PEEK_BYTES)
    except UnicodeDecodeError:
        return _other("data of an unknown kind")
    if "\x00" in text:
        return _other("data of an unknown kind")
    lowered = text.lstrip().lower()
    if "<svg" in lowered:
        return _other("an SVG document, which is drawing instructions and no pixels")
    if lowered.startswith(("<!doctype html", "<html")) or "<body" in lowered:
        return _other("an HTML document")
    if lowered.startswith("<?xml"):
        return _other("an XML document")
    return _other("JSON text" if lowered.startswith(("{", "[")) else "text")


def image_format(recognised: Recognised) -> ImageFormat:
    """The format to decode. Raises Permanent for everything else, saying what it is and what would be taken."""
    if recognised.image is None:
        known = ", ".join(format_.upper() for format_ in ImageFormat)
        raise Permanent("not-media", f"recognised as {recognised.name}; send one of {known}, or H.264 in MP4 or MOV")
    return recognised.image
