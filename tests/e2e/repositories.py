"""A dirty repository of generated images with planted labels, and the `gavel dataset` command run over it.

Of every five images the first shows a Robin, the second a Car with a box, the third perhaps a Robin, the fourth a Dog,
and the fifth nothing. Some keys have spaces and letters that URLs and shells don't like.
"""

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
from tests.e2e.pipeline import Pipeline
from tests.fakes.dataset import picture

IMAGES: Final = 500
UPLOADS_AT_ONCE: Final = 16
PLANTED: Final = (
    "Robin:95.5@0.25/0.25/0.5/0.5",
    "Car:93@0.1/0.2/0.3/0.4",
    "Robin:71.4@0.1/0.1/0.2/0.2",
    "Dog:99",
    "",
)
GAVEL: Final = (sys.executable, "-m", "cli.main", "dataset")


def key(number: int) -> str:
    odd = {3: "ein Vogel {:03}.jpg", 5: "鳥/ü & + % ? #{:03}.jpg", 6: "a b/c  d/{:03}.jpg"}
    return "photos/" + odd.get(number % 7, "{:03}.jpg").format(number)


ROBINS: Final = frozenset(key(number) for number in range(0, IMAGES, 5))
CARS: Final = frozenset(key(number) for number in range(1, IMAGES, 5))
PERHAPS: Final = frozenset(key(number) for number in range(2, IMAGES, 5))
LISTED: Final = tuple(sorted((key(number) for number in range(IMAGES)), key=str.encode))
"""As S3 lists them: by the bytes of UTF-8."""


@dataclass(frozen=True)
class Done:
    """How the command ended; `told` is its JSON."""

    code: int
    told: Any
    problems: str


@dataclass(frozen=True, kw_only=True)
class Repository:
    """`bucket` has the images; every test has a destination of its own in a bucket beside it."""

    pipeline: Pipeline
    bucket: str
    sets: str
    state: Path

    @property
    def s3(self) -> Any:
        return self.pipeline.connection.s3

    @property
    def source(self) -> str:
        return f"s3://{self.bucket}"

    def dest(self) -> str:
        return f"s3://{self.sets}/{uuid4().hex[:12]}"

    def _arguments(self, command: str, dest: str, *more: str) -> list[str]:
        return [command, "--dest", dest, "--state", str(self.state), "--json", *more]

    async def filter(self, dest: str, *more: str, label: str = "bird") -> Done:
        return await self.run("filter", dest, "--source", self.source, "--label", label, *more)

    async def run(self, command: str, dest: str, *more: str) -> Done:
        arguments = ["dataset", *self._arguments(command, dest, *more)]
        result = await asyncio.to_thread(CliRunner().invoke, app, arguments)
        told = json.loads(result.stdout) if result.stdout.strip() else None
        # Lines are wrapped where the terminal ends, wherever these tests run.
        return Done(result.exit_code, told, " ".join(result.stderr.split()))

    async def start(self, command: str, dest: str, *more: str) -> subprocess.Popen[str]:
        """As a process of its own, to be killed."""
        return await asyncio.to_thread(_started, [*GAVEL, *self._arguments(command, dest, *more)])

    async def kept(self, dest: str) -> dict[str, set[str]]:
        """The keys in every folder of the destination."""
        bucket, _, prefix = dest.removeprefix("s3://").partition("/")
        folders: dict[str, set[str]] = {}
        async for page in self.s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=f"{prefix}/"):
            for entry in page.get("Contents", ()):
                folder, _, rest = entry["Key"].removeprefix(f"{prefix}/").partition("/")
                if rest and folder != ".gavel":
                    folders.setdefault(folder, set()).add(rest)
        return folders

    async def read(self, dest: str, name: str) -> bytes:
        bucket, _, prefix = dest.removeprefix("s3://").partition("/")
        answer = await self.s3.get_object(Bucket=bucket, Key=f"{prefix}/{name}")
        body: bytes = await answer["Body"].read()
        return body

    async def calls(self) -> int:
        """Calls of DetectLabels that were answered, so paid, since the counts were set back."""
        counts = (await self.pipeline.control("quotas"))["counts"]
        return sum(count["admitted"] for count in counts if count["operation"] == "DetectLabels")


async def plant(pipeline: Pipeline, state: Path) -> Repository:
    mark = uuid4().hex[:8]
    repository = Repository(pipeline=pipeline, bucket=f"raw-{mark}", sets=f"sets-{mark}", state=state)
    for bucket in (repository.bucket, repository.sets):
        await repository.s3.create_bucket(Bucket=bucket)
    room = asyncio.Semaphore(UPLOADS_AT_ONCE)

    async def put(number: int) -> None:
        async with room:
            await repository.s3.put_object(
                Bucket=repository.bucket,
                Key=key(number),
                Body=picture(number, (120, 100)),
                Metadata={"gavel-objects": PLANTED[number % 5]},
            )

    await asyncio.gather(*(put(number) for number in range(IMAGES)))
    return repository


def _started(arguments: list[str]) -> subprocess.Popen[str]:
    return subprocess.Popen(  # noqa: S603  this project's own program
        arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
