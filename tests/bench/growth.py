"""The consumer before ever longer queues: whether its rate and its memory stay what they are."""

from typing import Any

from cli.screen import out
from tests.bench.contestants import OURS, Heat, heat
from tests.bench.place import open_place
from tests.bench.report import Figure

PART = "growth"


def measure(*, backlogs: tuple[int, ...]) -> tuple[list[Figure], dict[str, Any]]:
    heats = []
    with open_place() as place:
        heat(place, OURS, 500)  # what the server does once only
        for backlog in backlogs:
            run = heat(place, OURS, backlog)
            out.print(f"[dim]{backlog:,} messages: {run.per_s:,.0f}/s, {run.peak_mb:.0f} MB[/]")
            heats.append(run)
    return _figures(heats), {"backlogs": heats}


def _figures(heats: list[Heat]) -> list[Figure]:
    small, large = heats[-2:]
    return [
        Figure(
            part=PART,
            what=f"consumer's memory with {large.messages:,} messages waiting",
            value=large.peak_mb,
            unit="MB",
            at_most=200,
            beside=", ".join(f"{run.messages:,}: {run.peak_mb:.0f}" for run in heats),
        ),
        Figure(
            part=PART,
            what=f"consumer's rate with {large.messages:,} waiting, of that with {small.messages:,}",
            value=100 * large.per_s / small.per_s,
            unit="%",
            at_least=85,
            # Ten messages come in one receive: between the first and the last of them hardly any time goes by.
            beside=", ".join(f"{run.messages:,}: {run.per_s:,.0f}/s" for run in heats if run.messages > 10),
        ),
    ]
