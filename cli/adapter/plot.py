"""The plot of an evaluation: how often base model and adapter are wrong, by threshold, for every label."""

import io
from typing import Final

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from shared.custom_moderation.evaluation import Curve, Evaluation, Panel, panels

INK: Final = "#1f2933"
COLOURS: Final = {"base": "#a8761f", "adapter": "#2f7d4f"}
DASHES: Final = {"base": (0, (4, 2)), "adapter": "solid"}
WIDTH_INCHES: Final = 9.6
ROW_INCHES: Final = 2.3
DPI: Final = 110


def as_png(evaluation: Evaluation) -> bytes:
    """A row for all labels together and for each label: false positives on the left, false negatives on the right."""
    rows = tuple(panels(evaluation))
    figure = Figure(figsize=(WIDTH_INCHES, ROW_INCHES * len(rows) + 0.5), dpi=DPI, layout="constrained", facecolor="w")
    axes = figure.subplots(len(rows), 2, squeeze=False, sharex=True)
    for panel, (left, right) in zip(rows, axes, strict=True):
        _row(panel, left, right, evaluation.given.confidence_threshold)
    for last in axes[-1]:
        last.set_xlabel("confidence from which a label counts", fontsize=8)
    axes[0][1].legend(fontsize=8, frameon=False, loc="best")
    figure.suptitle(f"{evaluation.testing_images:,} images of the test set", fontsize=9, color=INK, x=0.01, ha="left")
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png")
    return buffer.getvalue()


def _row(panel: Panel, left: Axes, right: Axes, given: float) -> None:
    name = panel.label or "All labels"
    for axes, what, curves in (
        (left, "false positives", panel.false_positives),
        (right, "false negatives", panel.false_negatives),
    ):
        axes.set_title(f"{name}: {what}", loc="left", fontsize=9, color=INK)
        for model, curve in curves.items():
            _line(axes, model, curve)
        axes.axvline(given, color=INK, linewidth=0.6, alpha=0.5)
        axes.set_xlim(0, 100)
        axes.set_ylim(-0.03, 1.03)
        axes.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
        axes.tick_params(labelsize=8, colors=INK)
        axes.spines[["top", "right"]].set_visible(False)


def _line(axes: Axes, model: str, curve: Curve) -> None:
    label = "base model" if model == "base" else model
    axes.plot(curve.thresholds, curve.shares, color=COLOURS[model], linestyle=DASHES[model], linewidth=1.6, label=label)
