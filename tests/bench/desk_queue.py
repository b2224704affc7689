"""Counts the AWS requests and the time of a look at the desk's list: `python -m tests.bench.desk_queue --loops 5000`.

Counted at the emulator. Its DynamoDB is Python and takes requests one by one, so the times are good for comparing only.
"""

import argparse
import asyncio
import random
import statistics
import tempfile
import time
from datetime import timedelta
from pathlib import Path

from cli.connection import point_to_local
from cli.demo.reviewer import DeskReviewer, invite, temporary_password
from cli.local import LocalStack, local_stack
from cli.screen import out
from services.review.desk.adapters.loops import DeskLoops
from services.review.desk.domain.loops import About, Loop
from shared.aws.clients import open_clients
from shared.clock import utc_now
from shared.identity import loop_name, random_id

LOOKS = 10
SETTINGS = {"review_backend": "desk", "policies": ["standard"], "tenants": [{"name": "default"}]}


async def run(stack: LocalStack, number: int) -> None:
    await _fill(stack, number)
    email, password = "bench@example.com", temporary_password()
    invite(stack, email, password)
    async with DeskReviewer(stack.desk_url, email, password) as reviewer:
        listed = await reviewer.free()
        before, took = stack.control("requests"), []
        for _ in range(LOOKS):
            started = time.monotonic()
            await reviewer.free()
            took.append(time.monotonic() - started)
        counts = stack.control("requests")
    out.print(f"{number:,} open loops, {len(listed)} listed: {statistics.median(took) * 1000:.0f} ms a look")
    for name in sorted(counts):
        if name.startswith("dynamodb.") and counts[name] > before.get(name, 0):
            out.print(f"  {name:30} {(counts[name] - before.get(name, 0)) / LOOKS:6.1f} a look")


async def _fill(stack: LocalStack, number: int) -> None:
    """Severities and ages of all kinds, as nobody has worked on for half a day."""
    draw, now = random.Random(number), utc_now()  # noqa: S311  any will do, but the same each time
    async with open_clients("dynamodb", "s3", "events", region=stack.state.region) as clients:
        table = f"gavel-{stack.state.stack}-desk"
        loops = DeskLoops(clients["dynamodb"], table, clients["s3"], "unused", clients["events"], clock=utc_now)

        async def start() -> None:
            since = now - timedelta(seconds=draw.randint(0, 43_200))
            opened = Loop(
                name=loop_name(random_id(), "0123abcd", 1),
                flow="arn:aws:gavel:us-east-1:000000000000:flow-definition/gavel-local-standard",
                group=stack.outputs["reviewers_group"],
                about=About(title="Review an image", kind="image", category="Violence", severity=draw.randint(1, 100)),
                created_at=since,
                expires_at=now + timedelta(days=1),
                time_limit_s=1800,
                answers_wanted=1,
                output_uri="s3://unused/output.json",
                template="0f",
            )
            await loops.start(opened, "{}", "<crowd-form></crowd-form>")

        for first in range(0, number, 50):
            await asyncio.gather(*(start() for _ in range(min(50, number - first))))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--loops", type=int, default=5_000)
    chosen = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        local_stack(Path(folder) / "stack", settings=SETTINGS, say=out.print) as stack,
    ):
        point_to_local(stack.state)
        asyncio.run(run(stack, chosen.loops))


if __name__ == "__main__":
    main()
