"""`gavel ls`: find items; `gavel watch`: see them come and be decided."""

import asyncio
import time
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Annotated

import msgspec
import typer
from rich.markup import escape
from rich.table import Table

from cli.connection import connect
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
from cli.runs import interruptible
from cli.screen import Exit, coloured, out, print_json
from services.results.api.domain.documents import item as document
from services.results.api.domain.queries import cursor
from shared.ledger.finding import PAGE, found
from shared.ledger.record import Summary
from shared.ledger.search import Search, Wanted


def ls(
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
    limit: Annotated[int, typer.Option(help="how many at most", min=1, max=100_000)] = 50,
    after: Annotated[str | None, typer.Option(help="go on behind an earlier answer's `next`")] = None,
    stack: Stack = "local",
    json: Json = False,
) -> None:
    """List items, newest first (of the last 30 days, unless --since says otherwise)."""
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
    items, following = asyncio.run(or_usage(_listed(stack, filters, limit, after)))
    if json:
        print_json({"items": [document(item) for item in items], "next": following})
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("media id", "received", "tenant", "kind", "status", "verdict", "by", "labels"):
        table.add_column(heading, no_wrap=heading == "media id", overflow="fold")
    for item in items:
        table.add_row(*_cells(item))
    out.print(table)
    if following:
        out.print(f"[dim]more: --after {following}[/]")


def watch(
    tenant: Tenant = None,
    kind: Kind = None,
    policy: PolicyName = None,
    since: Since = "10m",
    every: Annotated[float, typer.Option(help="seconds between two looks", min=0.2, max=60)] = 2.0,
    seconds: Annotated[float | None, typer.Option("--for", help="end after so many seconds", min=0)] = None,
    stack: Stack = "local",
    json: Json = False,
) -> None:
    """Print each item as it comes and moves on, until Ctrl-C or SIGTERM. A look reads the newest 200 items that fit."""
    filters = Filters(tenant=tenant, kind=kind, policy=policy, since=since)
    try:
        asyncio.run(or_usage(_watched(stack, filters, every, seconds, json=json)))
    except KeyboardInterrupt:
        raise typer.Exit(Exit.OK) from None


async def _listed(stack: str, filters: Filters, limit: int, after: str | None) -> tuple[list[Summary], str | None]:
    """The items, and where the next ones begin, None behind the last."""
    async with connect(stack) as connection:
        wish = await wanted(connection, filters, limit=limit, after=after)
        looking, place, items = search(connection), wish.after, list[Summary]()
        while len(items) < limit:
            page = await looking.page(wish.wanted, limit=min(PAGE, limit - len(items)), after=place)
            items += page.items
            place = page.after
            if place is None:
                break
    return items, cursor(place) if place else None


async def _watched(stack: str, filters: Filters, every_s: float, seconds: float | None, *, json: bool) -> None:
    ends_at = time.monotonic() + seconds if seconds is not None else None
    async with connect(stack) as connection:
        wish = await wanted(connection, filters)
        changes, ended = Changes(), asyncio.Event()
        with interruptible(ended):
            while not ended.is_set():
                for item in await changes.look(search(connection), wish.wanted):
                    _tell(item, json=json)
                if ends_at is not None and time.monotonic() >= ends_at:
                    return
                with suppress(TimeoutError):
                    async with asyncio.timeout(every_s):
                        await ended.wait()


class Changes:
    """What is new from look to look. Only as many items are remembered as one look reads."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[str, int]] = {}

    async def look(self, search: Search, wanted: Wanted) -> list[Summary]:
        """Items that came or moved on since the look before, oldest first."""
        now = replace(wanted, until=datetime.now(UTC) + timedelta(seconds=1))
        items = [item async for item in found(search, now, limit=PAGE)]
        standing = {item.media_id: (item.status.value, item.verdict_number) for item in items}
        told = [item for item in reversed(items) if self._known.get(item.media_id) != standing[item.media_id]]
        self._known = standing
        return told


def _tell(item: Summary, *, json: bool) -> None:
    """At once, also into a pipe."""
    if json:
        print(msgspec.json.encode(document(item)).decode(), flush=True)
    else:
        media_id, _, tenant, kind, status, verdict, by, labels = _cells(item)
        out.print(f"{item.updated_at:%H:%M:%S} {media_id} {tenant} {kind} {status} {verdict} {by} {labels}")


def _cells(item: Summary) -> tuple[str, ...]:
    judged = item.judged
    return (
        item.media_id,
        f"{item.received_at:%Y-%m-%d %H:%M:%S}",
        escape(item.tenant),
        item.kind or "",
        coloured(item.status),
        coloured(item.verdict),
        judged.decided_by.value if judged else "",
        escape(", ".join(judged.labels)) if judged else "",
    )
