"""The two charts of a report: how the hit rate went, and how sure Rekognition was."""

import io
from typing import Final

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from cli.dataset.progress import wilson
from cli.dataset.summary import Summary

INK: Final = "#1f2933"
QUIET: Final = "#8a96a3"
KEPT: Final = "#2f7d4f"
UNCERTAIN: Final = "#b7791f"
REJECTED: Final = "#a8b3bf"
SIZE_INCHES: Final = (10.4, 2.9)
DPI: Final = 100


def charts(summary: Summary) -> Figure:
    """Both beside each other."""
    figure = Figure(figsize=SIZE_INCHES, dpi=DPI, layout="constrained", facecolor="white")
    left, right = figure.subplots(1, 2)
    _hit_rate(left, summary)
    _histogram(right, summary)
    for axes in (left, right):
        axes.spines[["top", "right"]].set_visible(False)
        axes.tick_params(labelsize=8, colors=INK)
        axes.title.set(fontsize=10, color=INK)
    return figure


def as_png(figure: Figure) -> bytes:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png")
    return buffer.getvalue()


def as_svg(figure: Figure) -> str:
    """An element for a page. The same run gives the same text."""
    buffer = io.StringIO()
    with mpl.rc_context({"svg.hashsalt": "gavel", "svg.fonttype": "none"}):
        figure.savefig(buffer, format="svg", metadata={"Date": None})
    text = buffer.getvalue()
    return text[text.index("<svg") :]


def _hit_rate(axes: Axes, summary: Summary) -> None:
    axes.set_title("Hit rate so far, with its 95 % interval", loc="left")
    axes.set_xlabel("images judged", fontsize=8)
    axes.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    images = [point.images for point in summary.curve]
    if not images:
        return
    intervals = [wilson(point.hits, point.images) for point in summary.curve]
    axes.fill_between(images, [low for low, _ in intervals], [high for _, high in intervals], color=KEPT, alpha=0.15)
    axes.plot(images, [point.hits / point.images for point in summary.curve], color=KEPT, linewidth=1.6)
    # The first few images say next to nothing, and would press the rest of the curve flat.
    said = [high for (_, high), count in zip(intervals, images, strict=True) if count >= max(images) / 20]
    axes.set_ylim(0, min(1.0, max(0.05, 1.15 * max(said))))
    axes.set_xlim(0, max(images))


def _histogram(axes: Axes, summary: Summary) -> None:
    axes.set_title("Highest confidence in a wanted label", loc="left")
    axes.set_xlabel("confidence (%)", fontsize=8)
    # Images without any sighting stand in the bin at 0 and would hide everything else.
    bins = range(1, 100)
    heights = [summary.histogram[each] for each in bins]
    axes.bar([each + 0.5 for each in bins], heights, width=1.0, color=[_colour(each, summary) for each in bins])
    axes.axvline(summary.threshold, color=INK, linewidth=1)
    axes.text(
        0.01, 0.97, f"{summary.histogram[0]:,} images without a sighting",
        transform=axes.transAxes, fontsize=8, color=INK, va="top",
    )  # fmt: skip
    axes.set_xlim(0, 100)
    axes.set_ylim(0, max(1, *heights) * 1.2)
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))


def _colour(confidence: float, summary: Summary) -> str:
    if confidence >= summary.threshold:
        return KEPT
    is_asked = summary.band is not None and summary.band[0] <= confidence < summary.band[1]
    return UNCERTAIN if is_asked else REJECTED
