"""IMAGE_PROPERTIES of DetectLabels, computed from the pixels.

Dominant colours are CSS colours, as in Rekognition's own answers: each pixel counts for the nearest of the 140. The
three qualities are plain statistics on a scale of 0 to 100 (AWS publishes no formula): brightness is the mean of the
luminance, contrast twice its standard deviation, sharpness the strength of the edges. Rekognition segments the picture
into foreground and background; here the foreground is the middle half of each side.
"""

import functools
from collections import Counter
from collections.abc import Mapping
from typing import Any

from PIL import Image, ImageColor, ImageFilter, ImageStat

DEFAULT_DOMINANT_COLORS = 10

# Statistics of a thumbnail are those of the picture, in a thousandth of the time for a large one.
SAMPLE_PX = 256

GREY_CHROMA = 40
"""A colour whose channels are closer together than this has no hue worth naming (darkslategrey is "grey")."""

HUES = ((15, "red"), (45, "orange"), (70, "yellow"), (165, "green"), (255, "blue"), (290, "purple"), (345, "pink"))
"""Where each everyday colour ends, in degrees."""

EDGE_SCALE = 3.0
"""Makes a crisp photograph about 80."""


def image_properties(pixels: Image.Image, *, max_colors: int) -> dict[str, Any]:
    sample = pixels.convert("RGB")
    sample.thumbnail((SAMPLE_PX, SAMPLE_PX))
    foreground = Image.new("L", sample.size, 0)
    width, height = sample.size
    foreground.paste(255, (width // 4, height // 4, width - width // 4, height - height // 4))
    background = foreground.point(lambda level: 255 - level)
    whole = Image.new("L", sample.size, 255)
    return {
        "Quality": _quality(sample, whole, contrast=True),
        "DominantColors": _dominant_colors(sample, whole, max_colors),
        # Rekognition tells the contrast of the whole picture only.
        "Foreground": {
            "Quality": _quality(sample, foreground, contrast=False),
            "DominantColors": _dominant_colors(sample, foreground, max_colors),
        },
        "Background": {
            "Quality": _quality(sample, background, contrast=False),
            "DominantColors": _dominant_colors(sample, background, max_colors),
        },
    }


def box_colors(pixels: Image.Image, box: Mapping[str, float], *, max_colors: int) -> list[dict[str, Any]]:
    """The dominant colours of one bounding box of the API."""
    left, top = box["Left"] * pixels.width, box["Top"] * pixels.height
    right, bottom = left + box["Width"] * pixels.width, top + box["Height"] * pixels.height
    # One pixel at least, however thin the box.
    area = (int(left), int(top), max(int(left) + 1, round(right)), max(int(top) + 1, round(bottom)))
    sample = pixels.convert("RGB").crop(area)
    sample.thumbnail((SAMPLE_PX, SAMPLE_PX))
    return _dominant_colors(sample, Image.new("L", sample.size, 255), max_colors)


def _quality(sample: Image.Image, mask: Image.Image, *, contrast: bool) -> dict[str, float]:
    luminance = sample.convert("L")
    statistics = ImageStat.Stat(luminance, mask)
    # The filter leaves the outermost pixels as they are, which would count as edges.
    inside = (1, 1, sample.width - 1, sample.height - 1)
    edges = ImageStat.Stat(luminance.filter(ImageFilter.FIND_EDGES).crop(inside), mask.crop(inside))
    quality = {
        "Brightness": statistics.mean[0] / 255 * 100,
        "Sharpness": min(100.0, edges.mean[0] / 255 * 100 * EDGE_SCALE),
    }
    if contrast:
        quality["Contrast"] = min(100.0, statistics.stddev[0] / 127.5 * 100)
    return quality


def _dominant_colors(sample: Image.Image, mask: Image.Image, max_colors: int) -> list[dict[str, Any]]:
    # 256 colours stand for all: looking up the nearest CSS colour of every pixel would take seconds.
    reduced = sample.quantize(256, dither=Image.Dither.NONE)
    palette = reduced.getpalette("RGB") or []
    counts: Counter[tuple[int, int, int]] = Counter()
    for index, count in enumerate(reduced.histogram(mask)):
        if count:
            red, green, blue = palette[3 * index : 3 * index + 3]
            counts[_nearest_css(red, green, blue)] += count
    names = _css_colors()
    return [_color(rgb, names[rgb], count / counts.total() * 100) for rgb, count in counts.most_common(max_colors)]


def _nearest_css(red: int, green: int, blue: int) -> tuple[int, int, int]:
    return min(_css_colors(), key=lambda css: (css[0] - red) ** 2 + (css[1] - green) ** 2 + (css[2] - blue) ** 2)


@functools.cache
def _css_colors() -> dict[tuple[int, int, int], str]:
    """Colour to CSS name; of two names for one colour (gray, grey) the first in the list."""
    colors: dict[tuple[int, int, int], str] = {}
    for name in ImageColor.colormap:
        red, green, blue = ImageColor.getrgb(name)[:3]
        colors.setdefault((red, green, blue), name)
    return colors


def _color(rgb: tuple[int, int, int], css: str, percent: float) -> dict[str, Any]:
    red, green, blue = rgb
    return {
        "Red": red,
        "Green": green,
        "Blue": blue,
        "HexCode": f"#{red:02x}{green:02x}{blue:02x}",
        "CSSColor": css,
        "SimplifiedColor": simplified(red, green, blue),
        "PixelPercent": percent,
    }


def simplified(red: int, green: int, blue: int) -> str:
    """The colour in one everyday word, by hue; near-greys by lightness."""
    high, low = max(red, green, blue), min(red, green, blue)
    chroma = high - low
    if chroma < GREY_CHROMA:
        return "black" if high < 40 else "white" if low > 215 else "grey"
    if high == red:
        hue = 60 * ((green - blue) / chroma) % 360
    elif high == green:
        hue = 60 * ((blue - red) / chroma + 2)
    else:
        hue = 60 * ((red - green) / chroma + 4)
    if 10 <= hue < 50 and high < 190:
        return "brown"
    return next((name for bound, name in HUES if hue < bound), "red")
