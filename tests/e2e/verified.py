"""A set of generated pictures that somebody verifies at the desk, a tenant whose policy is to learn from it, and the
`gavel adapter` command.

Half of the pictures have a red disc somewhere: that is Smoking, people say, and the base model misses it in four of
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
from playwright.async_api import async_playwright, expect
from typer.testing import CliRunner

from cli.local import LocalStack
from cli.main import app
from cli.screen import Exit
from shared.policy.load import load
from shared.verification.sets import PAGE
from tests.browser.chromium import FLAGS, chromium
from tests.browser.people import People, Studio
from tests.e2e.pipeline import Pipeline
from tests.e2e.silent import SILENT_BUCKET
from tests.fakes.dataset import picture

SEEN: Final = PAGE
MISSED: Final = 4 * PAGE
SAFE: Final = 5 * PAGE
"""So that a page of the desk's grid has pictures of one kind."""
UPLOADS_AT_ONCE: Final = 16
UNTOLD: Final = PAGE
"""Images of which the manifest doesn't say what the base model sees, as of rulings on live cases."""
TENANT: Final = "smokers"
POLICY: Final = """# What is learnt here is used here.
name: smokers
unlisted: approve
rules:
  # Nobody is asked: the model alone decides.
  Smoking:
    restrict_at: 50
"""


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
    """Pictures, what the base model makes of them by bulk analysis, somebody at the desk of that, and the manifest."""
    name = f"smokers-{uuid4().hex[:8]}"
    room = asyncio.Semaphore(UPLOADS_AT_ONCE)

    async def put(number: int) -> None:
        async with room:
            await pipeline.connection.s3.put_object(
                Bucket=SILENT_BUCKET,
                Key=f"{name}/{number:03}.jpg",
                Body=snapshot(number, disc=number < SEEN + MISSED),
                Metadata={"gavel-labels": "Smoking:90"} if number < SEEN else {},
            )

    await asyncio.gather(*(put(number) for number in range(SEEN + MISSED + SAFE)))
    runs = folder / "bulk"
    source = ("start", f"s3://{SILENT_BUCKET}/{name}", "--mode", "media-analysis", "--name", name)
    await _gavel("bulk", *source, "--state", str(runs))
    await _gavel("verify", "start", str(runs / name / "results.jsonl"), "--name", name)
    await _verify(pipeline, f"/verify/default/{name}")
    manifest = folder / "verified.jsonl"
    await _gavel(
        "verify", "export", "--set", name, "--bucket", SILENT_BUCKET, "--with-predictions", "--out", str(manifest)
    )
    lines = [json.loads(line) for line in manifest.read_text().splitlines()]
    for line in lines[:UNTOLD]:
        del line["detect-moderation-labels"]
    manifest.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    return Learning(pipeline=pipeline, project=name, manifest=manifest, state=folder / "state")


async def _verify(pipeline: Pipeline, grid: str) -> None:
    """By keyboard, a page at a time: what was seen is right, then it is what is missing, then there is nothing."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium(), args=list(FLAGS), headless=True)
        person = await People(browser, Studio(stack=pipeline.stack), []).signed_in()
        page, press = person.page, person.page.keyboard.press
        pages = (SEEN + MISSED + SAFE) // PAGE
        for number in range(1, pages + 1):
            await page.goto(f"{person.desk}{grid}?page={number}")
            await expect(page.get_by_text(f"Page {number} of {pages}").first).to_be_visible()
            await press("a")
            if SEEN < number * PAGE <= SEEN + MISSED:
                await press("m")
                await page.keyboard.type("smoking")
                await press("Enter")
            else:
                await press("r")
            await expect(page.get_by_text(f"{PAGE} of {PAGE} on this page answered by you")).to_be_visible()
            await expect(page.locator("[data-state]")).to_have_text("Saved")
        await browser.close()


async def _gavel(*arguments: str) -> None:
    result = await asyncio.to_thread(CliRunner().invoke, app, [*arguments, "--json"])
    assert result.exit_code == Exit.OK, result.output
