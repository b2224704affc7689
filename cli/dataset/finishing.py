"""What people have said so far about a run's uncertain images, and the set with their answers in it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from msgspec import structs

from cli.dataset import archive
from cli.dataset.copying import Copies
from cli.dataset.duplicates import Hashes
from cli.dataset.filtering import SUMMARY, publish, state_path
from cli.dataset.judging import Outcome
from cli.dataset.people import People, Ruling
from cli.dataset.plan import Place, Plan
from cli.dataset.session import Session
from cli.dataset.state import Placed, State
from cli.dataset.summary import Summary
from cli.runs import RunProblem

FINISHED: Final = "finished_at"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One folder of a run. Of the uncertain images `waiting` are with people; `unasked` were not needed."""

    run: str
    folder: str
    target: int | None
    kept: int
    waiting: int
    yes: int
    no: int
    unanswered: int
    unasked: int
    finished_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A run that was found at its destination, with its state on this machine."""

    plan: Plan
    state: State


async def opened(dest: Place, name: str | None, folder: Path, session: Session) -> AsyncIterator[Opened]:
    """Every run that has written to this destination, or the one with this folder in it."""
    async for plan in archive.plans(session.s3, dest):
        if name is not None and name not in plan.folders:
            continue
        path = state_path(folder, plan.run)
        await archive.fetch_if_newer(session.s3, plan, path)
        if path.exists():
            with State(path) as state:
                yield Opened(plan=plan, state=state)


async def standings(run: Opened, people: People | None) -> list[Standing]:
    """Asks after everything that people haven't answered yet."""
    found = []
    for folder in run.plan.folders:
        asked = [placed for placed in run.state.places(folder, Outcome.UNCERTAIN) if placed.loop is not None]
        rulings = [await _ruling(run.state, placed, people) for placed in asked]
        said_yes = sum(placed.ruling == Ruling.YES for placed in run.state.places(folder, Outcome.KEPT))
        found.append(
            Standing(
                run=run.plan.run,
                folder=folder,
                target=run.plan.limits.target,
                kept=run.state.count(folder, Outcome.KEPT),
                waiting=rulings.count(None),
                yes=rulings.count(Ruling.YES) + said_yes,
                no=rulings.count(Ruling.NO),
                unanswered=rulings.count(Ruling.NONE),
                unasked=run.state.count(folder, Outcome.UNCERTAIN) - len(asked),
                finished_at=run.state.fact(FINISHED, datetime),
            )
        )
    return found


async def finish(run: Opened, session: Session, people: People | None, *, now: bool) -> Summary:
    """Put what people said yes to into the folders, in the order of the run and up to the target; then boxes and report
    anew. A repeat changes nothing.

    Raises RunProblem while people are still at it; with `now` what they haven't answered stays out, and its loops end.
    """
    plan, state = run.plan, run.state
    summary = state.fact(SUMMARY, Summary)
    if summary is None:
        raise RunProblem(f"run {plan.run} has not come to an end: `gavel dataset filter … --resume` goes on with it")
    waiting = sum(standing.waiting for standing in await standings(run, people))
    if waiting and not now:
        raise RunProblem(f"{waiting:,} answers are still to come: wait for them, or go on without them (--now)")
    copies = Copies(session.s3, plan, state)
    for folder in plan.folders:
        await _finish_folder(folder, plan, state, copies, people)
    await copies.finish()
    state.keep_fact(FINISHED, datetime.now(UTC))
    summary = _recounted(summary, state)
    state.keep_fact(SUMMARY, summary)
    return await publish(plan, session, state, summary)


async def _finish_folder(folder: str, plan: Plan, state: State, copies: Copies, people: People | None) -> None:
    hashes, kept = Hashes(), 0
    for placed in state.places(folder, Outcome.KEPT):
        kept += 1
        _remember(hashes, state, placed)
        await copies.start(placed)
    for placed in list(state.places(folder, Outcome.UNCERTAIN)):
        if placed.loop is None:
            continue
        if placed.ruling is None:
            if people is not None:
                await people.stop(placed.loop)
            state.ruled(placed, Ruling.NONE)
        if placed.ruling != Ruling.YES:
            continue
        same_as = None if plan.keep_duplicates else _same(hashes, state, placed)
        if plan.limits.target is not None and kept >= plan.limits.target:
            state.keep_place(structs.replace(placed, outcome=Outcome.SURPLUS))
        elif same_as is not None:
            state.keep_place(structs.replace(placed, outcome=Outcome.DUPLICATE, same_as=same_as))
        else:
            chosen = structs.replace(placed, outcome=Outcome.KEPT)
            state.keep_place(chosen)
            kept += 1
            _remember(hashes, state, chosen)
            await copies.start(chosen)


async def _ruling(state: State, placed: Placed, people: People | None) -> Ruling | None:
    if placed.ruling is not None:
        return Ruling(placed.ruling)
    if placed.loop is None or people is None:
        return None
    ruling = await people.ruling(placed.loop)
    if ruling is not None:
        state.ruled(placed, ruling)
    return ruling


def _remember(hashes: Hashes, state: State, placed: Placed) -> None:
    look = state.look(placed)
    if look is not None and look.hash is not None:
        hashes.add(look.hash, placed.key)


def _same(hashes: Hashes, state: State, placed: Placed) -> str | None:
    look = state.look(placed)
    return hashes.near(look.hash) if look is not None and look.hash is not None else None


def _recounted(summary: Summary, state: State) -> Summary:
    folders = {
        name: structs.replace(
            folder,
            kept=state.count(name, Outcome.KEPT),
            uncertain=state.count(name, Outcome.UNCERTAIN),
            duplicates=state.count(name, Outcome.DUPLICATE),
            changed=state.count(name, Outcome.CHANGED),
        )
        for name, folder in summary.folders.items()
    }
    return structs.replace(summary, folders=folders)
