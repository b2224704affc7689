"""A collection of generated images with planted labels, and the `gavel bulk` command run over it."""

import asyncio
import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

from typer.testing import CliRunner

from cli.main import app
from tests import media
from tests.e2e.pipeline import Pipeline, eventually

PLANTED: Final = (
    "",
    "Smoking:88.1",
    "Weapon Violence:92.6,Drinking:71.2",
    "Female Swimwear or Underwear:64.5",
    "Pills:74.5",
)
UPLOADS_AT_ONCE: Final = 32
GAVEL: Final = (sys.executable, "-m", "cli.main", "bulk")


@dataclass(frozen=True)
class Done:
    """How the command ended; `told` is its JSON."""

    code: int
    told: Any
    problems: str


@dataclass(frozen=True, kw_only=True)
class Collection:
    """`prefix` of the stack's silent bucket has the images: S3 tells nobody of them."""

    pipeline: Pipeline
    bucket: str
    prefix: str
    images: int
    runs: Path

    @property
    def source(self) -> str:
        return f"s3://{self.bucket}/{self.prefix}"

    def ref(self, name: str) -> str:
        return f"{self.source}/{name}"

    def manifest(self, *lines: str) -> str:
        """The path of a new one with these lines, objects by their names in the collection, anything else as it is."""
        path = self.runs / f"{uuid4().hex}.jsonl"
        self.runs.mkdir(parents=True, exist_ok=True)
        told = (json.dumps({"source-ref": self.ref(line)}) if "." in line else line for line in lines)
        path.write_text("".join(f"{line}\n" for line in told))
        return str(path)

    async def run(self, command: str, *more: str) -> Done:
        arguments = ["bulk", command, *more, "--state", str(self.runs), "--json"]
        result = await asyncio.to_thread(CliRunner().invoke, app, arguments)
        told = json.loads(result.stdout) if result.stdout.strip() else None
        # Lines are wrapped where the terminal ends, wherever these tests run.
        return Done(result.exit_code, told, " ".join(result.stderr.split()))

    def begin(self, *more: str) -> subprocess.Popen[str]:
        """`start` as a process of its own, to be killed."""
        return subprocess.Popen(  # noqa: S603  this project's own program
            [*GAVEL, "start", *more, "--state", str(self.runs), "--json"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    def results(self, run: str) -> list[str]:
        return (self.runs / run / "results.jsonl").read_text().splitlines()

    def summary(self, run: str) -> Any:
        return json.loads((self.runs / run / "manifest-summary.json").read_text())

    async def calls(self) -> int:
        """Calls of DetectModerationLabels that were answered, so paid, since the counts were set back."""
        counts = (await self.pipeline.control("quotas"))["counts"]
        return sum(count["admitted"] for count in counts if count["operation"] == "DetectModerationLabels")

    async def alone(self) -> None:
        """Return when what other tests have left in the pipeline has been asked about: calls count for all."""
        await eventually(self.pipeline.idle, what="nothing of others in the queues")


def name_of(number: int) -> str:
    return f"{number:05}{' ü &+' if number % 7 == 3 else ''}.jpg"


async def plant(pipeline: Pipeline, bucket: str, images: int, runs: Path) -> Collection:
    prefix = f"bulk-{uuid4().hex[:12]}"
    collection = Collection(pipeline=pipeline, bucket=bucket, prefix=prefix, images=images, runs=runs)
    room = asyncio.Semaphore(UPLOADS_AT_ONCE)

    async def put(name: str, body: bytes, labels: str) -> None:
        async with room:
            await pipeline.connection.s3.put_object(
                Bucket=bucket, Key=f"{prefix}/{name}", Body=body, Metadata={"gavel-labels": labels}
            )

    await asyncio.gather(
        *(
            put(name_of(number), media.jpeg((96, 80), number, quality=40), PLANTED[number % len(PLANTED)])
            for number in range(images)
        )
    )
    return collection
