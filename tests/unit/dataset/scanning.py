"""A scan over a fake repository, as `cli.dataset.filtering` puts one together."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

from cli.dataset.asking import Asker
from cli.dataset.copying import Copies
from cli.dataset.listing import candidates
from cli.dataset.pictures import Pictures
from cli.dataset.plan import Plan
from cli.dataset.progress import Progress, Stop
from cli.dataset.scan import Scan
from cli.dataset.state import State
from tests.fakes.dataset import FakeQuota, FakeRepository


@dataclass(frozen=True, kw_only=True)
class Scanned:
    stop: Stop
    progress: Progress
    paid: int


async def scan(
    repository: FakeRepository,
    plan: Plan,
    folder: Path,
    *,
    window: int = 8,
    interrupted: asyncio.Event | None = None,
    quota: FakeQuota | None = None,
) -> Scanned:
    with State(folder / "state.sqlite") as state:
        asker = Asker(repository, quota or FakeQuota(), state, plan)
        progress = Progress.of(plan.folders)
        one = Scan(
            plan=plan,
            state=state,
            asker=asker,
            pictures=Pictures(repository, plan.source.bucket),
            copies=Copies(repository, plan, state),
            window=window,
            interrupted=interrupted or asyncio.Event(),
            progress=progress,
        )
        stop = await one.run(candidates(repository, plan, folder / "order.sqlite"))
        return Scanned(stop=stop, progress=progress, paid=asker.paid)
