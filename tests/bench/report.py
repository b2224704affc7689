"""What a bench has measured: figures with their targets, a table for people, and JSON that is kept."""

import os
import platform
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
from rich.table import Table

from cli.screen import out

RESULTS = Path(".gavel/bench")


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One measured number. `beside` is what others came to in the same run; `said` stands for the number where that
    alone says little."""

    part: str
    what: str
    value: float
    unit: str = ""
    at_most: float | None = None
    at_least: float | None = None
    beside: str = ""
    said: str = ""

    @property
    def is_reached(self) -> bool | None:
        """None where no target is set."""
        if self.at_most is None and self.at_least is None:
            return None
        return (self.at_most is None or self.value <= self.at_most) and (
            self.at_least is None or self.value >= self.at_least
        )

    @property
    def target(self) -> str:
        if self.at_most is not None:
            return f"≤ {number(self.at_most)}{self._suffix}"
        return f"≥ {number(self.at_least)}{self._suffix}" if self.at_least is not None else ""

    @property
    def measured(self) -> str:
        return self.said or f"{number(self.value)}{self._suffix}"

    @property
    def _suffix(self) -> str:
        return f" {self.unit}" if self.unit not in ("", "×") else self.unit


def number(value: float) -> str:
    """Three digits that count; more where there are no fractions."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}" if value else "0"


def middle(values: Iterable[float]) -> float:
    return statistics.median(values)


def spread(values: Sequence[float]) -> str:
    return f"{number(middle(values))} [{number(min(values))}–{number(max(values))}]"


def percentile(values: Iterable[float], share: float) -> float:
    """The smallest of the values that at least this share (0-1) of them doesn't exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def machine() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
    python = f"Python {platform.python_version()}"
    return ", ".join(part for part in (f"{os.cpu_count()} × {model or platform.machine()}", python) if part)


def show(figures: Sequence[Figure]) -> None:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("part", "what", "measured", "target", "", "beside"):
        table.add_column(heading, overflow="fold")
    for figure in figures:
        mark = {True: "[green]✓[/]", False: "[red]✗[/]", None: ""}[figure.is_reached]
        table.add_row(figure.part, figure.what, figure.measured, figure.target, mark, f"[dim]{figure.beside}[/]")
    out.print(table)


def markdown(figures: Sequence[Figure], *, with_beside: bool = True) -> str:
    """The same table as it stands in README (without what others came to) and docs."""
    beside = [" beside, in the same run |", "---|"] if with_beside else ["", ""]
    rows = [f"| | measured | target | |{beside[0]}", f"|---|---|---|---|{beside[1]}"]
    for figure in figures:
        mark = {True: "✓", False: "**missed**", None: ""}[figure.is_reached]
        more = f" {figure.beside} |" if with_beside else ""
        rows.append(f"| {figure.what} | {figure.measured} | {figure.target} | {mark} |{more}")
    return "\n".join(rows)


def keep(figures: Sequence[Figure], details: dict[str, Any], *, at: datetime) -> Path:
    """Write everything as JSON, and the table as Markdown beside it; returns the JSON's place."""
    RESULTS.mkdir(parents=True, exist_ok=True)
    place = RESULTS / f"{at:%Y-%m-%dT%H%M%SZ}.json"
    document = {"at": at, "machine": machine(), "figures": figures, "details": details}
    place.write_bytes(msgspec.json.format(msgspec.json.encode(document), indent=1))
    place.with_suffix(".md").write_text(markdown(figures) + "\n")
    return place
