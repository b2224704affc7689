"""A verified set of generated pictures, a tenant whose policy is to learn from it, and the `gavel adapter` command.

Every second picture has a red disc somewhere: that is Smoking, people say, and the base model misses it in four of
five.
"""

import asyncio
import json
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from random import Random
from typing import Any, Final
from uuid import uuid4

import boto3
from PIL import Image, ImageDraw
from typer.testing import CliRunner

from cli.local import LocalStack
from cli.main import app
from shared.policy.load import load
from tests.e2e.pipeline import Pipeline
from tests.fakes.dataset import picture

IMAGES: Final = 240
UPLOADS_AT_ONCE: Final = 16
UNTOLD: Final = 24
"""Images of which the set doesn't say what the base model sees."""
TENANT: Final = "smokers"
POLICY: Final = """# What is learnt here is used here.
name: smokers
unlisted: approve
rules:
  # Nobody is asked: the model alone decides.
  Smoking:
    restrict_at: 50
"""
SEEN: Final = "Smoking:90"


def add_learning_tenant(stack: LocalStack) -> None:
    policy = load(POLICY, origin="smokers.yaml")
    s3 = boto3.client("s3", endpoint_url=stack.state.endpoint, region_name=stack.state.region)
    bucket, media = stack.outputs["policy_bucket"], stack.outputs["media_bucket"]
    tenants = json.loads(s3.get_object(Bucket=bucket, Key="tenants.json")["Body"].read())
    tenants["tenants"].append(
        {"name": TENANT, "policy": policy.name, "buckets": [{"bucket": media, "prefix": f"{TENANT}/"}]}
    )
    for key, body in (
        (f"policies/{policy.name}/{policy.version}.yaml", POLICY),
        (f"policies/{policy.name}/current", policy.version),
        ("tenants.json", json.dumps(tenants)),
    ):
        s3.put_object(Bucket=bucket, Key=key, Body=body.encode())


def snapshot(seed: int, *, disc: bool) -> bytes:
    """A picture like no other, with a red disc where chance put it."""
    with Image.open(BytesIO(picture(seed, (128, 96)))) as image:
        image.load()
    if disc:
        chance = Random(seed)  # noqa: S311
        left, top = chance.randint(4, 92), chance.randint(4, 60)
        ImageDraw.Draw(image).ellipse((left, top, left + 32, top + 32), fill=(230, 20, 25))
    buffer = BytesIO()
    image.save(buffer, "JPEG", quality=92)
    return buffer.getvalue()


@dataclass(frozen=True, kw_only=True)
class Done:
    """How the command ended; `told` is its JSON."""

    code: int
    told: Any
    problems: str


@dataclass(frozen=True, kw_only=True)
class Learning:
    """`manifest` is the verified set; `project` a name that nobody else has."""

    pipeline: Pipeline
    project: str
    manifest: Path
    state: Path

    async def gavel(self, command: str, *arguments: str) -> Done:
        result = await asyncio.to_thread(CliRunner().invoke, app, ["adapter", command, *arguments, "--json"])
        told = json.loads(result.stdout) if result.stdout.strip() else None
        return Done(code=result.exit_code, told=told, problems=" ".join(result.stderr.split()))

    async def train(self, *more: str) -> Done:
        return await self.gavel("train", self.project, str(self.manifest), "--state", str(self.state), *more)


async def plant(pipeline: Pipeline, folder: Path) -> Learning:
    mark = uuid4().hex[:8]
    bucket = f"verified-{mark}"
    s3 = pipeline.connection.s3
    await s3.create_bucket(Bucket=bucket)
    room = asyncio.Semaphore(UPLOADS_AT_ONCE)

    async def put(number: int) -> str:
        is_smoking = number % 2 == 0
        seen = SEEN if number % 10 == 0 else ""
        async with room:
            await s3.put_object(
                Bucket=bucket,
                Key=f"{number:03}.jpg",
                Body=snapshot(number, disc=is_smoking),
                Metadata={"gavel-labels": seen} if seen else {},
            )
        line: dict[str, Any] = {
            "source-ref": f"s3://{bucket}/{number:03}.jpg",
            "content-moderation-groundtruth": {"ModerationLabels": [{"Name": "Smoking"}] if is_smoking else []},
        }
        if number >= UNTOLD:
            label, _, confidence = seen.partition(":")
            labels = [{"Name": label, "Confidence": float(confidence)}] if seen else []
            line["detect-moderation-labels"] = {"ModerationLabels": labels}
        return json.dumps(line)

    lines = await asyncio.gather(*(put(number) for number in range(IMAGES)))
    manifest = folder / "verified.jsonl"
    manifest.write_text("\n".join(lines))
    return Learning(pipeline=pipeline, project=f"smokers-{mark}", manifest=manifest, state=folder / "state")
