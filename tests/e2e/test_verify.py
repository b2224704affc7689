"""A verified set on the deployed stack, from results of bulk analysis and from a ruling, exported as a manifest."""

import asyncio
import html
import json
import re
from pathlib import Path
from typing import Any

import aiohttp
from typer.testing import CliRunner

from cli.main import app
from cli.screen import Exit
from shared.contracts.words import Action, Status
from shared.verification.sets import LIVE
from shared.verification.words import image_id
from tests.e2e.pictures import mark, unique_jpeg
from tests.e2e.pipeline import Pipeline, eventually
from tests.e2e.reviews import reviewer

IMAGE = re.compile(r'<img src="([^"]+)" alt="Image')


async def test_results_become_a_set_that_a_reviewer_checks_and_a_manifest_is_written_of(
    pipeline: Pipeline, tmp_path: Path
) -> None:
    name = mark()
    pictures = [unique_jpeg() for _ in range(2)]
    keys = (f"{name}/gun & co.jpg", f"{name}/safe.jpg")
    gun, safe = [await pipeline.upload(body, key=key) for key, body in zip(keys, pictures, strict=True)]
    results = await _results(
        pipeline, f"{name}/results.jsonl", {gun.key: ["Violence", "Weapons"], safe.key: ["Alcohol"]}
    )
    begun = await _gavel("start", results, "--name", name)
    assert (begun["images"], begun["left_out"]) == (2, {"unreadable": 1, "of-another-tenant": 1})
    again = await asyncio.to_thread(CliRunner().invoke, app, ["verify", "start", results, "--name", name])
    assert again.exit_code == Exit.FAILED

    # What is put in its place is another image, of which the model said nothing.
    other = await pipeline.upload(unique_jpeg(), key=gun.key)
    said = [
        {"id": image_id(gun), "right": ["Weapons"], "missing": ["Gambling"], "seen": True},
        {"id": image_id(safe), "wrong": ["Alcohol"], "seen": True},
    ]
    async with reviewer(pipeline) as somebody:
        for _ in range(2):  # a reply may be lost
            page = await somebody.verify(f"/verify/default/{name}", said)
    assert 'data-label="Violence" data-said="right"' in page
    async with aiohttp.ClientSession() as http:
        for address, picture in zip(IMAGE.findall(page), pictures, strict=True):
            async with http.get(html.unescape(address)) as answer:
                assert (answer.status, await answer.read()) == (200, picture)

    status = await _gavel("status", name)
    assert status["together"]["images"] == 2
    assert status["together"]["labels"]["Alcohol"]["false_positives"] == 1
    assert status["together"]["labels"]["Gambling"]["false_negatives_missing"] == 49
    assert name in [each["set"] for each in await _gavel("list")]
    assert await _exported(tmp_path, gun.bucket, name) == {safe.key: []}
    await pipeline.connection.s3.delete_object(Bucket=gun.bucket, Key=gun.key, VersionId=other.version_id)
    assert await _exported(tmp_path, gun.bucket, name) == {
        gun.key: ["Gambling", "Violence", "Weapons"],
        safe.key: [],
    }


async def test_a_ruling_on_a_live_case_is_in_the_verified_set_too(pipeline: Pipeline, tmp_path: Path) -> None:
    media = await pipeline.upload(unique_jpeg(), labels="Weapons:71.3")
    item = await pipeline.submit(media)
    await pipeline.answer(await pipeline.open_loop(item), Action.APPROVE)
    await pipeline.status(item, Status.DONE)

    async def look() -> list[str] | None:
        return (await _exported(tmp_path, media.bucket, LIVE)).get(media.key)

    # Added after the outcome was sent, so that no verdict waits for it.
    assert await eventually(look, what="the ruling in the verified set") == []


async def _results(pipeline: Pipeline, key: str, predicted: dict[str, list[str]]) -> str:
    """In the shape of Rekognition's own, with a line that is none and one about somebody else's image."""
    bucket = pipeline.connection.outputs.media_bucket
    lines = [_line(f"s3://{bucket}/{image}", labels) for image, labels in predicted.items()]
    body = "\n".join([*lines, "{}", _line("s3://somebody-elses/a.jpg", ["Alcohol"])])
    await pipeline.connection.s3.put_object(Bucket=pipeline.connection.outputs.work_bucket, Key=key, Body=body.encode())
    return f"s3://{pipeline.connection.outputs.work_bucket}/{key}"


def _line(ref: str, labels: list[str]) -> str:
    found = [{"Name": label, "Confidence": 88.5, "ParentName": "", "TaxonomyLevel": 1} for label in labels]
    said = {"ModerationLabels": found, "ModerationModelVersion": "7.0", "ContentTypes": []}
    return json.dumps({"source-ref": ref, "detect-moderation-labels": said})


async def _exported(folder: Path, bucket: str, name: str) -> dict[str, list[str]]:
    to = folder / "manifest.jsonl"
    await _gavel("export", "--bucket", bucket, "--set", name, "--out", str(to))
    lines = [json.loads(line) for line in to.read_text(encoding="utf-8").splitlines()]
    return {
        line["source-ref"].removeprefix(f"s3://{bucket}/"): [
            label["Name"] for label in line["content-moderation-groundtruth"]["ModerationLabels"]
        ]
        for line in lines
    }


async def _gavel(*arguments: str) -> Any:
    result = await asyncio.to_thread(CliRunner().invoke, app, ["verify", *arguments, "--json"])
    assert result.exit_code == Exit.OK, result.output
    return json.loads(result.stdout)
