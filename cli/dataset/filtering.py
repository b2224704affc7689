"""A filter run from its beginning to its report; and anew from wherever a crash has left it."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from msgspec import structs

from cli.dataset import archive, boxes
from cli.dataset.asking import Asker, is_askable
from cli.dataset.copying import Copies
from cli.dataset.listing import candidates, listing
from cli.dataset.people import Backend, open_loops
from cli.dataset.pictures import Pictures
from cli.dataset.plan import Plan, resume_problems
from cli.dataset.progress import Progress, Stop
from cli.dataset.scan import Scan
from cli.dataset.session import Session
from cli.dataset.state import State
from cli.dataset.summary import Summary, summarise
from cli.run_state import forget
from cli.runs import NothingThere, PlanProblems, RunProblem, alone, interruptible
from shared.aws.errors import translated

PLAN: Final = "plan"
SUMMARY: Final = "summary"


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How a run is gone about: nothing of it changes what is kept.

    `folder` is where states are kept on this machine, `people` whom to ask about what is uncertain.
    """

    folder: Path
    resume: bool
    anew: bool
    price_usd: float
    calls_per_s: float
    people: Backend | None
    watch: Callable[[Progress, Asker], None] = lambda progress, asker: None


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """What a run may cost at the most. `known` were paid by an earlier run already."""

    objects: int
    askable: int
    known: int
    calls: int
    cost_usd: float
    duration_s: float


def state_path(folder: Path, run: str) -> Path:
    return folder / run / "state.sqlite"


async def forecast(plan: Plan, session: Session, way: Way) -> Forecast:
    """Lists the source and writes nothing. Raises as `run` does, save for what only writing shows."""
    objects = askable = known = 0
    await _check_source(plan, session)
    path = state_path(way.folder, plan.run)
    async for listed in listing(session.s3, plan.source):
        objects += 1
        askable += is_askable(listed)
    if path.exists() and not way.anew:
        with State(path) as state:
            known = state.calls
    most = min(askable, plan.limits.max_scan or askable)
    calls = max(0, most - known)
    return Forecast(
        objects=objects,
        askable=askable,
        known=known,
        calls=calls,
        cost_usd=calls * way.price_usd,
        duration_s=calls / way.calls_per_s,
    )


async def run(plan: Plan, session: Session, way: Way) -> Summary:
    """Raises RunProblem and GavelError; what was paid until then is kept, and `resume` goes on with it."""
    path = state_path(way.folder, plan.run)
    with alone(path.with_name("lock")):
        await _check_source(plan, session)
        if way.anew:
            forget(path)
        else:
            await archive.fetch_if_newer(session.s3, plan, path)
            if not path.exists() and await archive.is_claimed(session.s3, plan):
                raise RunProblem(
                    f"run {plan.run} was begun on another machine and hasn't come to an end: go on there, "
                    "or pay again (--anew)"
                )
        with State(path) as state:
            _check_before(plan, state, way)
            await archive.claim(session.s3, plan)
            state.keep_fact(PLAN, plan)
            summary = await _scan(plan, session, way, state)
            if summary.stopped_by is Stop.INTERRUPTED:
                await archive.store(session.s3, plan, state)
                return summary
            state.keep_fact(SUMMARY, summary)
            if way.people is not None:
                await open_loops(plan, state, session.s3, way.people)
            return await publish(plan, session, state, summary)


async def publish(plan: Plan, session: Session, state: State, summary: Summary) -> Summary:
    """Everything that a run leaves at its destination beside the images: boxes, report, state. Returns the summary with
    what is said of the boxes."""
    # Half a second of imports, which no other command should wait for.
    from cli.dataset.report.gallery import gallery
    from cli.dataset.report.make import make_report

    folder, at = state.path.parent, datetime.now(UTC)
    if plan.with_boxes:
        name = boxes.file_name(plan)
        manifest, coco = folder / f"{name}.manifest", folder / f"{name}.coco.json"
        written = await asyncio.to_thread(_write_boxes, plan, state.path, manifest, coco, at)
        summary = structs.replace(summary, boxes=written)
        for file, kind in ((manifest, "application/jsonlines"), (coco, "application/json")):
            await archive.upload_to(session.s3, plan.dest.bucket, plan.dest.below(file.name), file, kind)
    groups = await gallery(plan, state, Pictures(session.s3, plan.source.bucket), summary)
    report = await asyncio.to_thread(make_report, summary, groups)
    for name, body, kind in (
        ("report.html", report.html, "text/html; charset=utf-8"),
        ("report.png", report.png, "image/png"),
    ):
        (folder / name).write_bytes(body)
        await archive.upload(session.s3, plan, name, folder / name, kind)
    await archive.store(session.s3, plan, state)
    return summary


async def _scan(plan: Plan, session: Session, way: Way, state: State) -> Summary:
    progress = Progress.of(plan.folders)
    async with session.quota(way.calls_per_s) as quota:
        asker = Asker(session.clients["rekognition"], quota, state, plan)
        scan = Scan(
            plan=plan,
            state=state,
            asker=asker,
            pictures=Pictures(session.s3, plan.source.bucket),
            copies=Copies(session.s3, plan, state),
            # A quota-second: what is paid in vain when a rule ends the run.
            window=max(1, int(way.calls_per_s)),
            interrupted=asyncio.Event(),
            progress=progress,
            watch=lambda: way.watch(progress, asker),
        )
        with interruptible(scan.interrupted):
            stop = await scan.run(candidates(session.s3, plan, state.path.with_name("order.sqlite")))
    state.path.with_name("order.sqlite").unlink(missing_ok=True)
    return summarise(plan, progress, stop, state, paid_now=asker.paid, price_usd=way.price_usd)


def _check_before(plan: Plan, state: State, way: Way) -> None:
    """Whether what an earlier run with these folders has left may be gone on with."""
    before = state.fact(PLAN, Plan)
    if before is None:
        return
    if not way.resume:
        raise RunProblem(
            f"there is a run with these folders already ({plan.run}, {state.calls:,} calls paid): --resume goes on "
            "with it, --anew forgets it and pays again, another --name or --dest makes another"
        )
    if problems := resume_problems(before, plan):
        raise PlanProblems(problems)


async def _check_source(plan: Plan, session: Session) -> None:
    async for _ in listing(session.s3, plan.source):
        break
    else:
        raise NothingThere(f"{plan.source.address} has no objects")
    with translated("source", {"NoSuchBucket": "source-missing", "404": "source-missing"}):
        answer = await session.s3.head_bucket(Bucket=plan.source.bucket)
    region = answer.get("BucketRegion")
    if region and region != session.region:
        raise RunProblem(
            f"{plan.source.bucket} is in {region} and Rekognition would be asked in {session.region}, which can't read "
            f"it: set AWS_REGION={region}"
        )


def _write_boxes(plan: Plan, path: Path, manifest: Path, coco: Path, at: datetime) -> boxes.Written:
    """In a thread, so with a connection of its own."""
    with State(path) as state:
        boxes.write_coco(plan, state, coco, at)
        return boxes.write_manifest(plan, state, manifest, at)
