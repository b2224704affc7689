"""Makes a run's report: one page that needs nothing else, and the same as one picture."""

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import jinja2
from PIL import Image

from cli.dataset.report.charts import as_png, as_svg, charts
from cli.dataset.report.gallery import Group
from cli.dataset.report.sheet import contact_sheet
from cli.dataset.summary import Summary, told

THUMBNAIL_QUALITY: Final = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    html: bytes
    png: bytes


def make_report(summary: Summary, groups: Sequence[Group]) -> Report:
    """Plain computation of some seconds: call it in a thread."""
    title = f"{', '.join(summary.folders)} from {summary.source}"
    lines = tuple(told(summary))
    figure = charts(summary)
    page = _environment().get_template("page.html.j2")
    html = page.render(title=title, lines=lines, summary=summary, groups=groups, charts=as_svg(figure))
    return Report(html=html.encode(), png=contact_sheet(title, lines, as_png(figure), groups))


def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(loader=jinja2.PackageLoader("cli.dataset.report", "."), autoescape=True)
    environment.filters["embedded"] = _embedded
    return environment


def _embedded(picture: Image.Image) -> str:
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=THUMBNAIL_QUALITY)
    return f"data:image/jpeg;base64,{base64.b64encode(buffer.getvalue()).decode()}"
