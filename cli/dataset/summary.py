"""What a run tells at its end, to people and as JSON."""

from typing import Final

import msgspec

from cli.dataset.boxes import Written
from cli.dataset.judging import Outcome
from cli.dataset.plan import Plan, Sample
from cli.dataset.progress import Point, Progress, Stop, meaning, wilson
from cli.dataset.state import State

PRICE_USD: Final = 0.001
"""Of one call of DetectLabels: AWS's list price in us-east-1 for an account's first million images a month. Other
regions and larger volumes have others (aws.amazon.com/rekognition/pricing): `--price` says so."""


class FolderSummary(msgspec.Struct, frozen=True, kw_only=True):
    """Images of one label. `kept` are in the folder; of the `uncertain` some may be there by now, because people said
    yes."""

    label: str
    kept: int
    uncertain: int
    rejected: int
    duplicates: int
    surplus: int
    changed: int


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """`hit_rate` is the share of images that reached the threshold, `hit_rate_interval` its 95 % interval; `misses`
    were rejected for every label.

    `calls` are all that were ever paid for this run, `calls_now` those of this process; `calls_in_vain` were under way
    when a rule ended the run. `boxes` is what their files hold, once they are written.
    """

    run: str
    source: str
    dest: str
    threshold: float
    band: tuple[float, float] | None
    stopped_by: Stop
    meaning: str
    images: int
    hits: int
    misses: int
    hit_rate: float
    hit_rate_interval: tuple[float, float]
    refused: int
    skipped: int
    repeats: int
    calls: int
    calls_now: int
    calls_in_vain: int
    cost_usd: float
    folders: dict[str, FolderSummary]
    curve: tuple[Point, ...]
    histogram: tuple[int, ...]
    boxes: Written | None = None


def summarise(plan: Plan, progress: Progress, stop: Stop, state: State, *, paid_now: int, price_usd: float) -> Summary:
    calls = state.calls
    judged = progress.images - progress.repeats
    return Summary(
        run=plan.run,
        source=plan.source.address,
        dest=plan.dest.address,
        threshold=plan.threshold,
        band=(plan.band.low, plan.band.high) if plan.band else None,
        stopped_by=stop,
        meaning=meaning(stop, progress, plan.limits, is_random=plan.sample is Sample.RANDOM),
        images=progress.images,
        hits=progress.hits,
        misses=progress.misses,
        hit_rate=progress.hits / progress.images if progress.images else 0.0,
        hit_rate_interval=wilson(progress.hits, progress.images),
        refused=progress.refused,
        skipped=progress.skipped,
        repeats=progress.repeats,
        calls=calls,
        calls_now=paid_now,
        calls_in_vain=max(0, calls - judged),
        cost_usd=calls * price_usd,
        folders={
            wanted.folder: FolderSummary(
                label=wanted.label,
                kept=state.count(wanted.folder, Outcome.KEPT),
                uncertain=state.count(wanted.folder, Outcome.UNCERTAIN),
                rejected=progress.folders[wanted.folder].rejected,
                duplicates=state.count(wanted.folder, Outcome.DUPLICATE),
                surplus=progress.folders[wanted.folder].surplus,
                changed=state.count(wanted.folder, Outcome.CHANGED),
            )
            for wanted in plan.wanted
        },
        curve=tuple(progress.curve),
        histogram=tuple(progress.histogram),
    )


def told(summary: Summary) -> list[str]:
    """The run in a few lines."""
    low, high = summary.hit_rate_interval
    band = f", {summary.band[0]:g}-{summary.band[1]:g} to people" if summary.band else ""
    rest = [
        f"{count:,} {what}"
        for count, what in (
            (summary.repeats, "the same bytes as another, not paid twice"),
            (summary.refused, "refused by Rekognition"),
            (summary.skipped, "too large or empty, not asked about"),
        )
        if count
    ]
    vain = f", {summary.calls_in_vain} of them under way when it stopped" if summary.calls_in_vain else ""
    lines = [
        f"Stopped by: {summary.stopped_by}. {summary.meaning}",
        f"{summary.images:,} images judged, {summary.hits:,} hits from {summary.threshold:g} on{band}: "
        f"a hit rate of {summary.hit_rate:.1%} (95 % interval {low:.1%} to {high:.1%})",
        f"{summary.calls:,} calls{vain}, {summary.cost_usd:,.2f} USD" + (f"; {'; '.join(rest)}" if rest else ""),
    ]
    if summary.boxes is not None:
        missing = f"; {summary.boxes.without:,} that have none aren't among them" if summary.boxes.without else ""
        lines.append(f"{summary.boxes.boxes:,} boxes on {summary.boxes.images:,} images{missing}")
    return lines
