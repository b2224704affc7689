"""Real files for tests, made on the spot: every format that INGEST takes, and every kind of file that it refuses.

`picture` is the one scene that most of them show: asymmetric, so that a wrong turn or flip is seen.
"""

import io
import struct
import zlib
from typing import Any, Final

from PIL import Image, ImageDraw
from pillow_heif import from_pillow

SIZE: Final = (160, 120)


def picture(size: tuple[int, int] = SIZE, seed: int = 0) -> Image.Image:
    """A scene with a bright corner, a dark bar and shapes whose places depend on `seed`."""
    width, height = size
    image = Image.linear_gradient("L").resize(size).convert("RGB")
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, width // 3, height // 4), fill=(250, 240, 90))
    draw.rectangle((width * 3 // 4, height // 3, width, height), fill=(20, 30, 120))
    for n in range(6):
        x, y = (seed * 37 + n * 53) % width, (seed * 61 + n * 29) % height
        draw.ellipse((x, y, x + width // 6, y + height // 6), fill=(40 * n, 255 - 30 * n, (seed * 16 + 60) % 256))
    return image


def encoded(image: Image.Image, format_: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, format_, **options)
    return buffer.getvalue()


def jpeg(size: tuple[int, int] = SIZE, seed: int = 0, *, quality: int = 90) -> bytes:
    return encoded(picture(size, seed), "JPEG", quality=quality)


def progressive_jpeg(size: tuple[int, int] = SIZE) -> bytes:
    return encoded(picture(size), "JPEG", progressive=True)


def jpeg_turned(orientation: int) -> bytes:
    """The scene, stored so that a viewer who heeds this EXIF orientation (1 to 8) sees it upright."""
    undo = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}
    image = picture()
    stored = image if orientation == 1 else image.transpose(Image.Transpose(undo[orientation]))
    exif = Image.Exif()
    exif[0x0112] = orientation
    return encoded(stored, "JPEG", quality=95, exif=exif)


def cmyk_jpeg() -> bytes:
    return encoded(picture().convert("CMYK"), "JPEG")


def grey_jpeg() -> bytes:
    return encoded(picture().convert("L"), "JPEG")


def stereo_jpeg() -> bytes:
    """A Multi-Picture Object, as phones and stereo cameras write: a JPEG with a second one behind it."""
    return encoded(picture(), "MPO", save_all=True, append_images=[picture(seed=1)])


def large_jpeg() -> bytes:
    """Noise that compresses so badly that 5,000 × 4,000 px come to more than 15 MB."""
    return encoded(Image.effect_noise((5000, 4000), 120).convert("RGB"), "JPEG", quality=98)


def wide_jpeg(width_px: int = 10_001, height_px: int = 120) -> bytes:
    return jpeg((width_px, height_px))


def png(size: tuple[int, int] = SIZE, seed: int = 0) -> bytes:
    return encoded(picture(size, seed), "PNG")


def transparent_png() -> bytes:
    """The scene's left half; the right half is fully transparent over hidden red."""
    image = picture().convert("RGBA")
    image.paste((255, 0, 0, 0), (SIZE[0] // 2, 0, SIZE[0], SIZE[1]))
    return encoded(image, "PNG")


def opaque_alpha_png() -> bytes:
    return encoded(picture().convert("RGBA"), "PNG")


def palette_png() -> bytes:
    return encoded(picture().quantize(64), "PNG")


def transparent_palette_png() -> bytes:
    return encoded(picture().quantize(64), "PNG", transparency=0)


def sixteen_bit_png() -> bytes:
    """The scene in 16-bit greys: values go up to 65,280."""
    grey = picture().convert("L")
    values = b"".join(struct.pack("<H", value << 8) for value in grey.tobytes())
    return encoded(Image.frombytes("I;16", SIZE, values), "PNG")


def animated_png() -> bytes:
    return encoded(picture(), "PNG", save_all=True, append_images=[picture(seed=1)], duration=100)


def gif() -> bytes:
    return encoded(picture().quantize(128), "GIF")


def animated_gif(blank_frames: int = 0) -> bytes:
    """Three frames of the scene, after as many that are plain black."""
    blank = [Image.new("RGB", SIZE) for _ in range(blank_frames)]
    frames = [*blank, *(picture(seed=seed) for seed in range(3))]
    # Frames that are equal would be written as one with a longer duration.
    for number, frame in enumerate(blank):
        frame.putpixel((0, 0), (number + 1, 0, 0))
    return encoded(frames[0], "GIF", save_all=True, append_images=frames[1:], duration=80, optimize=False)


def webp(*, lossless: bool = False) -> bytes:
    return encoded(picture(), "WEBP", lossless=lossless)


def animated_webp() -> bytes:
    return encoded(picture(), "WEBP", save_all=True, append_images=[picture(seed=1)], duration=80)


def heic(size: tuple[int, int] = SIZE) -> bytes:
    return heic_of(picture(size))


def heic_of(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    from_pillow(image).save(buffer, quality=90)
    return buffer.getvalue()


def avif() -> bytes:
    return encoded(picture(), "AVIF")


def bmp() -> bytes:
    return encoded(picture(), "BMP")


def tiff() -> bytes:
    return encoded(picture(), "TIFF", compression="tiff_lzw")


def cmyk_tiff() -> bytes:
    return encoded(picture().convert("CMYK"), "TIFF")


def float_tiff() -> bytes:
    return encoded(picture().convert("F"), "TIFF")


def slow_jpeg() -> bytes:
    """A progressive JPEG whose last scan is repeated 200 times; each costs a decoder a pass over the whole picture."""
    whole = progressive_jpeg()
    start = whole.rfind(b"\xff\xda")
    return whole[:start] + whole[start:-2] * 200 + whole[-2:]


def truncated_jpeg() -> bytes:
    whole = jpeg((640, 480))
    return whole[: len(whole) // 2]


def truncated_png() -> bytes:
    whole = png((640, 480))
    return whole[: len(whole) // 2]


def truncated_webp() -> bytes:
    whole = webp(lossless=True)
    return whole[: len(whole) // 2]


def corrupt_heic() -> bytes:
    """A whole HEIC whose coded picture is overwritten."""
    whole = bytearray(heic())
    start = whole.find(b"mdat") + 8
    whole[start:] = b"\xaa" * (len(whole) - start)
    return bytes(whole)


def heic_that_ends_early() -> bytes:
    """A whole HEIC whose item location names only the first bytes of its coded picture."""
    whole = heic()
    coded_bytes = len(whole) - whole.find(b"mdat") - 4
    return whole.replace(struct.pack(">I", coded_bytes), struct.pack(">I", 100), 1)


def corrupt_png() -> bytes:
    """A whole PNG with one wrong checksum."""
    whole = bytearray(png())
    whole[whole.find(b"IDAT") + 8] ^= 0xFF
    return bytes(whole)


def decompression_bomb_png(side_px: int = 50_000) -> bytes:
    """A PNG of some kilobytes that announces `side_px` by `side_px` pixels."""
    header = struct.pack(">IIBBBBB", side_px, side_px, 8, 2, 0, 0, 0)
    return _png_file(header, zlib.compress(bytes(1_000_000), 9))


def one_pixel_png() -> bytes:
    return encoded(Image.new("RGB", (1, 1), (10, 20, 30)), "PNG")


def svg() -> bytes:
    return b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg" width="200" height="200"><rect/></svg>\n'


def html() -> bytes:
    return b"<!DOCTYPE html>\n<html><head><title>Not found</title></head><body>404</body></html>\n"


def text() -> bytes:
    return "A letter, renamed to .jpg. Ünïcode included.\n".encode() * 20


def json_text() -> bytes:
    return b'{"error": "AccessDenied", "bucket": "photos"}'


def pdf() -> bytes:
    return b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


def archive() -> bytes:
    return b"PK\x03\x04\x14\x00\x00\x00\x08\x00" + bytes(40)


def jpeg_xl() -> bytes:
    return b"\x00\x00\x00\x0cJXL \r\n\x87\n" + bytes(100)


def random_bytes() -> bytes:
    return bytes((n * 73 + 41) % 256 for n in range(2000)).replace(b"\x00", b"\xfe")


def mp4() -> bytes:
    """What an MP4 begins with: enough to be recognised, no film."""
    brands = b"isom" + struct.pack(">I", 512) + b"isomiso2avc1mp41"
    return struct.pack(">I", len(brands) + 8) + b"ftyp" + brands + struct.pack(">I", 8) + b"free" + bytes(200)


def quicktime() -> bytes:
    return struct.pack(">I", 20) + b"ftypqt  " + bytes(4) + b"qt  " + bytes(200)


def webm() -> bytes:
    return b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01" + bytes(200)


def avi() -> bytes:
    return b"RIFF" + struct.pack("<I", 200) + b"AVI LIST" + bytes(190)


def _png_file(header: bytes, compressed: bytes) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", compressed) + chunk(b"IEND", b"")
