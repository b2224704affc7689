"""`gavel submit`: put media into the pipeline, and wait for the verdicts if asked to."""

import asyncio
import hashlib
import mimetypes
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from botocore.exceptions import BotoCoreError, ClientError
from rich.live import Live
from rich.markup import escape
from rich.table import Table

from cli.connection import Connection, connect
from cli.options import Json, Stack
from cli.screen import Exit, coloured, err, out, print_json
from shared.contracts.cloudevents import CloudEvent, encode, event_id
from shared.contracts.messages import MEDIA_SUBMITTED, MediaRef, MediaSubmitted
from shared.contracts.words import Lane, Status
from shared.identity import media_id
from shared.ledger.entries import Quarantined, VerdictGiven
from shared.ledger.record import Record
from shared.ledger.views import only

POLL_S = 0.5
UPLOAD_LIMIT_BYTES = 5 * 1024**3
"""Of one PutObject."""


@dataclass(slots=True, kw_only=True)
class Item:
    """One thing that was asked for. `problem` is set when it could not even be submitted."""

    name: str
    media_id: str | None = None
    source: MediaRef | None = None
    record: Record | None = None
    problem: str | None = None

    @property
    def is_settled(self) -> bool:
        status = self.record.summary.status if self.record else None
        return self.problem is not None or status in {
            *(Status.DONE, Status.APPEALED, Status.QUARANTINED, Status.DISCARDED)
        }


def submit(
    media: Annotated[list[str], typer.Argument(help="files, or s3://bucket/key")],
    tenant: Annotated[str | None, typer.Option(help="whose media it is, where its bucket serves several")] = None,
    backfill: Annotated[bool, typer.Option(help="let live traffic go first")] = False,
    wait: Annotated[bool, typer.Option("--wait", help="wait for the verdicts")] = False,
    timeout: Annotated[float, typer.Option(help="seconds to wait at the most")] = 300,
    stack: Stack = "local",
    json: Json = False,
) -> None:
    """Submit images and videos: files are uploaded to the stack's media bucket, s3:// addresses taken as they are."""
    lane = Lane.BACKFILL if backfill else Lane.LIVE
    items = asyncio.run(_submit(media, tenant, lane, stack, timeout if wait else None, quiet=json))
    if json:
        print_json([_as_json(item) for item in items])
    else:
        out.print("" if wait else _table(items))
        _show_problems(items)
    raise typer.Exit(_exit_code(items, waited=wait))


async def _submit(
    names: list[str], tenant: str | None, lane: Lane, stack: str, patience_s: float | None, *, quiet: bool
) -> list[Item]:
    async with connect(stack) as connection:
        items = [Item(name=name) for name in names]
        await asyncio.gather(*(_send(item, tenant, lane, connection) for item in items))
        if patience_s is not None:
            await _wait(items, connection, patience_s, quiet=quiet)
        return items


async def _send(item: Item, tenant: str | None, lane: Lane, connection: Connection) -> None:
    try:
        item.source = await _located(item.name, connection)
    except (ClientError, BotoCoreError, OSError, ValueError) as error:
        item.problem = _explained(error)
        return
    item.media_id = media_id(item.source.bucket, item.source.key, item.source.version_id or "")
    event = CloudEvent(
        id=event_id(MEDIA_SUBMITTED, item.media_id),
        source="gavel/cli",
        type=MEDIA_SUBMITTED,
        subject=item.name,
        time=datetime.now(UTC),
        data=MediaSubmitted(
            media=MediaRef(
                bucket=item.source.bucket,
                key=item.source.key,
                version_id=None if _is_etag(item.source.version_id) else item.source.version_id,
            ),
            tenant=tenant,
            lane=lane,
        ),
    )
    await connection.sqs.send_message(
        QueueUrl=connection.outputs.queues["media-events"], MessageBody=encode(event), MessageGroupId=tenant or "cli"
    )


async def _located(name: str, connection: Connection) -> MediaRef:
    """Where the media is, with the version that its id is made of. Files are uploaded first."""
    if name.startswith("s3://"):
        bucket, _, key = name.removeprefix("s3://").partition("/")
        if not bucket or not key:
            raise ValueError("not an object's address; write s3://bucket/key")
        head = await connection.s3.head_object(Bucket=bucket, Key=key)
        return MediaRef(bucket=bucket, key=key, version_id=version_of(head))
    path = Path(name)
    sha256 = await asyncio.to_thread(_sha256, path)
    bucket = connection.outputs.media_bucket
    key = f"submitted/{sha256[:12]}/{path.name}"
    content_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    with await asyncio.to_thread(path.open, "rb") as body:
        answer = await connection.s3.put_object(Bucket=bucket, Key=key, Body=body, ContentType=content_type)
    return MediaRef(bucket=bucket, key=key, version_id=version_of(answer))


def _sha256(path: Path) -> str:
    if path.stat().st_size > UPLOAD_LIMIT_BYTES:
        raise ValueError("over 5 GB; upload it with `aws s3 cp`, and submit its s3:// address")
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def version_of(answer: Any) -> str:
    """What INGEST takes for the version: the version id, or the ETag where the bucket isn't versioned."""
    version = answer.get("VersionId")
    return version if version and version != "null" else f"etag:{answer['ETag'].strip(chr(34))}"


def _is_etag(version: str | None) -> bool:
    return version is not None and version.startswith("etag:")


async def _wait(items: list[Item], connection: Connection, patience_s: float, *, quiet: bool) -> None:
    deadline = time.monotonic() + patience_s
    with Live(_table(items), console=err if quiet else out, refresh_per_second=4, transient=quiet) as live:
        while pending := [item for item in items if not item.is_settled]:
            if time.monotonic() > deadline:
                return
            records = await asyncio.gather(*(connection.ledger.record(item.media_id or "") for item in pending))
            for item, record in zip(pending, records, strict=True):
                item.record = record
            live.update(_table(items))
            await asyncio.sleep(POLL_S)


def _table(items: list[Item]) -> Table:
    table = Table(box=None, pad_edge=False)
    for heading in ("media", "id", "became", "by"):
        table.add_column(heading, no_wrap=True)
    table.add_column("why", overflow="fold")
    for item in items:
        table.add_row(escape(_short(item.name)), item.media_id or "", *_columns(item))
    return table


def _columns(item: Item) -> tuple[str, str, str]:
    if item.problem:
        return "[red]not submitted[/]", "", ""
    if item.record is None:
        return "[dim]sent[/]", "", ""
    verdict, status = only(item.record, VerdictGiven), item.record.summary.status
    if verdict and status is not Status.QUARANTINED:
        return coloured(verdict.action), verdict.decided_by, _why(verdict)
    return coloured(status), "", ""


def _short(name: str) -> str:
    return name.rstrip("/").rpartition("/")[2] or name


def _show_problems(items: list[Item]) -> None:
    """What was not submitted, and what landed in quarantine, each with its reason in full."""
    for item in items:
        quarantined = only(item.record, Quarantined) if item.record else None
        if item.problem:
            out.print(f"[bold]{escape(item.name)}[/] was not submitted: {escape(item.problem)}")
        elif quarantined and item.record and item.record.summary.status is Status.QUARANTINED:
            out.print(f"[bold]{escape(item.name)}[/] is in quarantine: {escape(quarantined.detail)}")


def _why(verdict: VerdictGiven) -> str:
    reason = verdict.reasons[0] if verdict.reasons else None
    if reason is None:
        return ""
    if reason.label and reason.confidence is not None:
        return f"{reason.code} ({reason.label} {reason.confidence:.1f})"
    return reason.code


def _explained(error: Exception) -> str:
    if isinstance(error, ClientError):
        return f"S3 answered {error.response['Error']['Code']}; does the object exist, and may you read it?"
    if isinstance(error, OSError):
        return error.strerror or "can't be read"
    return str(error)


def _as_json(item: Item) -> dict[str, Any]:
    verdict = only(item.record, VerdictGiven) if item.record else None
    quarantined = only(item.record, Quarantined) if item.record else None
    return {
        "name": item.name,
        "media_id": item.media_id,
        "source": item.source,
        "problem": item.problem,
        "status": item.record.summary.status if item.record else None,
        "verdict": verdict,
        "quarantined": quarantined,
    }


def _exit_code(items: list[Item], *, waited: bool) -> Exit:
    if any(item.problem for item in items):
        return Exit.FAILED
    if not waited:
        return Exit.OK
    if any(item.record and item.record.summary.status is Status.QUARANTINED for item in items):
        return Exit.QUARANTINED
    return Exit.OK if all(item.is_settled for item in items) else Exit.TIMED_OUT
