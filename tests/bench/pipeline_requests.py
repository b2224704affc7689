"""Counts the AWS requests of the whole pipeline for a number of images: `python -m tests.bench.pipeline_requests`.

Counted at the emulator, so that nothing that any service asks is missed, idle long polls included.
"""

import argparse
import asyncio
import tempfile
import time
from collections import Counter
from pathlib import Path

from cli.connection import connect, point_to_local
from cli.local import LocalStack, local_stack
from cli.screen import out
from shared.contracts.words import Status
from tests.e2e.pictures import unique_jpeg
from tests.e2e.pipeline import Pipeline, Verdicts


async def run(stack: LocalStack, images: int) -> None:
    async with connect("local") as connection:
        pipeline = Pipeline(stack=stack, connection=connection, verdicts=Verdicts())
        bodies = [unique_jpeg() for _ in range(images)]
        await pipeline.control("requests", method="DELETE")
        started = time.monotonic()
        places = await asyncio.gather(*(pipeline.upload(body) for body in bodies))
        items = [pipeline.id_of(place) for place in places]
        uploaded = time.monotonic()
        for item in reversed(items):
            await pipeline.status(item, Status.DONE)
        took = time.monotonic() - started
        counts = Counter(await pipeline.control("requests"))
        sqs = {name: n for name, n in counts.items() if name.startswith("sqs.")}
        out.print(f"{images} images in {took:.1f} s (uploaded in {uploaded - started:.1f} s)")
        out.print(f"SQS requests per item: {sum(sqs.values()) / images:.2f}")
        for name, n in sorted(counts.items(), key=lambda pair: -pair[1]):
            out.print(f"  {name:45} {n:6} {n / images:8.2f} per item")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=200)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, local_stack(Path(folder) / "stack", say=out.print) as stack:
        point_to_local(stack.state)
        asyncio.run(run(stack, chosen.images))


if __name__ == "__main__":
    main()
