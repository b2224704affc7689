"""Puts what `make bench` has measured into README and docs: `python -m tests.bench.publish RUN.json [RUN.json …]`.

Of several runs each part is the last one's that has it. The runs are kept as one in `docs/performance/`, and both
documents' tables are made of the newest there: a test compares them.
"""

import argparse
import re
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec

from tests.bench.__main__ import PARTS
from tests.bench.report import Figure, markdown
from tests.emulator import CHECKOUT

KEPT: Final = CHECKOUT / "docs/performance"
README: Final = CHECKOUT / "README.md"
DOCUMENT: Final = CHECKOUT / "docs/performance.md"
_BLOCK: Final = re.compile(r"(?<=<!-- measured -->\n).*(?=<!-- /measured -->)", re.DOTALL)


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """What `report.keep` has written: of one run, or of several put together."""

    at: datetime | tuple[datetime, ...]
    machine: str
    figures: tuple[Figure, ...]

    @property
    def times(self) -> tuple[datetime, ...]:
        return self.at if isinstance(self.at, tuple) else (self.at,)

    @property
    def heading(self) -> str:
        days = " and ".join(sorted({f"{at:%Y-%m-%d}" for at in self.times}))
        runs = f", parts of {len(self.times)} runs" if len(self.times) > 1 else ""
        return f"{days}, {self.machine}{runs}:"


def read(place: Path) -> Run:
    return msgspec.json.decode(place.read_bytes(), type=Run)


def newest() -> Run:
    """The run that the documents show."""
    return read(max(KEPT.glob("*.json")))


def together(runs: Sequence[Run]) -> Run:
    """One run out of several of one machine: each part as it was measured last."""
    if len(machines := {run.machine for run in runs}) > 1:
        raise ValueError(f"measured on different machines: {', '.join(sorted(machines))}; publish one machine's runs")
    last = {figure.part: run for run in runs for figure in run.figures}
    used = [run for run in runs if any(run is each for each in last.values())]
    return Run(
        at=tuple(at for run in used for at in run.times),
        machine=runs[0].machine,
        figures=tuple(one for part in PARTS if part in last for one in last[part].figures if one.part == part),
    )


def shown(document: str, run: Run, *, is_whole: bool) -> str:
    """The document with this run's table, between its marks; not whole: what has a target, and nothing beside."""
    figures = [figure for figure in run.figures if is_whole or figure.target]
    table = f"\n{run.heading}\n\n{markdown(figures, with_beside=is_whole)}\n\n"
    made, found = _BLOCK.subn(lambda _: table, document, count=1)
    if not found:
        raise ValueError("the document has no marks between which a table goes")
    return made


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("runs", nargs="+", type=Path, help="what `make bench` has kept, oldest first")
    run = together([read(place) for place in parser.parse_args().runs])
    KEPT.mkdir(exist_ok=True)
    kept = KEPT / f"{max(run.times):%Y-%m-%d}.json"
    kept.write_bytes(msgspec.json.format(msgspec.json.encode(run), indent=1) + b"\n")
    for place in (README, DOCUMENT):
        place.write_text(shown(place.read_text(), run, is_whole=place == DOCUMENT))


if __name__ == "__main__":
    main()
