import io
from functools import cache

import imagehash
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from services.ingest.adapters.decoding import read_image
from services.ingest.adapters.images import PillowImages
from services.ingest.adapters.pixels import rekognition_jpeg
from services.ingest.domain.formats import ImageFormat, image_format, recognise
from services.ingest.domain.images import DERIVATIVE_PIXELS, MAX_OBJECT_BYTES, MAX_SIDE_PX, MIN_SIDE_PX
from services.ingest.handler.ports import Derivative, ImageRead
from services.ingest.settings import MIB
from shared.errors import Permanent
from tests import media, uploads

DECODE_BYTES = 640 * MIB
BECAUSE = {
    "cmyk jpeg": "colours",
    "transparent png": "transparency",
    "transparent palette png": "transparency",
    "animated png": "animation, frame 1",
    "gif": "format",
    "animated gif": "format, frame 1",
    "webp": "format",
    "animated webp": "format, frame 1",
    "heic": "format",
    "avif": "format",
    "bmp": "format",
    "tiff": "format",
    "cmyk tiff": "format",
    "float tiff": "format",
}


@pytest.fixture(autouse=True)
def pillow() -> None:
    PillowImages(max_decode_bytes=DECODE_BYTES, parallel=1)


def read(original: bytes) -> ImageRead:
    return read_image(original, image_format(recognise(original)), DECODE_BYTES)


def derivative(original: bytes) -> Derivative:
    found = read(original).derivative
    assert found is not None
    return found


def shown(jpeg: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(jpeg))
    image.load()
    return image


@cache
def scene_hash(seed: int = 0) -> imagehash.ImageHash:
    return imagehash.phash(media.picture(seed=seed))


def distance(hexadecimal: str, seed: int = 0) -> int:
    """How many of the 64 bits differ from the scene's."""
    return int(imagehash.hex_to_hash(hexadecimal) - scene_hash(seed))


@pytest.mark.parametrize("name", uploads.READABLE)
def test_every_format_is_read_and_replaced_exactly_where_rekognition_would_refuse_it(name: str) -> None:
    image = read(uploads.READABLE[name]())
    assert (image.width_px, image.height_px) == media.SIZE
    assert (image.derivative.because if image.derivative else None) == BECAUSE.get(name)
    assert len(image.perceptual_hash) == 16
    if image.derivative is not None:
        jpeg = shown(image.derivative.body)
        assert (jpeg.format, jpeg.mode, jpeg.size) == ("JPEG", "RGB", media.SIZE)


@pytest.mark.parametrize("name", [name for name in uploads.READABLE if "transparent" not in name])
def test_the_same_scene_has_the_same_perceptual_hash_in_every_format(name: str) -> None:
    assert distance(read(uploads.READABLE[name]()).perceptual_hash) <= 4


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_turned_picture_is_hashed_as_people_see_it(orientation: int) -> None:
    assert distance(read(media.jpeg_turned(orientation)).perceptual_hash) <= 2


@pytest.mark.parametrize("orientation", range(2, 9))
def test_the_stored_pixels_of_a_turned_picture_look_different(orientation: int) -> None:
    """So that the test above would fail if EXIF were not heeded."""
    stored = Image.open(io.BytesIO(media.jpeg_turned(orientation)))
    assert imagehash.phash(stored) - scene_hash() > 10


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_derivative_stands_upright(orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    webp = media.encoded(Image.open(io.BytesIO(media.jpeg_turned(orientation))), "WEBP", exif=exif, quality=95)
    jpeg = shown(derivative(webp).body)
    assert jpeg.size == media.SIZE
    assert not jpeg.getexif()
    assert imagehash.phash(jpeg) - scene_hash() <= 2


@pytest.mark.filterwarnings("ignore::UserWarning:PIL")  # Pillow tells of damage that it can live with
def test_exif_that_cannot_be_read_is_passed_over() -> None:
    broken = media.encoded(media.picture(), "JPEG", exif=b"Exif\x00\x00II*\x00\xff\xff\xff\xff")
    assert distance(read(broken).perceptual_hash) <= 2


def test_transparency_becomes_white_and_shows_nothing_of_what_it_hid() -> None:
    jpeg = shown(derivative(media.transparent_png()).body)
    assert jpeg.convert("L").crop((100, 20, 150, 100)).getextrema() == (255, 255)


def test_sixteen_bit_greys_keep_their_shades() -> None:
    tiff = media.encoded(Image.open(io.BytesIO(media.sixteen_bit_png())), "TIFF")
    scene, jpeg = media.picture().convert("L"), shown(derivative(tiff).body).convert("L")
    for point in ((10, 10), (80, 60), (150, 110)):
        assert abs(scene.getpixel(point) - jpeg.getpixel(point)) < 12  # type: ignore[operator]


def test_the_first_frame_that_shows_something_stands_for_an_animation() -> None:
    image = read(media.animated_gif(blank_frames=3))
    assert image.derivative is not None
    assert image.derivative.because == "format, frame 4"
    assert distance(image.perceptual_hash) <= 2


def test_an_animation_of_blank_frames_is_its_first() -> None:
    frames = [Image.new("RGB", media.SIZE, (n, 0, 0)) for n in range(4)]
    gif = media.encoded(frames[0], "GIF", save_all=True, append_images=frames[1:], optimize=False)
    assert derivative(gif).because == "format, frame 1"


def test_the_search_for_a_frame_that_shows_something_ends() -> None:
    frames = [*(Image.new("RGB", media.SIZE, (0, n % 2 * 4, 0)) for n in range(60)), media.picture()]
    gif = media.encoded(frames[0], "GIF", save_all=True, append_images=frames[1:], optimize=False)
    assert derivative(gif).because == "format, frame 1"


def test_more_than_ten_thousand_pixels_on_a_side_are_shrunk() -> None:
    image = read(media.wide_jpeg(10_001, 1_000))
    assert (image.width_px, image.height_px) == (10_001, 1_000)
    assert image.derivative is not None
    assert image.derivative.because == "dimensions"
    jpeg = shown(image.derivative.body)
    assert max(jpeg.size) <= MAX_SIDE_PX
    assert DERIVATIVE_PIXELS * 0.95 < jpeg.width * jpeg.height <= DERIVATIVE_PIXELS


def test_ten_thousand_pixels_are_taken_as_they_are() -> None:
    assert read(media.wide_jpeg(10_000, 100)).derivative is None


def test_a_strip_that_shrinks_below_the_least_side_gets_a_border() -> None:
    jpeg = shown(derivative(media.wide_jpeg(20_000, 100)).body)
    assert jpeg.size == (MAX_SIDE_PX, MIN_SIDE_PX)
    assert jpeg.convert("L").crop((0, 0, MAX_SIDE_PX, 2)).histogram()[:250] == [0] * 250


def test_a_file_of_more_than_fifteen_megabytes_is_shrunk() -> None:
    original = media.large_jpeg()
    assert len(original) > MAX_OBJECT_BYTES
    found = derivative(original)
    assert found.because == "size"
    assert len(found.body) <= MAX_OBJECT_BYTES


def test_a_derivative_that_would_be_too_large_is_encoded_worse() -> None:
    noise = Image.effect_noise((6_000, 6_000), 120).convert("RGB")
    assert len(media.encoded(noise, "JPEG", quality=90)) > MAX_OBJECT_BYTES
    assert len(rekognition_jpeg(noise)) <= MAX_OBJECT_BYTES


@pytest.mark.parametrize("name", [name for name, (_, code) in uploads.REFUSED.items() if code.startswith("image-")])
def test_damaged_and_impossible_images_are_refused_with_their_reason(name: str) -> None:
    make, code = uploads.REFUSED[name]
    with pytest.raises(Permanent) as caught:
        read(make())
    assert caught.value.code == code
    assert caught.value.detail


def test_the_memory_that_decoding_would_take_is_known_before_it_is_taken() -> None:
    with pytest.raises(Permanent, match="image-too-many-pixels") as caught:
        read_image(media.webp(), ImageFormat.WEBP, 160 * 120 * 19)
    assert "160 × 120 px" in caught.value.detail
    assert read_image(media.jpeg(), ImageFormat.JPEG, 160 * 120 * 19).width_px == 160


def test_what_claims_another_format_than_it_is_never_reaches_another_decoder() -> None:
    with pytest.raises(Permanent, match="image-unreadable"):
        read_image(media.tiff(), ImageFormat.JPEG, DECODE_BYTES)


@pytest.mark.filterwarnings("ignore::UserWarning:PIL")  # Pillow tells of damage that it can live with
@settings(max_examples=150, deadline=None)
@given(
    name=st.sampled_from(sorted(uploads.READABLE)),
    where=st.lists(st.tuples(st.floats(0, 1), st.integers(1, 255)), min_size=1, max_size=8),
    kept=st.floats(0.05, 1),
)
def test_no_damage_to_any_format_is_a_defect(name: str, where: list[tuple[float, int]], kept: float) -> None:
    whole = bytearray(_made(name))
    for place, flip in where:
        whole[12 + int(place * (len(whole) - 13))] ^= flip
    damaged = bytes(whole[: max(20, int(len(whole) * kept))])
    try:
        image = read(damaged)
    except Permanent:
        return
    assert image.width_px >= MIN_SIDE_PX


@cache
def _made(name: str) -> bytes:
    return uploads.READABLE[name]()
