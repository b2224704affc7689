"""IMAGE_PROPERTIES: colours and quality of real pixels."""

import pytest
from gavel_emulator.rekognition.properties import image_properties, simplified
from PIL import Image

from tests import media


def test_one_colour_is_the_dominant_colour_of_everything() -> None:
    found = image_properties(Image.new("RGB", (400, 300), (47, 79, 79)), max_colors=10)
    expected = [
        {
            "Red": 47,
            "Green": 79,
            "Blue": 79,
            "HexCode": "#2f4f4f",
            "CSSColor": "darkslategray",
            "SimplifiedColor": "grey",
            "PixelPercent": 100.0,
        }
    ]
    assert found["DominantColors"] == expected
    assert found["Foreground"]["DominantColors"] == expected
    assert found["Background"]["DominantColors"] == expected
    assert found["Quality"]["Contrast"] == 0
    assert found["Quality"]["Sharpness"] == 0


def test_foreground_and_background_are_told_apart() -> None:
    image = Image.new("RGB", (200, 200), "white")
    image.paste((255, 0, 0), (50, 50, 150, 150))
    found = image_properties(image, max_colors=2)
    assert [color["CSSColor"] for color in found["Foreground"]["DominantColors"]] == ["red"]
    assert [color["CSSColor"] for color in found["Background"]["DominantColors"]] == ["white"]
    assert [(color["CSSColor"], color["PixelPercent"]) for color in found["DominantColors"]] == [
        ("white", 75.0),
        ("red", 25.0),
    ]


def test_colours_come_by_their_share_and_no_more_than_asked_for() -> None:
    image = media.picture((400, 300))
    ranked = image_properties(image, max_colors=20)["DominantColors"]
    shares = [color["PixelPercent"] for color in ranked]
    assert shares == sorted(shares, reverse=True)
    assert 0 < sum(shares) <= 100.0 + 1e-9
    assert image_properties(image, max_colors=3)["DominantColors"] == ranked[:3]
    assert image_properties(image, max_colors=0)["DominantColors"] == []


def test_brightness_contrast_and_sharpness_follow_the_pixels() -> None:
    black = image_properties(Image.new("RGB", (200, 200)), max_colors=1)["Quality"]
    white = image_properties(Image.new("RGB", (200, 200), "white"), max_colors=1)["Quality"]
    noisy = image_properties(Image.effect_noise((200, 200), 100), max_colors=1)["Quality"]
    assert (black["Brightness"], white["Brightness"]) == (0.0, 100.0)
    assert noisy["Contrast"] > white["Contrast"]
    assert noisy["Sharpness"] > white["Sharpness"]


def test_only_the_whole_picture_has_a_contrast() -> None:
    found = image_properties(media.picture(), max_colors=1)
    assert set(found["Quality"]) == {"Brightness", "Sharpness", "Contrast"}
    assert set(found["Foreground"]["Quality"]) == set(found["Background"]["Quality"]) == {"Brightness", "Sharpness"}


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK", "YCbCr", "I"])
def test_pixels_of_every_mode_are_taken(mode: str) -> None:
    found = image_properties(
        media.picture().convert("RGB").convert("L" if mode == "LA" else "RGB").convert(mode), max_colors=5
    )
    assert found["DominantColors"]


@pytest.mark.parametrize(
    ("rgb", "name"),
    [
        ((0, 0, 0), "black"),
        ((255, 255, 255), "white"),
        ((47, 79, 79), "grey"),
        ((128, 128, 128), "grey"),
        ((255, 0, 0), "red"),
        ((255, 165, 0), "orange"),
        ((139, 69, 19), "brown"),
        ((255, 255, 0), "yellow"),
        ((85, 107, 47), "green"),
        ((0, 0, 255), "blue"),
        ((0, 255, 255), "blue"),
        ((128, 0, 128), "pink"),
        ((75, 0, 130), "purple"),
        ((255, 105, 180), "pink"),
        ((220, 20, 60), "red"),
    ],
)
def test_a_colour_has_an_everyday_name(rgb: tuple[int, int, int], name: str) -> None:
    assert simplified(*rgb) == name
