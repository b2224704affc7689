"""`gavel adapter train`: checks everything, says what it costs, and begins."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.markup import escape
from rich.progress import Progress
from rich.table import Table

from cli.adapter.looking import Kept, with_predictions
from cli.adapter.manifest import Image, read_set
from cli.adapter.session import Session, open_session
from cli.adapter.speaking import Every, ProjectName, Watching, run, show
from cli.adapter.split import Mistakes
from cli.adapter.training import Looked, Prepared, Wish, look, prepare, start
from cli.adapter.watching import EVERY_S, watch
from cli.connection import ROOT
from cli.options import Json, Stack
from cli.screen import Exit, err, out, print_json
from shared.aws.objects import fetch
from shared.contracts.messages import MediaRef
from shared.custom_moderation.projects import Adapter, VersionStatus
from shared.errors import Permanent

STATE: Final = ROOT / ".gavel" / "adapters"
MANIFEST_LIMIT_BYTES: Final = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What became of it. `mistakes` are the base model's in the training images; None where asking it isn't paid."""

    images: int
    repeats: int
    unasked: int
    cost_usd: float
    training: int | None = None
    testing: int | None = None
    mistakes: Mapping[str, Mistakes] | None = None
    adapter: Adapter | None = None
    is_new: bool = False


def train(
    project: ProjectName,
    manifest: Annotated[str, typer.Argument(help="the verified set: a file or s3://bucket/key", metavar="MANIFEST")],
    test_share: Annotated[float, typer.Option(help="the share of the images to test on", min=0.01, max=0.9)] = 0.2,
    seed: Annotated[int, typer.Option(help="which images those are: the same seed, the same ones")] = 0,
    threshold: Annotated[float, typer.Option(help="the confidence from which a label counts", min=0, max=100)] = 50,
    output: Annotated[
        str | None, typer.Option(help="where results go, the stack's evidence bucket if not given", metavar="S3")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="check, and tell the cost; pay for nothing")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="pay for the base model's predictions without asking")] = False,
    watching: Watching = False,
    quota: Annotated[float | None, typer.Option(help="calls a second, where it isn't AWS's default", min=0.1)] = None,
    every: Every = EVERY_S,
    state: Annotated[
        Path, typer.Option(envvar="GAVEL_ADAPTERS", help="where paid predictions are kept", file_okay=False)
    ] = STATE,
    stack: Stack = "local",
    json: Json = False,
) -> None:
    """Train an adapter on a verified set. The same set, seed and threshold again are the same adapter."""

    async def do() -> Told:
        async with open_session(stack) as session:
            into = await session.project(project)
            place = _output(output, session.outputs.evidence_bucket)
            wish = Wish(share=test_share, seed=seed, threshold=threshold, output=place)
            kept = Kept(state / f"{session.outputs.region}.jsonl")
            looked = await look(read_set(await _lines(manifest, session)), session.s3, kept)
            if looked.unasked and not yes:
                _tell_cost(looked)
            if looked.unasked and (dry_run or not (yes or (not json and typer.confirm("pay for that?", err=True)))):
                return _told(looked)
            prepared = prepare(await _predicted(looked, kept, session, quota), wish)
            if dry_run:
                return _told(looked, prepared)
            adapter, is_new = await start(prepared, into, wish, session.projects, session.s3)
            if watching:
                _tell_begun(adapter)
                adapter = await watch(adapter, into, session.projects, every_s=every)
            return _told(looked, prepared, adapter, is_new=is_new)

    told = run(do())
    if json:
        print_json(told)
    else:
        _show(told)
    if told.adapter is None and not dry_run:
        err.print("nothing was begun; --yes pays for the predictions without asking")
        raise typer.Exit(Exit.FAILED)
    if told.adapter is not None and told.adapter.status is VersionStatus.TRAINING_FAILED:
        raise typer.Exit(Exit.FAILED)


async def _predicted(looked: Looked, kept: Kept, session: Session, quota: float | None) -> tuple[Image, ...]:
    with Progress(console=err, transient=True) as progress:
        bar = progress.add_task("asking the base model", total=looked.unasked, visible=looked.unasked > 0)
        async with session.base_model(quota) as (detector, limiter):
            return await with_predictions(looked.images, kept, detector, limiter, lambda: progress.advance(bar))


async def _lines(manifest: str, session: Session) -> list[str]:
    if not manifest.startswith("s3://"):
        return lines_of_file(manifest)
    bucket, _, key = manifest.removeprefix("s3://").partition("/")
    fetched = await fetch(session.s3, bucket, key, what="manifest", limit_bytes=MANIFEST_LIMIT_BYTES)
    return fetched.body.decode(errors="replace").split("\n")


def lines_of_file(path: str) -> list[str]:
    try:
        # Keys may have characters at which `splitlines` would part them.
        return Path(path).read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise Permanent("manifest-unreadable", f"{path}: {type(error).__name__}") from error


def _output(address: str | None, evidence_bucket: str) -> MediaRef:
    if address is None:
        return MediaRef(bucket=evidence_bucket, key="adapters")
    bucket, _, prefix = address.removeprefix("s3://").partition("/")
    if not address.startswith("s3://") or not bucket:
        raise Permanent("output-refused", f"--output takes s3://bucket or s3://bucket/folder, not {address!r}")
    return MediaRef(bucket=bucket, key=prefix)


def _told(
    looked: Looked, prepared: Prepared | None = None, adapter: Adapter | None = None, *, is_new: bool = False
) -> Told:
    return Told(
        images=len(looked.images),
        repeats=looked.repeats,
        unasked=looked.unasked,
        cost_usd=looked.cost_usd,
        training=len(prepared.parts.training) if prepared else None,
        testing=len(prepared.parts.testing) if prepared else None,
        mistakes=prepared.mistakes if prepared else None,
        adapter=adapter,
        is_new=is_new,
    )


def _tell_cost(looked: Looked) -> None:
    err.print(
        f"{looked.unasked:,} of {len(looked.images):,} images come without what the base model sees in them, and "
        f"asking it costs {looked.cost_usd:,.2f} USD. Training is billed on top, by its time.",
        highlight=False,
    )


def _tell_begun(adapter: Adapter) -> None:
    err.print(f"`gavel adapter status {escape(adapter.label)} --watch` goes on watching", highlight=False)


def _show(told: Told) -> None:
    if told.repeats:
        out.print(f"{told.repeats:,} lines say once more what others say")
    if told.mistakes is not None:
        out.print(f"{told.training:,} images to train on, {told.testing:,} to test on", highlight=False)
        table = Table(box=None, pad_edge=False)
        for heading in ("base model's mistakes", "false positives", "false negatives", "gets better"):
            table.add_column(heading, justify="left" if heading == "base model's mistakes" else "right")
        for label, each in told.mistakes.items():
            better = "[green]yes[/]" if each.is_enough else "[dim]no[/]"
            table.add_row(escape(label), f"{each.false_positives:,}", f"{each.false_negatives:,}", better)
        out.print(table)
    if told.adapter is not None:
        if not told.is_new:
            out.print("there is such an adapter already: the same images, seed and threshold")
        show(told.adapter, (), None)
        if not told.is_new and told.adapter.status is VersionStatus.TRAINING_FAILED:
            out.print(f"`gavel adapter delete {escape(told.adapter.label)}`, and it can be trained again")
