"""`gavel export`: whole records into files that Athena reads, one folder for each tenant and day."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from cli.connection import connect
from cli.export.parts import Format, ParquetMissing, Partitions, check
from cli.export.rows import row
from cli.items import (
    Decider,
    Filters,
    Kind,
    Label,
    OfStatus,
    OfVerdict,
    PolicyName,
    Reviewer,
    Since,
    Tenant,
    Until,
    or_usage,
    search,
    wanted,
)
from cli.options import Json, Stack
from cli.screen import Exit, err, out, print_json
from shared.ledger.finding import found, records
from shared.ledger.record import Record

EVERYTHING = 2**62


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    items: int
    files: int
    folder: str


def export(
    folder: Annotated[Path, typer.Argument(help="a folder that is empty or isn't there yet")],
    format_: Annotated[Format, typer.Option("--format", help="what is written")] = Format.JSONL,
    tenant: Tenant = None,
    since: Since = None,
    until: Until = None,
    status: OfStatus = None,
    verdict: OfVerdict = None,
    decided_by: Decider = None,
    kind: Kind = None,
    label: Label = None,
    policy: PolicyName = None,
    reviewer: Reviewer = None,
    stack: Stack = "local",
    json: Json = False,
) -> None:
    """Write items as tenant=…/date=…/part-0001.jsonl or .parquet (of the last 30 days, unless --since says otherwise).

    docs/exports.md has the table for Athena.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        err.print(f"[red]{escape(str(folder))} isn't an empty folder[/]: an export beside another would count twice")
        raise typer.Exit(Exit.USAGE)
    folder.mkdir(parents=True, exist_ok=True)
    try:
        check(format_)
    except ParquetMissing as missing:
        err.print(f"[red]{missing}[/]")
        raise typer.Exit(Exit.FAILED) from None
    filters = Filters(
        tenant=tenant,
        since=since,
        until=until,
        status=status,
        verdict=verdict,
        decided_by=decided_by,
        kind=kind,
        label=label,
        policy=policy,
        reviewer=reviewer,
    )
    done = asyncio.run(or_usage(_exported(stack, filters, folder, format_)))
    if json:
        print_json(done)
    else:
        out.print(f"{done.items:,} items in {done.files:,} files below {escape(done.folder)}")


async def _exported(stack: str, filters: Filters, folder: Path, format_: Format) -> Exported:
    async with connect(stack) as connection:
        wish = (await wanted(connection, filters)).wanted
        items = found(search(connection), wish, limit=EVERYTHING)
        return await written(records(connection.ledger, items), folder, format_)


async def written(records: AsyncIterator[Record], folder: Path, format_: Format) -> Exported:
    """Write them all; records of one day come together, as a search finds them. What is cut off leaves the file that
    was being written under a hidden name."""
    partitions, items, day = Partitions(folder, format_), 0, None
    try:
        async for record in records:
            told = row(record)
            if (now := f"{told['received_at']:%Y-%m-%d}") != day:
                day = now
                partitions.close_but(day)
            partitions.write(record.summary.tenant, told)
            items += 1
        partitions.close_but(None)
    finally:
        partitions.abandon()
    return Exported(items=items, files=partitions.files, folder=str(folder))
