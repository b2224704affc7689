"""The commands that find, follow, count, try out, mend and export, against the deployed stack."""

import asyncio
import json
import signal
import sys
from asyncio.subprocess import PIPE
from pathlib import Path
from typing import Any

import aiohttp
import pyarrow.parquet as parquet
import pytest
import yaml
from typer.testing import CliRunner

from cli.connection import ConnectionProblem
from cli.main import app
from cli.screen import Exit
from shared.contracts.words import Status
from shared.ledger.entries import Discarded, EvidenceFound
from shared.ledger.views import only
from shared.policy.decide import decide
from shared.policy.load import load
from tests import media
from tests.e2e.pictures import unique_jpeg
from tests.e2e.pipeline import PATIENCE_S, Pipeline

POLICY = Path(__file__).parents[2] / "infra" / "policies" / "standard.yaml"


async def gavel(*arguments: str, exit_code: Exit = Exit.OK) -> Any:
    """What the command prints as JSON."""
    done = await asyncio.to_thread(CliRunner().invoke, app, [*arguments, "--json"])
    assert done.exit_code == exit_code, (done.output, done.exception)
    return json.loads(done.stdout) if done.stdout else None


async def judged(pipeline: Pipeline, labels: str) -> str:
    item = pipeline.id_of(await pipeline.upload(unique_jpeg(), labels=labels))
    await pipeline.status(item, Status.DONE)
    return item


async def test_items_are_listed_by_filters_page_by_page(pipeline: Pipeline) -> None:
    rejected, fine = await judged(pipeline, "Explicit Nudity:99.3"), await judged(pipeline, "")
    found = await gavel("ls", "--verdict", "reject", "--since", "1h", "--tenant", "default")
    ids = [item["media_id"] for item in found["items"]]
    assert rejected in ids
    assert fine not in ids
    first = await gavel("ls", "--limit", "1")
    rest = await gavel("ls", "--after", first["next"])
    assert first["items"][0]["media_id"] not in [item["media_id"] for item in rest["items"]]
    assert {rejected, fine} <= {item["media_id"] for item in first["items"] + rest["items"]}
    await gavel("ls", "--label", "Weapon", exit_code=Exit.USAGE)
    await gavel("ls", "--tenant", "nobody", exit_code=Exit.USAGE)


async def test_a_token_is_for_what_was_asked_and_the_api_takes_it(pipeline: Pipeline) -> None:
    told = await gavel("token", "--scope", "gavel/read", "--scope", "tenant/*")
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {told['access_token']}"}) as http:
        async with http.get(f"{told['api_url']}/v1/media") as answer:
            assert answer.status == 200
        async with http.post(f"{told['api_url']}/v1/media", json={}) as answer:
            assert answer.status == 403
    refused = await asyncio.to_thread(CliRunner().invoke, app, ["token", "--scope", "gavel/everything"])
    assert isinstance(refused.exception, ConnectionProblem)
    assert "invalid_scope" in str(refused.exception)


async def test_watching_tells_an_item_when_it_comes_and_when_it_is_decided(pipeline: Pipeline) -> None:
    arguments = ("watch", "--since", "5m", "--every", "0.3", "--json")
    watching = await asyncio.create_subprocess_exec(sys.executable, "-m", "cli.main", *arguments, stdout=PIPE)
    assert watching.stdout
    try:
        item = pipeline.id_of(await pipeline.upload(unique_jpeg(), labels="Explicit Nudity:99.3"))
        told: dict[str, Any] = {}
        async with asyncio.timeout(PATIENCE_S):
            while (told.get("media_id"), told.get("verdict")) != (item, "reject"):
                told = json.loads(await watching.stdout.readline())
            watching.send_signal(signal.SIGINT)
            assert await watching.wait() == Exit.OK
    finally:
        if watching.returncode is None:
            watching.kill()
            await watching.wait()


async def test_counting_tells_verdicts_rates_and_latencies(pipeline: Pipeline) -> None:
    await judged(pipeline, "")
    told = await gavel("stats", "--since", "1h")
    assert told["items"] == sum(told["status"].values())
    assert told["verdict"]["approve"] >= 1
    assert told["latency_s"]["p50"] > 0


async def test_a_simulation_says_what_deciding_the_same_evidence_anew_says(pipeline: Pipeline, tmp_path: Path) -> None:
    ids = [await judged(pipeline, labels) for labels in ("Explicit Nudity:99.3", "Smoking:97.1", "")]
    text = yaml.safe_load(POLICY.read_text(encoding="utf-8"))
    text["rules"] = {"Explicit": {"review_from": 50}, "Drugs & Tobacco": {"reject_at": 50}}
    del text["content_types"]
    file = tmp_path / "changed.yaml"
    file.write_text(yaml.safe_dump(text), encoding="utf-8")
    before = await pipeline.control("requests")
    told = await gavel("policy", "simulate", str(file), "--since", "1h")
    after = await pipeline.control("requests")
    asked = "rekognition.DetectModerationLabels"
    assert before.get(asked) == after.get(asked), "nothing is asked of Rekognition"
    policy = load(file.read_text(encoding="utf-8"), origin="changed.yaml")
    changes = {change["media_id"]: change["after"] for change in told["changes"]}
    for id_ in ids:
        record = await pipeline.record(id_)
        found = only(record, EvidenceFound) if record else None
        assert record is not None
        assert found is not None
        again = decide(policy, found.evidence.findings, found.evidence.content_types, media_id=id_).choice
        assert changes.get(id_, record.summary.verdict) == again
    assert sum(sum(row.values()) for row in told["choices"].values()) == told["items"]
    assert told["choices"]["reject"]["escalate"] >= 1
    assert told["reviews"]["after"] >= 1


async def test_versions_are_listed_and_compared(pipeline: Pipeline, tmp_path: Path) -> None:
    told = await gavel("policy", "history", "standard")
    (current,) = [each["version"] for each in told["versions"] if each["is_current"]]
    text = yaml.safe_load(POLICY.read_text(encoding="utf-8"))
    text["unlisted"] = "approve"
    file = tmp_path / "changed.yaml"
    file.write_text(yaml.safe_dump(text), encoding="utf-8")
    differences = (await gavel("policy", "diff", f"standard@{current}", str(file)))["differences"]
    assert [(each["path"], each["after"]) for each in differences] == [("unlisted", "approve")]
    assert (await gavel("policy", "diff", "standard", f"standard@{current}"))["differences"] == []
    await gavel("policy", "history", "nothing", exit_code=Exit.NOT_FOUND)
    await gavel("policy", "diff", "standard", "standard@0000000000000000", exit_code=Exit.NOT_FOUND)


async def test_what_is_quarantined_is_shown_sent_again_and_discarded(pipeline: Pipeline) -> None:
    refusal = {"operation": "rekognition.DetectModerationLabels", "code": "InvalidImageFormatException"}
    await pipeline.control("faults", refusal)
    mended = pipeline.id_of(await pipeline.upload(unique_jpeg()))
    await pipeline.quarantined(mended)
    await pipeline.control("faults", method="DELETE")
    hopeless = pipeline.id_of(await pipeline.upload(media.text()))
    await pipeline.quarantined(hopeless)

    listed = {item["id"]: item["code"] for item in (await gavel("quarantine", "ls"))["items"]}
    assert (listed[mended], listed[hopeless]) == ("image-format-refused", "not-media")
    shown = await gavel("quarantine", "show", mended, "--message")
    assert shown["entries"][0]["code"] == "image-format-refused"
    assert mended in shown["message"]["body"]

    await gavel("quarantine", "redrive", mended)
    record = await pipeline.status(mended, Status.DONE)
    assert record.summary.verdict == "approve"
    await gavel("quarantine", "redrive", mended, exit_code=Exit.FAILED)

    await gavel("quarantine", "discard", hopeless, "--reason", "a text file")
    listed = {item["id"]: item["code"] for item in (await gavel("quarantine", "ls"))["items"]}
    assert hopeless not in listed
    record = await pipeline.status(hopeless, Status.DISCARDED)
    entry = only(record, Discarded)
    assert entry is not None
    assert entry.by.startswith("arn:aws:")
    assert entry.reason == "a text file"
    await gavel("quarantine", "discard", hopeless, "--reason", "again", exit_code=Exit.FAILED)
    await gavel("quarantine", "show", "a" * 26, exit_code=Exit.NOT_FOUND)


@pytest.mark.parametrize("format_", ["jsonl", "parquet"])
async def test_an_export_has_every_item_in_its_tenants_folder(pipeline: Pipeline, tmp_path: Path, format_: str) -> None:
    item, folder = await judged(pipeline, "Explicit Nudity:99.3"), tmp_path / "out"
    told = await gavel("export", str(folder), "--format", format_, "--tenant", "default", "--since", "1h")
    rows = await asyncio.to_thread(_rows, folder, format_)
    assert len(rows) == told["items"]
    (row,) = [row for row in rows if row["media_id"] == item]
    assert (row["verdict"], json.loads(row["record"])["media_id"]) == ("reject", item)
    await gavel("export", str(folder), exit_code=Exit.USAGE)


def _rows(folder: Path, format_: str) -> list[dict[str, Any]]:
    paths = sorted((folder / "tenant=default").rglob(f"part-*.{format_}"))
    if format_ == "jsonl":
        return [json.loads(line) for path in paths for line in path.read_text(encoding="utf-8").splitlines()]
    return [row for path in paths for row in parquet.ParquetFile(path).read().to_pylist()]
