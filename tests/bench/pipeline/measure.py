"""The four services together: latency of single items, bursts of many, what an item costs in CPU and requests."""

import asyncio
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cli.local import LocalStack
from cli.screen import out
from tests.bench.pipeline import latency
from tests.bench.pipeline.drive import Burst, deployed, driven, prepare
from tests.bench.pipeline.latency import SERVICES, Way
from tests.bench.processes import Usage
from tests.bench.report import Figure, number, percentile

PART = "pipeline"
MEMORY_LIMIT_MB = 200
SINGLES_PER_S = 3.0
WRITES_LIMIT, READS_LIMIT = 9, 4
"""Requests. Of the ledger alone there are 8 and 3, whatever it holds (`tests/unit/pipeline/test_requests.py`)."""
WRITES = ("PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems", "BatchWriteItem")


def measure(*, singles: int, bursts: tuple[int, ...]) -> tuple[list[Figure], dict[str, Any]]:
    with tempfile.TemporaryDirectory() as folder, deployed(Path(folder) / "stack") as stack:
        prepare(stack)
        return asyncio.run(_all(stack, singles, bursts))


async def _all(stack: LocalStack, singles: int, sizes: tuple[int, ...]) -> tuple[list[Figure], dict[str, Any]]:
    async with driven(stack) as driver:
        ways = await latency.ways(driver, singles, per_s=SINGLES_PER_S)
        half = percentile([way.own_s for way in ways], 0.5)
        out.print(f"[dim]{singles} items at {SINGLES_PER_S}/s: p50 {1000 * half:.0f} ms[/]")
        bursts = []
        for size in sizes:
            burst = await driver.burst(size)
            out.print(f"[dim]a burst of {size:,}: {burst.per_s:.1f}/s[/]")
            bursts.append(burst)
    figures = [*_latency(ways), *_growth(bursts), *_costs(bursts[-1])]
    details = {"latency": latency.told(ways), "bursts": {str(burst.items): _told(burst) for burst in bursts}}
    return figures, details


def _latency(ways: list[Way]) -> list[Figure]:
    own = [1000 * way.own_s for way in ways]
    whole = [1000 * way.whole_s for way in ways]
    stays = latency.typical(ways)
    shares = ", ".join(f"{name} {1000 * stay.own_s:.0f} + {1000 * stay.aws_s:.0f}" for name, stay in stays.items())
    return [
        Figure(
            part=PART,
            what="of one item's way, in our services' hands",
            value=1000 * sum(stay.own_s for stay in stays.values()),
            unit="ms",
            beside=f"own + AWS requests: {shares}",
        ),
        *_beyond(own, whole),
    ]


def _beyond(own: Sequence[float], whole: Sequence[float]) -> list[Figure]:
    return [
        Figure(
            part=PART,
            what=f"event to verdict beyond AWS's calls, p{share * 100:g}",
            value=percentile(own, share),
            unit="ms",
            at_most=at_most,
            beside=f"with them {number(percentile(whole, share))} ms; {len(own)} items at {SINGLES_PER_S}/s",
        )
        for share, at_most in ((0.5, 150.0), (0.99, 500.0))
    ]


def _growth(bursts: list[Burst]) -> list[Figure]:
    smaller, largest = bursts[-2:]
    peak = {name: largest.after[name].peak_mb for name in SERVICES}
    rates = ", ".join(f"{burst.items:,}: {burst.per_s:.1f}/s" for burst in bursts)
    return [
        Figure(
            part=PART,
            what=f"memory of the largest service at its most, {largest.items:,} items waiting",
            value=max(peak.values()),
            unit="MB",
            at_most=MEMORY_LIMIT_MB,
            beside="; ".join(f"{burst.items:,}: {_memory(burst.after)}" for burst in bursts),
        ),
        Figure(part=PART, what="items a second, four services", value=largest.per_s, unit="/s", beside=rates),
        Figure(
            part=PART,
            what=f"items a second of {largest.items:,} at once, of those of {smaller.items:,}",
            value=100 * largest.per_s / smaller.per_s,
            unit="%",
            at_least=85,
        ),
    ]


def _memory(after: Mapping[str, Usage]) -> str:
    return ", ".join(f"{name} {after[name].peak_mb:.0f}" for name in SERVICES)


def _costs(burst: Burst) -> list[Figure]:
    cpu = {name: 1000 * seconds / burst.items for name, seconds in burst.cpu_s.items() if name in SERVICES}
    tables = {name: count for name, count in burst.requests.items() if name.startswith("dynamodb.")}
    writes = sum(count for name, count in tables.items() if name.partition(".")[2] in WRITES)
    scans = tables.get("dynamodb.Scan", 0)
    queues = sum(count for name, count in burst.requests.items() if name.startswith("sqs."))
    return [
        Figure(
            part=PART,
            what="CPU per 1,000 items",
            value=sum(cpu.values()),
            unit="s",
            beside=", ".join(f"{name} {number(seconds)}" for name, seconds in cpu.items()),
        ),
        Figure(
            part=PART,
            what="table writes per item",
            value=writes / burst.items,
            at_most=WRITES_LIMIT,
            beside="requests; 8 to the ledger, and those of services that tell each other of themselves",
        ),
        Figure(
            part=PART,
            what="table reads per item",
            value=(sum(tables.values()) - writes) / burst.items,
            at_most=READS_LIMIT,
            beside=", ".join(f"{name.partition('.')[2]} {count / burst.items:.2f}" for name, count in tables.items()),
        ),
        Figure(part=PART, what="table scans", value=scans, at_most=0),
        Figure(part=PART, what="SQS requests per item, four services", value=queues / burst.items),
    ]


def _told(burst: Burst) -> dict[str, Any]:
    return {
        "seconds": burst.seconds,
        "per_s": burst.per_s,
        "cpu_s": burst.cpu_s,
        "memory": burst.after,
        "requests_per_item": {name: count / burst.items for name, count in burst.requests.items()},
    }
