"""`gavel stats`: what became of items, counted as the results API counts."""

import asyncio
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from cli.connection import connect
from cli.items import Filters, Kind, Label, PolicyName, Since, Tenant, Until, or_usage, search, wanted
from cli.options import Json, Stack
from cli.screen import coloured, out, print_json
from services.results.api.domain.statistics import Statistics
from shared.ledger.finding import found


def stats(
    tenant: Tenant = None,
    since: Since = None,
    until: Until = None,
    kind: Kind = None,
    label: Label = None,
    policy: PolicyName = None,
    limit: Annotated[int, typer.Option(help="count so many items at most, the newest", min=1)] = 10_000,
    stack: Stack = "local",
    json: Json = False,
) -> None:
    """Count verdicts, who decided, and how long it took."""
    filters = Filters(tenant=tenant, since=since, until=until, kind=kind, label=label, policy=policy)
    told = asyncio.run(or_usage(_counted(stack, filters, limit)))
    if json:
        print_json(told)
        return
    out.print(f"[bold]{told['items']:,} items[/]" + ("" if told["is_complete"] else " (the newest; there are more)"))
    out.print(f"reviewed by people {_percent(told['review_rate'])}, reused {_percent(told['reuse_rate'])}")
    latencies = ", ".join(f"{name} {_seconds(value)}" for name, value in told["latency_s"].items())
    out.print(f"from acceptance to the first verdict: {latencies}")
    for name in ("verdict", "decided_by", "status", "kind", "tenant", "policy", "label"):
        if told[name]:
            table = Table(
                box=None, pad_edge=False, show_header=False, title=name.replace("_", " "), title_justify="left"
            )
            for word, count in told[name].items():
                table.add_row(coloured(escape(word)), f"{count:,}")
            out.print(table)


async def _counted(stack: str, filters: Filters, limit: int) -> dict[str, Any]:
    async with connect(stack) as connection:
        wish = (await wanted(connection, filters)).wanted
        counts, is_complete, looked_at = Statistics(), True, 0
        async for item in found(search(connection), wish, limit=limit + 1):
            if looked_at == limit:
                is_complete = False
                break
            counts.add(item)
            looked_at += 1
    return {"since": wish.since, "until": wish.until, "is_complete": is_complete, **counts.told()}


def _percent(share: float | None) -> str:
    return "—" if share is None else f"{share:.1%}"


def _seconds(value: float | None) -> str:
    return "—" if value is None else f"{value:.1f} s"
