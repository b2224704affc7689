"""Sides, hashes and thumbnails of real files."""

import pytest

from cli.dataset.duplicates import NEAR_BITS, Hashes
from cli.dataset.listing import Candidate
from cli.dataset.pictures import HEADER_BYTES, Pictures, distance, hashed_look, small
from cli.dataset.state import Look
from shared.errors import Permanent
from tests import media
from tests.fakes.dataset import FakeRepository, Planted, picture


def of(content: bytes) -> tuple[Pictures, Candidate]:
    planted = Planted(content=content)
    fake = FakeRepository({"a.jpg": planted})
    return Pictures(fake, "raw"), Candidate(number=1, key="a.jpg", etag=planted.etag, size_bytes=len(content))


@pytest.mark.parametrize("hashed", [True, False])
@pytest.mark.parametrize("orientation", range(1, 9))
async def test_sides_are_those_of_the_upright_picture(orientation: int, hashed: bool) -> None:
    pictures, image = of(media.jpeg_turned(orientation))
    look = await pictures.look(image, hashed=hashed)
    assert look is not None
    assert (look.width, look.height) == media.SIZE


async def test_a_header_behind_much_metadata_is_found_all_the_same() -> None:
    content = media.jpeg()
    # Eight comments of 60 KB in front of the frame header.
    comment = b"\xff\xfe" + (60_002).to_bytes(2, "big") + bytes(60_000)
    pictures, image = of(content[:2] + 8 * comment + content[2:])
    assert image.size_bytes > 4 * HEADER_BYTES
    assert await pictures.look(image, hashed=False) == Look(width=160, height=120)


async def test_what_is_no_picture_has_no_look_and_what_has_changed_is_told() -> None:
    pictures, image = of(b"\xff\xd8\xff nothing")
    assert await pictures.look(image, hashed=True) is None
    assert await pictures.look(image, hashed=False) is None
    with pytest.raises(Permanent, match="image-changed"):
        await pictures.look(Candidate(number=1, key="a.jpg", etag="other", size_bytes=5), hashed=True)


def test_a_copy_in_another_size_or_quality_looks_the_same_and_another_picture_does_not() -> None:
    original = hashed_look(picture(1, (400, 320))).hash
    copies = [hashed_look(picture(1, size)).hash for size in ((200, 160), (640, 512))]
    others = [hashed_look(picture(seed, (400, 320))).hash for seed in range(2, 40)]
    assert original is not None
    assert all(each is not None and distance(original, each) <= NEAR_BITS for each in copies)
    assert all(each is not None and distance(original, each) > 2 * NEAR_BITS for each in others)


def test_the_nearest_of_many_is_found() -> None:
    hashes = Hashes()
    assert hashes.near("0" * 16) is None
    hashes.add("00000000000000ff", "far.jpg")
    hashes.add("0000000000000003", "near.jpg")
    assert hashes.near("0" * 16) == "near.jpg"
    assert hashes.near("f" * 16) is None


def test_a_thumbnail_keeps_its_shape() -> None:
    assert small(media.jpeg((800, 400)), 140).size == (140, 70)
