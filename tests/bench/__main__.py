"""`make bench`: measures what Gavel is measured by, each part by itself, and prints one table.

`python -m tests.bench --only consumer,quota`. Figures are medians, and ratios of what ran in turns in this one run; no
figure fails anything. Results are kept in `.gavel/bench` as JSON, and the table as Markdown.
"""

import argparse
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any

from cli.screen import out
from tests.bench import growth, money, planned, steady, throughput
from tests.bench.pipeline import measure as pipeline
from tests.bench.quota import measure as quota
from tests.bench.report import Figure, keep, machine, show

Part = Callable[[], tuple[list[Figure], dict[str, Any]]]

PARTS: Mapping[str, Part] = {
    "steady": partial(steady.measure, seconds=10, rounds=2),
    "consumer": partial(throughput.measure, messages=16_000, peer_messages=1_000, rounds=4),
    "quota": partial(quota.measure, stage_s=19, beside_stage_s=12, half_s=60),
    "pipeline": partial(pipeline.measure, singles=300, bursts=(10, 100, 1_000)),
    "growth": partial(growth.measure, backlogs=(10, 1_000, 10_000, 100_000)),
    "plan": partial(planned.measure, singles=20, seconds=25),
    "money": money.measure,
}
QUICK: Mapping[str, Part] = {
    "steady": partial(steady.measure, seconds=5, rounds=1),
    "consumer": partial(throughput.measure, messages=500, peer_messages=100, rounds=1),
    "quota": partial(quota.measure, stage_s=11, beside_stage_s=5, half_s=8),
    "pipeline": partial(pipeline.measure, singles=5, bursts=(5, 10)),
    "growth": partial(growth.measure, backlogs=(10, 100, 1_000)),
    "plan": partial(planned.measure, singles=3, seconds=5),
    "money": money.measure,
}
"""To see that everything runs; the figures say nothing."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help=f"some of {', '.join(PARTS)}, with commas between")
    parser.add_argument("--quick", action="store_true", help="as short as possible: only to see that it runs")
    chosen = parser.parse_args()
    names = [name.strip() for name in chosen.only.split(",") if name.strip()] or list(PARTS)
    if unknown := set(names) - set(PARTS):
        parser.error(f"no part is called {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    at, figures, details = datetime.now(UTC), list[Figure](), dict[str, Any]()
    for name in names:
        out.rule(name, align="left")
        began = time.monotonic()
        found, more = (QUICK if chosen.quick else PARTS)[name]()
        figures += found
        details[name] = {**more, "took_s": time.monotonic() - began}
        kept = keep(figures, details, at=at)  # whatever becomes of the parts that follow
        out.print(f"[dim]{name} took {time.monotonic() - began:.0f} s[/]")
    out.rule(f"{at:%Y-%m-%d}, {machine()}", align="left")
    show(figures)
    out.print(f"kept as {kept}")


if __name__ == "__main__":
    main()
