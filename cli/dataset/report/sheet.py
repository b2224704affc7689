"""The report as one picture: the numbers, the charts, and the contact sheet."""

import io
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Final

from matplotlib.font_manager import findfont
from PIL import Image, ImageDraw, ImageFont

from cli.dataset.report.gallery import SIDE_PX, Group, Shown

WIDTH_PX: Final = 1280
MARGIN_PX: Final = 32
GAP_PX: Final = 12
CAPTION_PX: Final = 34
HEADING_PX: Final = 44
INK: Final = (31, 41, 51)
QUIET: Final = (91, 103, 117)
GROUND: Final = (255, 255, 255)
MISSING: Final = (228, 232, 237)


def contact_sheet(title: str, lines: Sequence[str], charts: bytes, groups: Sequence[Group]) -> bytes:
    """A PNG."""
    chart = Image.open(io.BytesIO(charts))
    lines = [part for line in lines for part in _wrapped(line, 16)]
    columns = (WIDTH_PX - 2 * MARGIN_PX + GAP_PX) // (SIDE_PX + GAP_PX)
    heights = [HEADING_PX + -(-len(group.shown) // columns) * (SIDE_PX + CAPTION_PX + GAP_PX) for group in groups]
    top = MARGIN_PX + 40 + 24 * len(lines) + GAP_PX
    sheet = Image.new("RGB", (WIDTH_PX, top + chart.height + GAP_PX + sum(heights) + MARGIN_PX), GROUND)
    draw = ImageDraw.Draw(sheet)
    draw.text((MARGIN_PX, MARGIN_PX), _fitted(title, 26), fill=INK, font=_font(26))
    for number, line in enumerate(lines):
        draw.text((MARGIN_PX, MARGIN_PX + 40 + 24 * number), line, fill=QUIET, font=_font(16))
    sheet.paste(chart.convert("RGB"), ((WIDTH_PX - chart.width) // 2, top))
    top += chart.height + GAP_PX
    for group, height in zip(groups, heights, strict=True):
        heading = f"{group.title}: {group.total:,}"
        draw.text((MARGIN_PX, top + GAP_PX), heading, fill=INK, font=_font(20))
        if len(group.shown) < group.total:
            beside = MARGIN_PX + draw.textlength(heading, font=_font(20)) + GAP_PX
            draw.text(
                (beside, top + GAP_PX + 5), f"{len(group.shown)} of them, {group.order}", fill=QUIET, font=_font(14)
            )
        for place, shown in enumerate(group.shown):
            row, column = divmod(place, columns)
            x = MARGIN_PX + column * (SIDE_PX + GAP_PX)
            y = top + HEADING_PX + row * (SIDE_PX + CAPTION_PX + GAP_PX)
            _tile(sheet, draw, shown, x, y)
        top += height
    buffer = io.BytesIO()
    sheet.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def _tile(sheet: Image.Image, draw: ImageDraw.ImageDraw, shown: Shown, x: int, y: int) -> None:
    if shown.picture is None:
        draw.rectangle((x, y, x + SIDE_PX - 1, y + SIDE_PX - 1), fill=MISSING)
    else:
        picture = shown.picture
        sheet.paste(picture, (x + (SIDE_PX - picture.width) // 2, y + (SIDE_PX - picture.height) // 2))
    sure = f"{shown.confidence:.1f}  "
    draw.text((x, y + SIDE_PX + 3), sure, fill=INK, font=_font(13))
    taken_px = round(_font(13).getlength(sure))
    draw.text((x + taken_px, y + SIDE_PX + 3), _fitted(shown.note, 13, SIDE_PX - taken_px), fill=INK, font=_font(13))
    draw.text((x, y + SIDE_PX + 18), _fitted(shown.name, 12, SIDE_PX), fill=QUIET, font=_font(12))


@cache
def _font(size_px: int) -> ImageFont.FreeTypeFont:
    """The one that comes with matplotlib, which has the letters of most alphabets; Pillow's own has Latin only."""
    return ImageFont.truetype(findfont("DejaVu Sans"), size_px)


def _fitted(text: str, size_px: int, width_px: int = WIDTH_PX - 2 * MARGIN_PX) -> str:
    """As much of the text as there is room for; the end of a file's name says more than its beginning."""
    font = _font(size_px)
    if font.getlength(text) <= width_px:
        return text
    while text and font.getlength(f"…{text}") > width_px:
        text = text[1:]
    return f"…{text}"


def _wrapped(text: str, size_px: int) -> Iterator[str]:
    """In lines that there is room for; a word that is longer than that is cut."""
    line = ""
    for word in text.split():
        longer = f"{line} {word}".strip()
        if line and _font(size_px).getlength(longer) > WIDTH_PX - 2 * MARGIN_PX:
            yield _fitted(line, size_px)
            longer = word
        line = longer
    yield _fitted(line, size_px)
