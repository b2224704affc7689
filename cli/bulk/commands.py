"""`gavel bulk`: whole collections of images through Rekognition's bulk analysis, or through the pipeline."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Final, TypeVar

import typer
from rich.markup import escape
from rich.table import Table

from cli.bulk import running
from cli.bulk.bar import progress_bar
from cli.bulk.plan import Mode, read_plan
from cli.bulk.running import Forecast, Way
from cli.bulk.shapes import INVALID_LINE, INVALID_REF
from cli.bulk.standing import Standing, standing, standings
from cli.bulk.standing import cancel as cancel_run
from cli.bulk.state import Counts
from cli.bulk.summary import Summary
from cli.connection import ROOT, Connection, connect
from cli.options import Json, Stack
from cli.runs import or_told
from cli.screen import Exit, duration, err, out, print_json
from shared.prices import PRICES

T = TypeVar("T")

app = typer.Typer(
    no_args_is_help=True,
    help="Moderate whole collections of images.\n\nExit codes: 0 every line has its result, 1 failed, interrupted or "
    "cancelled, 2 wrong usage, 3 some lines have no result, 5 no such run, or nothing in the source.",
)

Run = Annotated[str, typer.Argument(help="the run's name", metavar="RUN")]
Folder = Annotated[
    Path, typer.Option("--state", envvar="GAVEL_BULK", help="where runs are kept on this machine", file_okay=False)
]
Quota = Annotated[float | None, typer.Option(help="calls a second, where it isn't to be the stack's own", min=0.1)]
Price = Annotated[float, typer.Option(help="USD for an image", min=0)]
RUNS: Final = ROOT / ".gavel" / "bulk"
PRICE_USD: Final = PRICES["rekognition_image"].usd
WATCH_S: Final = 1.0
SLOW_REGION_TPS: Final = 5.0
"""Where the stack doesn't say: DetectModerationLabels in most regions."""
NO_OBJECT: Final = {INVALID_LINE, INVALID_REF}
HINTS: Final = {
    "source-access-denied": "you may not list or read the source (s3:ListBucket, s3:GetObject)",
    "evidence-access-denied": "you may not use bulk/ in the evidence bucket (docs/bulk.md says what it takes)",
    "sqs-access-denied": "you may not send to the stack's media-events (sqs:SendMessage)",
    "source-missing": "there is no such bucket",
}


@app.command()
def start(
    source: Annotated[str, typer.Argument(help="s3://bucket, s3://bucket/folder, or a manifest (JSON Lines)")],
    name: Annotated[
        str | None, typer.Option(help="the run's name; one that follows from the rest if not given")
    ] = None,
    min_confidence: Annotated[
        float | None, typer.Option(help="the least confidence that is told, in percent (50)")
    ] = None,
    adapter: Annotated[str | None, typer.Option(help="a custom moderation adapter's ARN")] = None,
    policy: Annotated[
        str | None, typer.Option(help="judge everything by this policy of its tenants, and open reviews")
    ] = None,
    mode: Annotated[Mode | None, typer.Option(help="who is asked, where it isn't to be the stack's own way")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="tell what it would cost; ask nobody")] = False,
    quota: Quota = None,
    price: Price = PRICE_USD,
    state: Folder = RUNS,
    stack: Stack = "local",
    json: Json = False,
) -> None:
    """Begin a run, and follow it to its end. Ctrl-C leaves it where it is: `resume` goes on."""

    async def do() -> Summary | Forecast:
        async with connect(stack) as connection:
            plan = read_plan(
                source=source,
                mode=mode or Mode(connection.outputs.bulk_backend),
                stack=stack,
                name=name,
                min_confidence=min_confidence,
                adapter=adapter,
                policy=policy,
            )
            if not dry_run:
                err.print(f"run [bold]{escape(plan.run)}[/], {plan.mode}", highlight=False)
            with progress_bar() as watch:
                way = _way(connection, state, price, quota, watch)
                return await (running.forecast if dry_run else running.start)(plan, connection, way)

    found = or_told(do(), HINTS)
    if isinstance(found, Summary):
        _end(found, state, json=json)
    elif json:
        print_json(found)
    else:
        _show_forecast(found)


@app.command()
def resume(
    run: Run,
    errors: Annotated[bool, typer.Option("--errors", help="ask anew about lines that ended with an error")] = False,
    quota: Quota = None,
    price: Price = PRICE_USD,
    state: Folder = RUNS,
    json: Json = False,
) -> None:
    """Go on with a run that was interrupted, failed or was cancelled: nothing that has its answer is asked twice."""

    async def do() -> Summary:
        plan = standing(state, run).plan
        async with connect(plan.stack) as connection:
            with progress_bar() as watch:
                way = _way(connection, state, price, quota, watch)
                return await running.resume(run, connection, way, errors=errors)

    _end(or_told(do(), HINTS), state, json=json)


@app.command("list")
def list_(state: Folder = RUNS, json: Json = False) -> None:
    """The runs that there are on this machine."""
    found = list(standings(state))
    if json:
        print_json([_told(each) for each in found])
    else:
        _show_standings(found)


@app.command()
def status(run: Run, state: Folder = RUNS, json: Json = False) -> None:
    """How far a run has come."""
    found = or_told(_standing(state, run), HINTS)
    if json:
        print_json(_told(found))
    else:
        _show_standings([found])


@app.command()
def watch(run: Run, state: Folder = RUNS, json: Json = False) -> None:
    """Follow a run that another process is at, until that ends."""

    async def do() -> Standing:
        with progress_bar() as watch:
            while (found := standing(state, run)).status == "running":
                watch("running", found.counts)
                await asyncio.sleep(WATCH_S)
        return found

    found = or_told(do(), HINTS)
    if json:
        print_json(_told(found))
    else:
        _show_standings([found])
    if found.status != "done":
        raise typer.Exit(Exit.FAILED)


@app.command()
def results(
    run: Run,
    to: Annotated[Path | None, typer.Option("--out", help="a folder for the files, the run's own if not given")] = None,
    price: Price = PRICE_USD,
    state: Folder = RUNS,
    json: Json = False,
) -> None:
    """Write results.jsonl, manifest-summary.json and summary.json as far as the run has come."""

    async def do() -> Summary:
        return running.results(state, run, to or state / run, price_usd=price)

    _end(or_told(do(), HINTS), state, json=json, to=to)


@app.command()
def cancel(run: Run, state: Folder = RUNS, json: Json = False) -> None:
    """Let nothing more begin; what has begun comes to its end, and is paid for."""

    async def do() -> Standing:
        return cancel_run(state, run)

    found = or_told(do(), HINTS)
    if json:
        print_json(_told(found))
        return
    _show_standings([found])
    if found.status == "running":
        out.print("nothing more begins; what has begun comes to its end", highlight=False)


async def _standing(folder: Path, run: str) -> Standing:
    return standing(folder, run)


def _way(
    connection: Connection,
    folder: Path,
    price_usd: float,
    quota: float | None,
    watch: Callable[[str, Counts], None],
) -> Way:
    per_s = quota or connection.outputs.rekognition_tps or SLOW_REGION_TPS
    return Way(folder=folder, price_usd=price_usd, calls_per_s=per_s, watch=watch)


def _end(summary: Summary, folder: Path, *, json: bool, to: Path | None = None) -> None:
    if json:
        print_json(summary)
    else:
        _show(summary, to or folder / summary.run)
    if summary.waiting:
        raise typer.Exit(Exit.FAILED)
    if summary.errors or summary.unjudged:
        raise typer.Exit(Exit.QUARANTINED)


def _show(summary: Summary, folder: Path) -> None:
    table = Table(box=None, pad_edge=False)
    table.add_column("label")
    table.add_column("images", justify="right")
    for label, count in sorted(summary.labels.items(), key=lambda each: (-each[1], each[0])):
        table.add_row(escape(label), f"{count:,}")
    if summary.labels:
        out.print(table)
    bins = "  ".join(
        f"{10 * bin_}-{10 * bin_ + 10}: {count:,}" for bin_, count in enumerate(summary.histogram) if count
    )
    told = [
        f"{summary.lines:,} lines, {summary.results:,} results, {summary.clean:,} of them without any label"
        + (f"; {summary.repeats:,} name an object again" if summary.repeats else ""),
        f"highest confidence of an image: {bins}" if bins else "",
        f"adapter ignored: {summary.adapter_ignored:,} of them are answers of Rekognition's own model"
        if summary.adapter_ignored
        else "",
        _counted("no result", summary.errors),
        _counted(f"by policy {summary.policy}", summary.choices),
        _counted("not judged", summary.unjudged),
        f"{summary.cost_usd:,.2f} USD for Rekognition",
    ]
    if summary.waiting:
        what = "cancelled" if summary.is_cancelled else "interrupted"
        told.append(f"{what} with {summary.waiting:,} images to go: `gavel bulk resume {summary.run}`")
    elif summary.errors.keys() - NO_OBJECT or summary.unjudged:
        told.append(f"`gavel bulk resume {summary.run} --errors` asks anew about what has no result")
    told.append(f"files: {folder}")
    for line in told:
        if line:
            out.print(escape(line), highlight=False, soft_wrap=True)


def _counted(what: str, counts: dict[str, int]) -> str:
    return f"{what}: {', '.join(f'{count:,} {name}' for name, count in counts.items())}" if counts else ""


def _show_forecast(found: Forecast) -> None:
    takes = "as long as Rekognition takes" if found.duration_s is None else duration(found.duration_s)
    invalid = f", {found.invalid:,} lines that name no object" if found.invalid else ""
    out.print(
        f"run {found.run}: {found.images:,} images{invalid}. At the most {found.cost_usd:,.2f} USD and, at the quota, "
        f"{takes}. Nobody was asked.",
        highlight=False,
        soft_wrap=True,
    )


def _show_standings(found: list[Standing]) -> None:
    table = Table(box=None, pad_edge=False)
    for heading in ("run", "status", "mode", "images", "done", "policy", "source"):
        table.add_column(heading, justify="right" if heading in {"images", "done"} else "left", overflow="fold")
    for each in found:
        table.add_row(
            *(escape(each.run), each.status, each.plan.mode, f"{each.counts.images:,}", f"{each.counts.done:,}"),
            *(escape(each.plan.policy or "—"), escape(each.plan.source)),
        )
    out.print(table)


def _told(found: Standing) -> dict[str, Any]:
    return {
        "run": found.run,
        "status": found.status,
        "plan": found.plan,
        "lines": found.counts.lines,
        "images": found.counts.images,
        "sent": found.counts.sent,
        "done": found.counts.done,
        "listed_at": found.listed_at,
        "done_at": found.done_at,
    }
