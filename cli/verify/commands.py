"""`gavel verify`: predictions that people check, until an adapter can be trained from the model's errors."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Annotated, TypeVar
from uuid import uuid4

import typer
from rich.markup import escape
from rich.table import Table

from cli.bulk.commands import RUNS
from cli.connection import Connection, connect
from cli.options import Json, Stack
from cli.screen import Exit, err, out, print_json
from cli.verify.exporting import Exported, unknown_sets, write_manifest
from cli.verify.pinning import Versions
from cli.verify.source import NoResults, chunks_of, is_unfinished, source_of, written_at
from cli.verify.starting import Chosen, NotBegun, hand_over, split, taken
from cli.verify.telling import Progress, as_json, counted, told, what_is_missing
from shared.aws.policies import S3PolicyStore
from shared.aws.verification_parts import write_part
from shared.aws.verified import DynamoVerified
from shared.errors import Permanent
from shared.taxonomy.labels import is_known, nearest
from shared.verification.counts import Counts, together
from shared.verification.sets import LIVE, NAME, VerificationSet

app = typer.Typer(
    no_args_is_help=True,
    help="Check predictions, and collect what an adapter can learn from.\n\nExit codes: 0 done, 1 failed, 2 wrong "
    "usage, 5 no such results, set or tenant.",
)

T = TypeVar("T")

Tenant = Annotated[str, typer.Option(help="whose images they are")]
SetName = Annotated[str | None, typer.Argument(help="a set's name; all of the tenant's when left out")]
Sets = Annotated[list[str] | None, typer.Option("--set", help="only words from this set; repeatable")]


class VerifyProblem(Exception):
    """It can't be done; the text says why."""

    def __init__(self, text: str, exit_code: Exit = Exit.FAILED) -> None:
        super().__init__(text)
        self.exit_code = exit_code


@app.command()
def start(
    results: Annotated[str, typer.Argument(metavar="RESULTS", help="a bulk run, a file, or s3://…/results.jsonl")],
    name: Annotated[str | None, typer.Option(help="what the set is called; made of RESULTS when left out")] = None,
    tenant: Tenant = "default",
    label: Annotated[list[str] | None, typer.Option(help="only images with this prediction; repeatable")] = None,
    adapter: Annotated[str | None, typer.Option(help="the adapter that the results are of, if any")] = None,
    group: Annotated[str | None, typer.Option(help="the user pool's group that may; the default team's")] = None,
    runs: Annotated[
        Path, typer.Option("--state", envvar="GAVEL_BULK", help="where bulk runs are kept here", file_okay=False)
    ] = RUNS,
    stack: Stack = "local",
    json: Json = False,
) -> None:
    """Hand the results of a bulk analysis to reviewers, who check them on the desk."""
    wanted = tuple(dict.fromkeys(label or ()))
    _require_labels(wanted)
    begun, url = _run(_start(results, name, tenant, wanted, adapter, group, runs, stack))
    if json:
        print_json({**told(begun), "url": url})
        return
    out.print(f"[bold]{escape(begun.name)}[/]: {begun.images:,} images to verify, at {escape(url)}", soft_wrap=True)
    for why, count in begun.left_out.items():
        out.print(f"{count:,} lines left out: {why.replace('-', ' ')}")


@app.command("list")
def list_(tenant: Tenant = "default", stack: Stack = "local", json: Json = False) -> None:
    """List the sets of a tenant, with how far each is."""
    found = _run(_progress(tenant, stack))
    if json:
        print_json([as_json(each) for each in found])
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("set", "images", "verified", "disputed", "begun", "ready to train"):
        table.add_column(heading, overflow="fold", justify="right" if heading in {"images", "verified"} else "left")
    for each in found:
        table.add_row(
            escape(each.name),
            f"{each.begun.images:,}" if each.begun else "—",
            f"{each.counts.images:,}",
            f"{each.counts.disputed:,}",
            f"{each.begun.begun_at:%Y-%m-%d}" if each.begun else "rulings",
            ", ".join(each.counts.trainable) or "—",
        )
    out.print(table if found else "no sets")


@app.command()
def status(name: SetName = None, tenant: Tenant = "default", stack: Stack = "local", json: Json = False) -> None:
    """Show where the model was wrong, by label, and what is missing until a label can be trained."""
    found = _run(_progress(tenant, stack))
    if name is not None:
        found = [each for each in found if each.name == name]
        if not found:
            err.print(f"[red]{escape(tenant)} has no set {escape(name)}[/]")
            raise typer.Exit(Exit.NOT_FOUND)
    counts = together(each.counts for each in found)
    if json:
        print_json({"tenant": tenant, "sets": [as_json(each) for each in found], "together": counted(counts)})
        return
    out.print(f"{counts.images:,} images verified, {counts.disputed:,} disputed")
    table = Table(box=None, pad_edge=False)
    for heading in ("label", "right", "false positives", "false negatives", "to train it"):
        table.add_column(heading, overflow="fold", justify="left" if heading in {"label", "to train it"} else "right")
    for each in counts.labels:
        table.add_row(
            escape(each.label), f"{each.right:,}", f"{each.false_positives:,}", f"{each.false_negatives:,}",
            what_is_missing(each, counts),
        )  # fmt: skip
    if counts.labels:
        out.print(table)


@app.command()
def export(
    to: Annotated[Path | None, typer.Option("--out", help="a file; standard output when left out")] = None,
    tenant: Tenant = "default",
    bucket: Annotated[
        str | None, typer.Option(help="images of this bucket; of the one with the most when left out")
    ] = None,
    set_: Sets = None,
    with_predictions: Annotated[
        bool,
        typer.Option("--with-predictions", help="say what the base model saw, too: `gavel adapter train` reads it"),
    ] = False,
    stack: Stack = "local",
    json: Json = False,
) -> None:
    """Write what was verified as a training manifest: an image a line, with its labels, none for one that is safe.

    A dataset's images are all in one bucket. What was exported, and what doesn't fit, is told on standard error, or
    with --json on standard output, where the manifest then needs --out.
    """
    if json and to is None:
        raise typer.BadParameter("--json needs --out: standard output can't have both", param_hint="--json")
    exported = _run(_export(to, tenant, bucket, set(set_) if set_ else None, stack, with_predictions=with_predictions))
    if json:
        print_json(exported)
        return
    if exported.bucket is None:
        err.print("nothing is verified yet")
        return
    err.print(f"{exported.images:,} images of {escape(exported.bucket)}, {exported.safe:,} of them safe")
    for why, count in exported.left_out.items():
        err.print(f"{count:,} left out: {why.replace('-', ' ')}")
    for other, count in exported.elsewhere.items():
        err.print(f"{count:,} in {escape(other)}: export them with --bucket")


async def _start(
    results: str,
    name: str | None,
    tenant: str,
    labels: tuple[str, ...],
    adapter: str | None,
    group: str | None,
    runs: Path,
    stack: str,
) -> tuple[VerificationSet, str]:
    async with _opened(stack) as (connection, verified):
        outputs = connection.outputs
        if not outputs.desk_url:
            raise VerifyProblem(f"stack {stack} has no review desk, so there is nowhere to verify")
        try:
            source = source_of(results, runs=runs)
        except NoResults as problem:
            raise VerifyProblem(str(problem), Exit.NOT_FOUND) from problem
        if is_unfinished(source, runs):
            told = f"run {source.run} hasn't come to its end: what its files don't have yet isn't in the set"
            err.print(f"[yellow]{escape(told)}[/]", soft_wrap=True)
        called = _name(name or source.name)
        if await verified.find(tenant, called) is not None:
            raise VerifyProblem(str(taken(tenant, called)))
        tenants = await S3PolicyStore(connection.s3, outputs.policy_bucket).tenants()
        if all(each.name != tenant for each in tenants.tenants):
            raise VerifyProblem(f"there is no tenant {tenant}", Exit.NOT_FOUND)
        chosen = Chosen(tenants, tenant, labels=labels, adapter=adapter)
        set_ = VerificationSet(
            tenant=tenant,
            name=called,
            group=group or outputs.reviewers_group,
            results=source.told,
            begun_at=datetime.now(UTC),
            images=0,
            folder=uuid4().hex,
        )
        write = partial(write_part, connection.s3, outputs.evidence_bucket, set_)
        try:
            versions = Versions(s3=connection.s3, seen_by=await written_at(source, connection.s3))
            lines = split(chunks_of(source, connection.s3))
            begun = await hand_over(set_, lines, chosen, versions.pin, write, verified)
        except Permanent as error:
            raise VerifyProblem(f"{source.told} can't be read: {error.code}", Exit.NOT_FOUND) from error
        except NotBegun as problem:
            raise VerifyProblem(str(problem)) from problem
        return begun, f"{outputs.desk_url}/verify/{tenant}/{called}"


async def _progress(tenant: str, stack: str) -> list[Progress]:
    async with _opened(stack) as (_, verified):
        begun = {each.name: each for each in await verified.sets() if each.tenant == tenant}
        counts = await verified.all_counts(tenant)
        return [
            Progress(name=name, begun=begun.get(name), counts=counts.get(name, Counts()))
            for name in sorted({*begun, *counts}, key=lambda name: (name == LIVE, name))
        ]


async def _export(
    to: Path | None, tenant: str, bucket: str | None, sets: set[str] | None, stack: str, *, with_predictions: bool
) -> Exported:
    async with _opened(stack) as (connection, verified):
        if unknown := await unknown_sets(verified, tenant, sets or ()):
            raise VerifyProblem(f"{tenant} has no set {', '.join(unknown)}", Exit.NOT_FOUND)
        return await write_manifest(
            verified, connection.s3, tenant, to, bucket=bucket, sets=sets, with_predictions=with_predictions
        )


@asynccontextmanager
async def _opened(stack: str) -> AsyncIterator[tuple[Connection, DynamoVerified]]:
    async with connect(stack) as connection:
        if not connection.outputs.verified_table:
            raise VerifyProblem(f"stack {stack} is older than `gavel verify`: deploy it anew")
        yield connection, DynamoVerified(connection.dynamodb, connection.outputs.verified_table)


def _name(text: str) -> str:
    if not NAME.fullmatch(text) or text == LIVE:
        raise VerifyProblem(f"{text!r} can't be a set's name: 1 to 64 of A-Z a-z 0-9 . _ -, and not {LIVE}", Exit.USAGE)
    return text


def _require_labels(labels: tuple[str, ...]) -> None:
    for label in labels:
        if not is_known(label):
            near = ", ".join(nearest(label))
            raise typer.BadParameter(
                f"{label[:80]} isn't a label of the moderation taxonomy" + (f"; did you mean {near}?" if near else "")
            )


def _run(work: Awaitable[T]) -> T:
    async def run() -> T:
        return await work

    try:
        return asyncio.run(run())
    except VerifyProblem as problem:
        err.print(f"[red]{escape(str(problem))}[/]", soft_wrap=True)
        raise typer.Exit(problem.exit_code) from None
