"""Shows how reviewers did on golden items."""

from rich.table import Table

from cli.screen import coloured, out
from shared.ledger.scores import Score, Scores


def show_scores(found: Scores) -> None:
    if found.overall is None:
        return
    out.print(f"\n{found.overall.answers:,} answers about golden items")
    table = Table(box=None, pad_edge=False)
    for heading in ("", "answers", "right", "95 %", "labels", "mistakes"):
        table.add_column(heading, overflow="fold", justify="left" if heading in {"", "mistakes"} else "right")
    table.add_row("[bold]all[/]", *_row(found.overall))
    for kind, rows in (("reviewer", found.reviewers), ("item", found.items)):
        for name, score in rows.items():
            table.add_row(f"[dim]{kind}[/] {name}", *_row(score))
    out.print(table)


def _row(score: Score) -> tuple[str, str, str, str, str]:
    """`reject → approve 3`: three approved what they should have rejected."""
    mistakes = [
        f"{coloured(right)} → {coloured(given)} {count}"
        for right, told in score.confusion.items()
        for given, count in told.items()
        if given is not right
    ]
    return (
        f"{score.answers:,}",
        f"{score.share:.0%}",
        f"{score.low:.0%}-{score.high:.0%}",
        f"{score.labels_found}/{score.labels}" if score.labels else "—",
        ", ".join(mistakes) or "—",
    )
