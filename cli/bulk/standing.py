"""How the runs on this machine stand, as any other process sees them."""

import fcntl
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec

from cli.bulk.plan import Plan
from cli.bulk.state import Counts, State
from cli.runs import NothingThere
from shared.clock import utc_now

PLAN: Final = "plan"
LISTED: Final = "listed_at"
CANCELLED: Final = "cancelled_at"
DONE: Final = "done_at"


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """A run as it stands. `status` is running, done, cancelled or interrupted."""

    run: str
    status: str
    plan: Plan
    counts: Counts
    listed_at: datetime | None
    done_at: datetime | None


def state_path(folder: Path, run: str) -> Path:
    return folder / run / "state.sqlite"


def cancel(folder: Path, run: str) -> Standing:
    """Nothing more begins; what is on its way is waited for by whoever runs it. Raises NothingThere."""
    with State(existing(folder, run)) as state:
        if state.fact(DONE, datetime) is None:
            state.keep_fact(CANCELLED, utc_now())
    return standing(folder, run)


def standing(folder: Path, run: str) -> Standing:
    """Raises NothingThere."""
    path = existing(folder, run)
    with State(path) as state:
        done_at = state.fact(DONE, datetime)
        status = "interrupted"
        if _is_running(path.with_name("lock")):
            status = "running"
        elif done_at is not None:
            status = "done"
        elif state.fact(CANCELLED, datetime) is not None:
            status = "cancelled"
        return Standing(
            run=run,
            status=status,
            plan=plan_of(state, run),
            counts=state.counts(),
            listed_at=state.fact(LISTED, datetime),
            done_at=done_at,
        )


def standings(folder: Path) -> Iterator[Standing]:
    for path in sorted(folder.glob("*/state.sqlite")):
        try:
            found = standing(folder, path.parent.name)
        except NothingThere:  # it begins, or is taken away, this very moment
            continue
        yield found


def existing(folder: Path, run: str) -> Path:
    path = state_path(folder, run)
    if not path.is_file():
        raise NothingThere(f"there is no run {run!r} on this machine; `gavel bulk list` has those that there are")
    return path


def plan_of(state: State, run: str) -> Plan:
    plan = state.fact(PLAN, Plan)
    if plan is None:
        raise NothingThere(f"run {run!r} has never begun")
    return plan


def _is_running(lock: Path) -> bool:
    if not lock.exists():
        return False
    with lock.open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        return False
