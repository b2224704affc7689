"""`gavel quarantine`: what couldn't be processed: why, the message itself, and what becomes of it."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Annotated, Any, Self

import typer
from rich.markup import escape
from rich.table import Table

from cli.connection import Connection, connect
from cli.options import Json, Stack
from cli.screen import Exit, err, out, print_json
from shared import quarantine
from shared.aws.clients import open_clients
from shared.aws.evidence import EvidenceStore
from shared.aws.redrive import Redriver
from shared.clock import utc_now
from shared.ledger.entries import Quarantined, Redriven
from shared.ledger.record import Record
from shared.ledger.views import quarantined
from shared.quarantine import REASON_LIMIT, Refusal, Waiting

app = typer.Typer(no_args_is_help=True, help="See what couldn't be processed, and send it again or discard it.")

Id = Annotated[str, typer.Argument(help="the media id, or quarantine#<id> of a message that never became an item")]
Ids = Annotated[list[str], typer.Argument(help="media ids, or quarantine#<id>")]
Code = Annotated[str | None, typer.Option(help="with this reason's code only, as image-truncated")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one id: `problem` is None where it was done."""

    id: str
    problem: str | None = None
    is_unknown: bool = False

    @classmethod
    def of(cls, id_: str, became: Quarantined | Refusal) -> Self:
        if isinstance(became, Refusal):
            return cls(id=id_, problem=became.text, is_unknown=became.is_unknown)
        return cls(id=id_)


@app.command("ls")
def list_(
    code: Code = None,
    limit: Annotated[int, typer.Option(help="how many at most", min=1)] = 100,
    stack: Stack = "local",
    json: Json = False,
) -> None:
    """List what stands in quarantine, the longest there first."""
    waiting, is_whole = asyncio.run(_listed(stack, code, limit))
    if json:
        print_json({"items": [{"id": one.id, **_told(one.entry)} for one in waiting], "is_complete": is_whole})
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("id", "since (UTC)", "queue", "code", "detail"):
        table.add_column(heading, no_wrap=heading == "id", overflow="fold")
    for one in waiting:
        entry = one.entry
        table.add_row(
            one.id, f"{entry.at:%Y-%m-%d %H:%M:%S}", entry.queue, f"[red]{escape(entry.code)}[/]", escape(entry.detail)
        )
    out.print(table)
    if not is_whole:
        out.print("[dim]there are more: --limit[/]")


@app.command()
def show(
    id: Id,  # noqa: A002  the word users see
    message: Annotated[bool, typer.Option("--message", help="print the message too, as it was kept")] = False,
    stack: Stack = "local",
    json: Json = False,
) -> None:
    """Show why something is there: every entry about it, and the message if asked for."""
    record, kept = asyncio.run(_shown(stack, id, message=message))
    entries = quarantine.told(record) if record else ()
    if record is None or not entries:
        err.print(f"[red]{escape(id)}[/] was never quarantined")
        raise typer.Exit(Exit.NOT_FOUND)
    if json:
        print_json({"id": id, "status": record.summary.status, "entries": entries, "message": kept})
        return
    out.print(f"[bold]{escape(id)}[/] {record.summary.status}")
    for entry in entries:
        if isinstance(entry, Quarantined):
            out.print(f"{entry.at:%Y-%m-%d %H:%M:%S} [red]{escape(entry.code)}[/] {escape(entry.detail)}")
            out.print(f"  from {entry.queue} at delivery {entry.receive_count}, kept at {entry.body_uri}")
        elif isinstance(entry, Redriven):
            out.print(f"{entry.at:%Y-%m-%d %H:%M:%S} sent again by {escape(entry.by)}")
        else:
            out.print(f"{entry.at:%Y-%m-%d %H:%M:%S} discarded by {escape(entry.by)}: {escape(entry.reason)}")
    if kept is not None:
        out.print(str(kept["body"]), markup=False, highlight=False)


@app.command()
def redrive(ids: Ids, stack: Stack = "local", json: Json = False) -> None:
    """Send the kept messages to their queues again: what was wrong is mended."""
    _finish(asyncio.run(_redriven(stack, ids)), "sent again", json=json)


@app.command()
def discard(
    ids: Ids,
    reason: Annotated[str, typer.Option(help="why; kept on the record, with who and when")],
    stack: Stack = "local",
    json: Json = False,
) -> None:
    """Take items off the list for good. Nothing is deleted: record and message stay."""
    if not reason.strip() or len(reason) > REASON_LIMIT:
        err.print(f"[red]--reason takes 1 to {REASON_LIMIT:,} characters[/]")
        raise typer.Exit(Exit.USAGE)
    _finish(asyncio.run(_discarded(stack, ids, reason)), "discarded", json=json)


async def _listed(stack: str, code: str | None, limit: int) -> tuple[list[Waiting], bool]:
    async with connect(stack) as connection:
        return await quarantine.listed(connection.ledger, limit=limit, code=code)


async def _shown(stack: str, id_: str, *, message: bool) -> tuple[Record | None, Any]:
    async with connect(stack) as connection:
        record = await connection.ledger.record(id_)
        entry = quarantined(record) if record else None
        kept = await _kept(connection).get_json(entry.body_uri) if message and entry else None
    return record, kept


async def _redriven(stack: str, ids: Sequence[str]) -> list[Outcome]:
    async with _operating(stack) as (connection, by):
        driver = Redriver(connection.sqs, _kept(connection), connection.outputs.queues)
        return [
            Outcome.of(id_, await quarantine.sent_again(connection.ledger, id_, driver, by=by, clock=utc_now))
            for id_ in ids
        ]


async def _discarded(stack: str, ids: Sequence[str], reason: str) -> list[Outcome]:
    async with _operating(stack) as (connection, by):
        return [
            Outcome.of(id_, await quarantine.discarded(connection.ledger, id_, reason=reason, by=by, clock=utc_now))
            for id_ in ids
        ]


@asynccontextmanager
async def _operating(stack: str) -> AsyncIterator[tuple[Connection, str]]:
    """The stack, and who is at it as AWS knows them."""
    async with connect(stack) as connection, open_clients("sts", region=connection.outputs.region) as clients:
        yield connection, str((await clients["sts"].get_caller_identity())["Arn"])


def _finish(outcomes: Sequence[Outcome], done: str, *, json: bool) -> None:
    if json:
        print_json({"items": [{"id": one.id, "problem": one.problem} for one in outcomes]})
    else:
        for one in outcomes:
            out.print(f"{escape(one.id)} [red]{escape(one.problem)}[/]" if one.problem else f"{escape(one.id)} {done}")
    if any(one.is_unknown for one in outcomes):
        raise typer.Exit(Exit.NOT_FOUND)
    if any(one.problem for one in outcomes):
        raise typer.Exit(Exit.FAILED)


def _kept(connection: Connection) -> EvidenceStore:
    return EvidenceStore(connection.s3, connection.outputs.evidence_bucket)


def _told(entry: Quarantined) -> dict[str, Any]:
    return {"since": entry.at, "queue": entry.queue, "code": entry.code, "detail": entry.detail}
