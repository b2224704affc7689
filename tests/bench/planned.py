"""How far off `gavel plan` is: the same arrivals in the simulation and on the local stack, on too small a quota.

Times are those that the stack takes for single items just before, so what is checked is how things wait.
"""

import asyncio
import random
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cli.local import LocalStack
from cli.plan.measured import Work
from cli.plan.outcome import quantile
from cli.plan.pipeline import SERVICES, Account, Arrival, Load, Pipeline, Sizes, Times
from tests.bench.pipeline import latency
from tests.bench.pipeline.drive import Driver, deployed, driven, prepare
from tests.bench.pipeline.latency import Way
from tests.bench.report import Figure, middle, number

PART = "plan"
QUOTA_PER_S = 5
ARRIVALS_PER_S = 9.0
SINGLES_PER_S = 2.0


def measure(*, singles: int, seconds: float) -> tuple[list[Figure], dict[str, Any]]:
    with (
        tempfile.TemporaryDirectory() as folder,
        deployed(Path(folder) / "stack", rekognition_tps=QUOTA_PER_S) as stack,
    ):
        prepare(stack)
        return asyncio.run(_all(stack, singles, seconds))


async def _all(stack: LocalStack, singles: int, seconds: float) -> tuple[list[Figure], dict[str, Any]]:
    async with driven(stack) as driver:
        ways = await latency.ways(driver, singles, per_s=SINGLES_PER_S)
        before = await driver.usage()
        arrivals = _arrivals(seconds)
        real = await _real(driver, arrivals)
        after = await driver.usage()
    cpu_s = {name: (after[name].cpu_s - before[name].cpu_s) / len(arrivals) for name in SERVICES}
    simulated = _simulated(arrivals, _times(ways, cpu_s))
    told = {"arrivals": arrivals, "real_s": real, "simulated_s": simulated}
    return _figures(real, simulated), told


def _arrivals(seconds: float) -> list[float]:
    draw, at_s = random.Random(1), 0.0  # noqa: S311  the same ones each time
    found = []
    while (at_s := at_s + draw.expovariate(ARRIVALS_PER_S)) < seconds:
        found.append(at_s)
    return found


async def _real(driver: Driver, arrivals: Sequence[float]) -> list[float]:
    """How long each took from its event to the end of its record."""
    media = await driver.upload(len(arrivals))
    began, sent_at = time.time(), []
    for one, at_s in zip(media, arrivals, strict=True):
        await asyncio.sleep(max(0.0, began + at_s - time.time()))
        sent_at.append(time.time())
        await driver.tell([one])
    records = await driver.done(media)
    return [record.summary.updated_at.timestamp() - at for record, at in zip(records, sent_at, strict=True)]


def _times(ways: Sequence[Way], cpu_s: Mapping[str, float]) -> Times:
    stays = latency.typical(ways)
    requests = sum(stay.requests for stay in stays.values())
    return Times(
        work={name: Work(cpu_s=cpu_s[name], own_s=stays[name].own_s, waits=stays[name].requests) for name in SERVICES},
        vcpu=dict.fromkeys(SERVICES, 1.0),
        wait_s=sum(stay.aws_s for stay in stays.values()) / requests,
        detection_s=middle(way.detection_s for way in ways),
        hop_s=middle(way.hop_s for way in ways),
    )


def _simulated(arrivals: Sequence[float], times: Times) -> list[float]:
    pipeline = Pipeline(
        Load(items_per_day=1),
        Account(image_tps=QUOTA_PER_S),
        times,
        Sizes(tasks=dict.fromkeys(SERVICES, 1), reviewers=1),
    )
    pipeline.run(iter([Arrival(at_s=at_s) for at_s in arrivals]))
    return [seconds for _, seconds in pipeline.verdicts_s]


def _figures(real: Sequence[float], simulated: Sequence[float]) -> list[Figure]:
    figures = []
    for share in (0.5, 0.99):
        was, should = quantile(real, share), quantile(simulated, share)
        figures.append(
            Figure(
                part=PART,
                what=f"error of `gavel plan`, p{share * 100:g} of event to verdict",
                value=100 * (should / was - 1),
                unit="%",
                beside=f"simulated {number(should)} s, real {number(was)} s, {len(real)} items",
            )
        )
    return figures
