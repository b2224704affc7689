"""Images a second through fan-out against the quota, and memory over a million keys: `python -m tests.bench.bulk`.

Each quota has a local stack of its own, with Rekognition's quota and the stack's set alike. The pace is that of the
calls that the emulator answered between the first tenth of the run and the last. Prints tables and, last, a line of
JSON.
"""

import argparse
import asyncio
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from rich.table import Table

from cli.bulk import running
from cli.bulk.plan import Mode, Plan
from cli.bulk.running import Way
from cli.bulk.shapes import Answer, Label
from cli.bulk.sources import lines
from cli.bulk.state import PAGE, Stage, State
from cli.bulk.summary import write_files
from cli.connection import connect, point_to_local
from cli.local import LocalStack, local_stack
from cli.screen import out, print_json
from tests.e2e.bulk_runs import Collection, plant
from tests.e2e.pipeline import Pipeline, Verdicts
from tests.e2e.silent import SILENT_BUCKET, make_silent_bucket, with_silent_bucket

QUOTAS: Final = {50: 3000, 5: 300}
"""Calls a second, and how many images are asked about at that."""
KEYS: Final = (10_000, 1_000_000)
PLAN: Final = Plan(run="bench", source="s3://bench/", mode=Mode.FAN_OUT, stack="local", min_confidence=50)
ANSWER: Final = Answer(
    moderation_labels=(Label(confidence=88.1, name="Smoking", parent_name="Products"),), moderation_model_version="7.0"
)


@dataclass(frozen=True, kw_only=True)
class Pace:
    quota_per_s: int
    images: int
    images_per_s: float
    throttled: int


class EndlessBucket:
    """S3's ListObjectsV2 over as many keys as are wanted."""

    def __init__(self, keys: int) -> None:
        self._keys = keys

    async def list_objects_v2(self, **request: Any) -> dict[str, Any]:
        start = int(request.get("ContinuationToken", 0))
        end = min(start + request["MaxKeys"], self._keys)
        contents = [{"Key": f"2026/{number:09}.jpg", "ETag": '"e"', "Size": 1} for number in range(start, end)]
        return {"Contents": contents, "IsTruncated": end < self._keys, "NextContinuationToken": str(end)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=("pace", "memory"))
    parser.add_argument("--quota", type=int, choices=QUOTAS, help="this one alone")
    parser.add_argument("--share", type=float, default=1.0, help="of the images, for a quicker look")
    parser.add_argument("--keys", type=int, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.keys:
        print_json(asyncio.run(_memory(chosen.keys)))
        return
    told: dict[str, Any] = {"machine": f"{platform.machine()}, {os.cpu_count()} cores"}
    if chosen.only != "memory":
        wanted = {chosen.quota: QUOTAS[chosen.quota]} if chosen.quota else QUOTAS
        paces = [_pace(quota, max(50, int(images * chosen.share))) for quota, images in wanted.items()]
        _tell_paces(paces)
        told["paces"] = [
            {"quota": each.quota_per_s, "images": each.images, "images_per_s": round(each.images_per_s, 2)}
            for each in paces
        ]
    if chosen.only != "pace":
        told["memory"] = [_in_its_own_process(keys) for keys in KEYS]
        _tell_memory(told["memory"])
    print_json(told)


def _pace(quota: int, images: int) -> Pace:
    with tempfile.TemporaryDirectory() as folder:
        settings = {"rekognition_tps": quota, **with_silent_bucket()}
        with local_stack(Path(folder) / "stack", settings=settings, say=out.print) as stack:
            point_to_local(stack.state)
            make_silent_bucket(stack)
            stack.control("quotas", {"operation": "DetectModerationLabels", "tps": quota})
            return asyncio.run(_fan_out(stack, quota, images, Path(folder) / "runs"))


async def _fan_out(stack: LocalStack, quota: int, images: int, folder: Path) -> Pace:
    async with connect("local") as connection:
        pipeline = Pipeline(stack=stack, connection=connection, verdicts=Verdicts())
        collection = await plant(pipeline, SILENT_BUCKET, images, folder)
        plan = Plan(run="bench", source=collection.source, mode=Mode.FAN_OUT, stack="local", min_confidence=50)
        way = Way(folder=folder, price_usd=0, calls_per_s=quota)
        samples: list[tuple[float, int]] = []
        run = asyncio.create_task(running.start(plan, connection, way))
        while not run.done():
            samples.append((time.monotonic(), await collection.calls()))
            await asyncio.sleep(0.2)
        await run
        begun = next(sample for sample in samples if sample[1] >= images // 10)
        ended = next(sample for sample in samples if sample[1] >= images - images // 10)
        per_s = (ended[1] - begun[1]) / (ended[0] - begun[0])
        return Pace(quota_per_s=quota, images=images, images_per_s=per_s, throttled=await _throttled(collection))


async def _throttled(collection: Collection) -> int:
    counts = (await collection.pipeline.control("quotas"))["counts"]
    return sum(count["throttled"] for count in counts if count["operation"] == "DetectModerationLabels")


def _in_its_own_process(keys: int) -> dict[str, Any]:
    command = [sys.executable, "-m", "tests.bench.bulk", "--keys", str(keys)]
    told: dict[str, Any] = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)  # noqa: S603
    return told


async def _memory(keys: int) -> dict[str, Any]:
    """List, keep, answer and tell so many keys; the most memory that this process ever had."""
    with tempfile.TemporaryDirectory() as folder, State(Path(folder) / "state.sqlite") as state:
        before_mib, started = _most_mib(), time.monotonic()
        page = []
        async for line in _listed(keys):
            page.append(line)
            if len(page) == PAGE:
                state.add_lines(page)
                page.clear()
        state.add_lines(page)
        listed_s = time.monotonic() - started
        while images := state.images(Stage.NEW):
            with state.together():
                for image in images:
                    state.answered(image, ANSWER, None)
        summary = write_files(PLAN, state, Path(folder), price_usd=0, is_cancelled=False)
        assert summary.results == keys
        return {
            "keys": keys,
            "listed_s": round(listed_s, 1),
            "whole_s": round(time.monotonic() - started, 1),
            "before_mib": before_mib,
            "most_mib": _most_mib(),
            "state_bytes_per_key": round(state.path.stat().st_size / keys),
        }


async def _listed(keys: int) -> AsyncIterator[Any]:
    async for line in lines(EndlessBucket(keys), PLAN):
        yield line


def _most_mib() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def _tell_paces(paces: list[Pace]) -> None:
    table = Table(box=None, pad_edge=False)
    for heading in ("quota/s", "images", "images/s", "of the quota", "throttled"):
        table.add_column(heading, justify="right")
    for pace in paces:
        share = pace.images_per_s / pace.quota_per_s
        table.add_row(
            *(str(pace.quota_per_s), f"{pace.images:,}", f"{pace.images_per_s:.1f}", f"{share:.0%}"),
            str(pace.throttled),
        )
    out.print(table)


def _tell_memory(told: list[dict[str, Any]]) -> None:
    table = Table(box=None, pad_edge=False)
    for heading in ("keys", "listed in s", "all in s", "MiB before", "MiB at the most", "bytes of state for a key"):
        table.add_column(heading, justify="right")
    for each in told:
        table.add_row(*(f"{value:,}" for value in each.values()))
    out.print(table)


if __name__ == "__main__":
    main()
