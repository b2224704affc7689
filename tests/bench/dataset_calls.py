"""Calls of DetectLabels a second, against the quota and against the plain loop: `python -m tests.bench.dataset_calls`.

The plain loop is that of AWS's article on filtering an image repository by label: one image after the other, each call
waited for. Both go over the same images of one emulator in one run, with the real service's latency and its quota of 50
calls a second. Prints a table and, last, one line of JSON.
"""

import argparse
import asyncio
import os
import platform
import tempfile
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from rich.table import Table

from cli.dataset.asking import default_quota
from cli.dataset.filtering import Way, run
from cli.dataset.plan import Limits, Plan, Sample, read_plan
from cli.dataset.session import NO_STACK, open_session
from cli.screen import out, print_json
from tests.emulator import Emulator, running_emulator
from tests.fakes.dataset import picture

REGION = "us-east-1"
SETTLING_S = 2.0
"""A run begins as a guest of the quota; what it does in its first seconds says nothing of its pace."""


@dataclass(frozen=True, kw_only=True)
class Pace:
    calls: int
    seconds: float
    throttled: int

    @property
    def per_s(self) -> float:
        return self.calls / self.seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=1000)
    parser.add_argument("--latency-ms", type=int, default=250, help="of one call; the real service takes 100 to 1000")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        environment = {"GAVEL_REKOGNITION_LATENCY_MS": str(chosen.latency_ms)}
        with running_emulator(Path(folder), environment=environment) as emulator:
            os.environ.update(
                AWS_ENDPOINT_URL=emulator.endpoint,
                AWS_REGION=REGION,
                AWS_ACCESS_KEY_ID="test",
                AWS_SECRET_ACCESS_KEY="test",  # noqa: S106  the emulator checks no signature
            )
            _upload(chosen.images)
            alone = _measured(emulator, lambda: asyncio.to_thread(_plain_loop, chosen.images // 10))
            ours = _measured(emulator, lambda: _filter(Path(folder) / "state"))
    _tell(chosen.images, chosen.latency_ms, alone, ours)


def _upload(images: int) -> None:
    s3 = boto3.client("s3", region_name=REGION)
    for bucket in ("raw", "sets"):
        s3.create_bucket(Bucket=bucket)

    def put(number: int) -> None:
        shows = {"gavel-objects": "Robin:95" if number % 10 == 0 else "Dog:95"}
        s3.put_object(Bucket="raw", Key=f"{number:06}.jpg", Body=picture(number), Metadata=shows)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(put, range(images)))


def _plain_loop(images: int) -> None:
    """Over a tenth of the images: it would take minutes for all, at the same pace."""
    s3, rekognition = boto3.client("s3", region_name=REGION), boto3.client("rekognition", region_name=REGION)
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket="raw", PaginationConfig={"MaxItems": images}):
        for entry in page["Contents"]:
            place = {"Bucket": "raw", "Name": entry["Key"]}
            answer = rekognition.detect_labels(Image={"S3Object": place}, MinConfidence=90)
            if any(label["Name"] == "Bird" for label in answer["Labels"]):
                source = {"Bucket": "raw", "Key": entry["Key"]}
                s3.copy_object(Bucket="sets", Key=f"plain/{entry['Key']}", CopySource=source)


async def _filter(folder: Path) -> None:
    async with open_session(NO_STACK) as session:
        quota = default_quota(session.region)
        way = Way(folder=folder, resume=False, anew=False, price_usd=0, calls_per_s=quota, people=None)
        await run(_plan(), session, way)


def _plan() -> Plan:
    return read_plan(
        source="s3://raw",
        dest="s3://sets/gavel",
        labels=["bird"],
        name=None,
        threshold=90,
        band=None,
        limits=Limits(),
        sample=Sample.LISTED,
        seed=0,
        with_boxes=False,
        keep_duplicates=True,
        allow_unknown_labels=False,
    )


def _measured(emulator: Emulator, work: Callable[[], Awaitable[Any]]) -> Pace:
    """The pace between the first call and the last, the settling left out: counted at the emulator."""
    emulator.delete("/_gavel/quotas")
    samples: list[tuple[float, int, int]] = []

    async def watched() -> None:
        task = asyncio.ensure_future(work())
        while not task.done():
            counts = await asyncio.to_thread(emulator.get, "/_gavel/quotas")
            ours = [count for count in counts["counts"] if count["operation"] == "DetectLabels"]
            sample = sum(count["admitted"] for count in ours), sum(count["throttled"] for count in ours)
            samples.append((time.monotonic(), *sample))
            await asyncio.sleep(0.1)
        await task

    asyncio.run(watched())
    end = next(sample for sample in samples if sample[1] == samples[-1][1])
    begun = next(sample for sample in samples if sample[1] > 0)
    start = next((sample for sample in samples if sample[0] - begun[0] >= SETTLING_S), begun)
    return Pace(calls=end[1] - start[1], seconds=end[0] - start[0], throttled=samples[-1][2])


def _tell(images: int, latency_ms: int, alone: Pace, ours: Pace) -> None:
    quota = default_quota(REGION)
    table = Table(box=None, pad_edge=False)
    for heading in ("", "calls/s", "of the quota", "throttled"):
        table.add_column(heading, justify="right" if heading else "left")
    for name, pace in (("one at a time", alone), ("gavel dataset filter", ours)):
        table.add_row(name, f"{pace.per_s:.1f}", f"{pace.per_s / quota:.0%}", str(pace.throttled))
    out.print(f"{images:,} images, {latency_ms} ms a call, a quota of {quota:g} a second")
    out.print(table)
    out.print(f"{ours.per_s / alone.per_s:.1f} times as fast")
    print_json(
        {
            "images": images,
            "latency_ms": latency_ms,
            "quota_per_s": quota,
            "one_at_a_time_per_s": round(alone.per_s, 2),
            "filter_per_s": round(ours.per_s, 2),
            "throttled": ours.throttled,
            "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        }
    )


if __name__ == "__main__":
    main()
