"""`gavel policy simulate`: a changed policy over the evidence that there is, without asking Rekognition anything."""

from collections.abc import Mapping
from typing import Any

from rich.table import Table

from cli.connection import connect
from cli.items import Filters, search, wanted
from cli.screen import out
from shared import simulation
from shared.aws.evidence import EvidenceStore
from shared.policy.model import Policy


async def simulated(stack: str, policy: Policy, filters: Filters, limit: int) -> dict[str, Any]:
    """For the newest `limit` items that fit. Raises WrongFilter."""
    async with connect(stack) as connection:
        return await simulation.simulated(
            policy,
            (await wanted(connection, filters)).wanted,
            limit=limit,
            search=search(connection),
            ledger=connection.ledger,
            evidence=EvidenceStore(connection.s3, connection.outputs.evidence_bucket),
        )


def show(told: Mapping[str, Any]) -> None:
    out.print(f"[bold]{told['items']:,} items[/] under policy {told['policy']} at {told['version']}")
    for reason, count in told["left_out"].items():
        out.print(f"[dim]{count:,} left out: {reason}[/]")
    out.print(_confusion("the policy's choice: rows are what was, columns what would be", told["choices"]))
    out.print(_confusion("verdicts: rows are what was, columns what would be", told["verdicts"]))
    out.print(f"{told['verdicts_changed']:,} verdicts would change; {told['verdicts_open']:,} would need people first")
    reviews = told["reviews"]
    out.print(f"reviews: {reviews['before']:,} then, {reviews['after']:,} now")
    if reviews["answers_a_day_after"] is not None:
        out.print(f"that is {reviews['answers_a_day_after']:.1f} answers a day")
    for change in told["changes"]:
        verdict = f"{change.verdict_before or '—'} → {change.verdict_after or 'people'}"
        out.print(f"  {change.media_id} {change.before} → {change.after} ({verdict})")


def _confusion(title: str, rows: Mapping[str, Mapping[str, int]]) -> Table:
    table = Table(title=title, title_justify="left")
    table.add_column("")
    for word in rows:
        table.add_column(word, justify="right")
    for before, counts in rows.items():
        cells = (
            f"{count:,}" if before == after or not count else f"[yellow]{count:,}[/]" for after, count in counts.items()
        )
        table.add_row(before, *cells)
    return table
