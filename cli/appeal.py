"""`gavel appeal`: have other people look again at an item that has its verdict."""

import asyncio
import hashlib
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.markup import escape

from cli.connection import Connection, connect
from cli.options import Json, Stack
from cli.screen import Exit, coloured, err, out, print_json
from shared.aws.clients import open_clients
from shared.contracts.cloudevents import CloudEvent, encode, event_id
from shared.contracts.messages import APPEAL_REQUESTED, AppealRequested
from shared.identity import MEDIA_ID
from shared.ledger.appeals import Refusal, is_under_appeal, refusal
from shared.ledger.record import Record

REASON_LIMIT = 2_000


def appeal(
    media_id: Annotated[str, typer.Argument(help="the item's media id")],
    reason: Annotated[str, typer.Option(help="why; kept on the item's record")],
    stack: Stack = "local",
    json: Json = False,
) -> None:
    """Appeal against an item's current verdict: others than before review it, and more of them."""
    if not MEDIA_ID.fullmatch(media_id):
        err.print(f"[red]{escape(media_id)} is no media id[/]: 26 characters of a-z and 2-7")
        raise typer.Exit(Exit.USAGE)
    if not reason.strip() or len(reason) > REASON_LIMIT:
        err.print(f"[red]--reason takes 1 to {REASON_LIMIT:,} characters[/]")
        raise typer.Exit(Exit.USAGE)
    record, refused = asyncio.run(_appeal(media_id, reason, stack))
    if json:
        told = {"refused": refused.code, "text": refused.text} if refused else {"refused": None}
        number = record.summary.verdict_number if record else None
        print_json({"media_id": media_id, "verdict": number, **told})
    elif refused:
        err.print(f"[red]{refused.code}[/] {escape(refused.text)}")
    elif record is not None:
        number, verdict = record.summary.verdict_number, coloured(record.summary.verdict)
        out.print(f"appealed against verdict {number} ({verdict}) of {media_id}; follow it with `gavel status`")
    if refused:
        raise typer.Exit(Exit.NOT_FOUND if record is None else Exit.FAILED)


async def _appeal(media_id: str, reason: str, stack: str) -> tuple[Record | None, Refusal | None]:
    async with connect(stack) as connection:
        record = await connection.ledger.record(media_id)
        refused = refusal(record, None)
        if refused is None and record is not None and is_under_appeal(record):
            number = record.summary.verdict_number
            refused = Refusal(code="appeal-under-way", text=f"people are looking at verdict {number} again already")
        if refused is None and record is not None:
            async with open_clients("sts", region=connection.outputs.region) as clients:
                by = str((await clients["sts"].get_caller_identity())["Arn"])
            await _send(media_id, reason, record.summary.verdict_number, by, connection)
        return record, refused


async def _send(media_id: str, reason: str, verdict: int, by: str, connection: Connection) -> None:
    cause = hashlib.sha256(reason.encode()).hexdigest()
    event = CloudEvent(
        id=event_id(APPEAL_REQUESTED, media_id, str(verdict), cause),
        source="gavel/cli",
        type=APPEAL_REQUESTED,
        subject=media_id,
        time=datetime.now(UTC),
        data=AppealRequested(media_id=media_id, reason=reason, verdict=verdict, by=by),
    )
    await connection.sqs.send_message(
        QueueUrl=connection.outputs.queues["appeals"], MessageBody=encode(event), MessageGroupId="cli"
    )
