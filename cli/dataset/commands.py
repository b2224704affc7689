"""`gavel dataset`: labelled image sets out of dirty repositories, by DetectLabels and, where that is unsure, people."""

import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from rich.markup import escape
from rich.status import Status
from rich.table import Table

from cli.connection import ROOT
from cli.dataset.asking import Asker, default_quota
from cli.dataset.filtering import Forecast, Way, forecast, run
from cli.dataset.finishing import Standing, opened, standings
from cli.dataset.finishing import finish as finish_run
from cli.dataset.people import Backend, People, people_of
from cli.dataset.plan import Limits, Place, Plan, Sample, read_plan
from cli.dataset.progress import Progress, Stop
from cli.dataset.session import NO_STACK, Session, open_session
from cli.dataset.summary import PRICE_USD, Summary, told
from cli.options import Json
from cli.runs import PlanProblems, or_told
from cli.screen import Exit, duration, err, out, print_json
from shared.clock import utc_now
from shared.contracts.words import BackendName

T = TypeVar("T")

app = typer.Typer(
    no_args_is_help=True,
    help="Build labelled image sets out of dirty repositories.\n\nExit codes: 0 done, 1 failed or interrupted, 2 wrong "
    "usage, 5 nothing in the source, or no run at the destination.",
)

Dest = Annotated[str, typer.Option(help="where the set is: s3://bucket/folder", metavar="S3")]
Name = Annotated[str | None, typer.Option(help="the folder's name, the label's own if not given", metavar="FOLDER")]
Stack = Annotated[
    str,
    typer.Option("--stack", envvar="GAVEL_STACK", help=f"the deployed stack, {NO_STACK!r} for an account without one"),
]
State = Annotated[
    Path, typer.Option("--state", envvar="GAVEL_DATASETS", help="where runs are kept on this machine", file_okay=False)
]
ReviewBackend = Annotated[
    BackendName | None, typer.Option(help="who asks people, where it isn't to be the stack's own")
]
STATE_FOLDER = ROOT / ".gavel" / "datasets"
HINTS = {
    "dest-access-denied": "you may not write to the destination (s3:ListBucket, s3:GetObject, s3:PutObject)",
    "source-access-denied": "you may not list or read the source (s3:ListBucket, s3:GetObject)",
    "rekognition-access-denied": "you may not call rekognition:DetectLabels",
    "source-missing": "there is no such source bucket",
    "dest-missing": "there is no such destination bucket",
    "human-loop-quota": "A2I has no room for more loops; --resume opens the rest when people have answered some",
}


@app.command("filter")
def filter_(
    label: Annotated[list[str], typer.Option(help="what to look for; several make several folders in one pass")],
    source: Annotated[str, typer.Option(help="the images: s3://bucket or s3://bucket/folder", metavar="S3")],
    dest: Annotated[str, typer.Option(help="where the set goes: s3://bucket or s3://bucket/folder", metavar="S3")],
    threshold: Annotated[float, typer.Option(help="the least confidence that is kept, in percent")] = 90,
    name: Name = None,
    target: Annotated[int | None, typer.Option(help="enough images, in every folder")] = None,
    max_scan: Annotated[int | None, typer.Option(help="paid calls at the most")] = None,
    patience: Annotated[int | None, typer.Option(help="give up after so many misses in a row")] = None,
    review_band: Annotated[
        str | None,
        typer.Option(help="confidences that people are asked about", metavar="50-90"),
    ] = None,
    with_boxes: Annotated[bool, typer.Option("--with-boxes", help="write a Ground Truth manifest and COCO")] = False,
    sample: Annotated[Sample, typer.Option(help="in the order of the keys, or at random")] = Sample.LISTED,
    seed: Annotated[int, typer.Option(help="of the random order: the same seed, the same order")] = 0,
    keep_duplicates: Annotated[bool, typer.Option("--keep-duplicates", help="keep what looks the same, too")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="tell what it could cost; call and write nothing")] = False,
    resume: Annotated[bool, typer.Option("--resume", help="go on with an earlier run; nothing is paid twice")] = False,
    anew: Annotated[
        bool, typer.Option("--anew", help="forget an earlier run, and pay again; what it has copied stays")
    ] = False,
    allow_unknown_label: Annotated[
        bool, typer.Option("--allow-unknown-label", help="take labels that aren't in Gavel's list")
    ] = False,
    quota: Annotated[
        float | None, typer.Option(help="calls a second, where the account's quota isn't AWS's default", min=0.1)
    ] = None,
    price: Annotated[float, typer.Option(help="USD for a call", min=0)] = PRICE_USD,
    review_backend: ReviewBackend = None,
    state: State = STATE_FOLDER,
    stack: Stack = "local",
    json: Json = False,
) -> None:
    """Copy the images of a label to a folder of its own: filter, cap, stop early, ask people where it is unsure."""

    async def do() -> Summary | Forecast:
        plan = read_plan(
            source=source,
            dest=dest,
            labels=label,
            name=name,
            threshold=threshold,
            band=review_band,
            limits=Limits(target=target, max_scan=max_scan, patience=patience),
            sample=sample,
            seed=seed,
            with_boxes=with_boxes,
            keep_duplicates=keep_duplicates,
            allow_unknown_labels=allow_unknown_label,
        )
        async with open_session(stack) as session:
            with Status("looking at the source", console=err) as status:
                way = Way(
                    folder=state,
                    resume=resume,
                    anew=anew,
                    price_usd=price,
                    calls_per_s=quota or default_quota(session.region),
                    people=_backend(session, review_backend) if review_band else None,
                    watch=_watching(status, plan),
                )
                return await (forecast if dry_run else run)(plan, session, way)

    found = or_told(do(), HINTS)
    if json:
        print_json(found)
    elif isinstance(found, Forecast):
        _show_forecast(found)
    else:
        _show(found, state)
        if (
            review_band
            and found.stopped_by is not Stop.INTERRUPTED
            and any(counts.uncertain for counts in found.folders.values())
        ):
            there = f"--dest {shlex.quote(dest)}"
            out.print(
                f"people are asked about what is uncertain: `gavel dataset status {escape(there)}`, then "
                f"`gavel dataset finish {escape(there)}`",
                highlight=False,
                soft_wrap=True,
            )
    if isinstance(found, Summary) and found.stopped_by is Stop.INTERRUPTED:
        raise typer.Exit(Exit.FAILED)


@app.command()
def status(
    dest: Dest,
    name: Name = None,
    review_backend: ReviewBackend = None,
    state: State = STATE_FOLDER,
    stack: Stack = "local",
    json: Json = False,
) -> None:
    """Show the runs at a destination, and how far people have come with what is uncertain."""

    async def do() -> list[Standing]:
        async with open_session(stack) as session:
            people = _people(session, review_backend)
            return [
                standing
                async for one in opened(_place(dest), name, state, session)
                for standing in await standings(one, people)
            ]

    found = or_told(do(), HINTS)
    if json:
        print_json(found)
    elif found:
        _show_standings(found)
    if not found:
        err.print(f"no run has written to {escape(dest)}" + (f" as {escape(name)}" if name else ""))
        raise typer.Exit(Exit.NOT_FOUND)


@app.command()
def finish(
    dest: Dest,
    name: Name = None,
    now: Annotated[bool, typer.Option("--now", help="don't wait for missing answers: those images stay out")] = False,
    review_backend: ReviewBackend = None,
    state: State = STATE_FOLDER,
    stack: Stack = "local",
    json: Json = False,
) -> None:
    """Put what people said yes to into the set, up to the target; then boxes and report anew."""

    async def do() -> list[Summary]:
        async with open_session(stack) as session:
            people = _people(session, review_backend)
            return [
                await finish_run(one, session, people, now=now)
                async for one in opened(_place(dest), name, state, session)
            ]

    found = or_told(do(), HINTS)
    if json:
        print_json(found)
    for summary in () if json else found:
        _show(summary, state)
    if not found:
        err.print(f"no run has written to {escape(dest)}" + (f" as {escape(name)}" if name else ""))
        raise typer.Exit(Exit.NOT_FOUND)


def _place(address: str) -> Place:
    place = Place.read(address)
    if place is None:
        raise PlanProblems([f"--dest {address!r}: write s3://bucket or s3://bucket/folder"])
    return place


def _people(session: Session, backend: BackendName | None) -> People | None:
    outputs = session.outputs
    if outputs is None or outputs.dataset_review is None:
        return None
    review = outputs.dataset_review
    return people_of(review, session.clients, outputs.evidence_bucket, utc_now, backend or review.backend)


def _backend(session: Session, backend: BackendName | None) -> Backend:
    people = _people(session, backend)
    if people is None or session.outputs is None:
        raise PlanProblems(["--review-band: this stack has nobody to ask" + (f" by {backend}" if backend else "")])
    return Backend(people=people, work_bucket=session.outputs.work_bucket)


def _watching(status: Status, plan: Plan) -> Callable[[Progress, Asker], None]:
    def watch(progress: Progress, asker: Asker) -> None:
        found = ", ".join(f"{counts.kept:,} {folder}" for folder, counts in progress.folders.items())
        state = asker.quota.state
        slow = "" if state.factor > 0.99 else f", slowed down to {state.rate_per_s:.1f} calls a second by throttles"
        status.update(escape(f"{progress.images:,} images, {asker.paid:,} calls: {found}{slow}"))

    return watch


def _show(summary: Summary, folder: Path) -> None:
    table = Table(box=None, pad_edge=False)
    for heading in ("folder", "kept", "uncertain", "repeats", "rejected"):
        table.add_column(heading, justify="left" if heading == "folder" else "right")
    for name, counts in summary.folders.items():
        numbers = (counts.kept, counts.uncertain, counts.duplicates, counts.rejected)
        table.add_row(escape(name), *(f"{number:,}" for number in numbers))
    out.print(table)
    for line in told(summary):
        out.print(escape(line), highlight=False, soft_wrap=True)
    if summary.stopped_by is not Stop.INTERRUPTED:
        out.print(f"report: {escape(str(folder / summary.run / 'report.html'))}", highlight=False, soft_wrap=True)


def _show_forecast(found: Forecast) -> None:
    known = f", {found.known:,} of them paid for already" if found.known else ""
    out.print(
        f"{found.objects:,} objects, {found.askable:,} that can be asked about{known}. "
        f"At the most {found.calls:,} calls, {found.cost_usd:,.2f} USD and {duration(found.duration_s)}. "
        "Nothing was called or written, so whether the destination can be written to isn't known.",
        highlight=False,
        soft_wrap=True,
    )


def _show_standings(found: list[Standing]) -> None:
    table = Table(box=None, pad_edge=False)
    headings = ("folder", "kept", "target", "waiting", "yes", "no", "unanswered", "unasked", "finished")
    for heading in headings:
        table.add_column(heading, justify="left" if heading in {"folder", "finished"} else "right")
    for each in found:
        numbers = (each.kept, each.target, each.waiting, each.yes, each.no, each.unanswered, each.unasked)
        when = f"{each.finished_at:%Y-%m-%d %H:%M} UTC" if each.finished_at else "[dim]—[/]"
        table.add_row(escape(each.folder), *("—" if one is None else f"{one:,}" for one in numbers), when)
    out.print(table)
