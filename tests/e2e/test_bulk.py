"""Bulk runs over the deployed pipeline and over Rekognition's bulk analysis: the same images, the same findings."""

import asyncio
import json
import os
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Final

import pytest
import pytest_asyncio

from cli.bulk.standing import state_path
from cli.bulk.state import Stage, State
from cli.screen import Exit
from shared.contracts.words import Action, DecidedBy
from tests.e2e.bulk_runs import PLANTED, Collection, name_of, plant
from tests.e2e.pipeline import Pipeline, eventually
from tests.e2e.silent import SILENT_BUCKET

IMAGES: Final = int(os.environ.get("GAVEL_BULK_IMAGES", "80"))
"""2,000 of them take some minutes on two cores: GAVEL_BULK_IMAGES=2000 (docs/bulk.md)."""
JUDGED: Final = 5


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def collection(pipeline: Pipeline, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Collection]:
    planted = await plant(pipeline, SILENT_BUCKET, IMAGES, tmp_path_factory.mktemp("bulk"))
    await pipeline.connection.s3.put_object(Bucket=SILENT_BUCKET, Key=f"{planted.prefix}/notes.txt", Body=b"no image")
    yield planted
    await pipeline.control("quotas", method="DELETE")
    await pipeline.control("analysis-settings", method="DELETE")


async def test_both_ways_find_the_same_line_for_line_even_when_killed_in_the_middle(collection: Collection) -> None:
    names = [name_of(number) for number in range(IMAGES)]
    manifest = collection.manifest(*names, "not json", "gone.jpg", "notes.txt", names[0], '{"source": 1}')
    await collection.alone()
    await collection.pipeline.control("quotas", method="DELETE")
    await collection.pipeline.control("quotas", {"operation": "DetectModerationLabels", "tps": max(25, IMAGES // 10)})

    await _killed(collection, manifest, "fan-out", "fanned", after=5)
    fanned = await collection.run("resume", "fanned")
    assert fanned.code == Exit.QUARANTINED, fanned.problems
    assert await collection.calls() == IMAGES

    await collection.pipeline.control("analysis-settings", {"held": True})
    await _killed(collection, manifest, "media-analysis", "analysed", after=0)
    await collection.pipeline.control("analysis-settings", {"held": False})
    analysed = await collection.run("resume", "analysed")
    assert analysed.code == Exit.QUARANTINED, analysed.problems
    jobs = (await collection.pipeline.control("analysis-jobs"))["jobs"]
    assert [job["lines"] for job in jobs if job["name"] == "analysed"] == [IMAGES + 2]
    assert await collection.calls() == IMAGES

    assert collection.results("fanned") == collection.results("analysed")
    assert [json.loads(line)["source-ref"] for line in collection.results("fanned")] == [
        *map(collection.ref, names),
        collection.ref(names[0]),
    ]
    told = {run: collection.summary(run) for run in ("fanned", "analysed")}
    errors = {run: [(e["line-numer"], e["code"]) for e in each["errors"]] for run, each in told.items()}
    assert (
        errors["fanned"]
        == errors["analysed"]
        == [
            (IMAGES + 1, "INVALID_JSON_LINE"),
            (IMAGES + 2, "INVALID_S3_OBJECT"),
            (IMAGES + 3, "INVALID_IMAGE_FORMAT"),
            (IMAGES + 5, "INVALID_JSON_LINE"),
        ]
    )
    assert told["fanned"]["statistics"] == told["analysed"]["statistics"]
    for name in ("lines", "repeats", "results", "clean", "labels", "histogram", "errors", "waiting"):
        assert fanned.told[name] == analysed.told[name], name
    planted = Counter(number % len(PLANTED) for number in (*range(IMAGES), 0))
    assert fanned.told["labels"]["Smoking"] == planted[1]
    assert fanned.told["labels"]["Violence"] == planted[2]
    assert (fanned.told["clean"], fanned.told["results"], fanned.told["waiting"]) == (planted[0], IMAGES + 1, 0)


async def test_a_policy_judges_what_was_analysed_without_asking_again(collection: Collection) -> None:
    names = [name_of(number) for number in range(JUDGED)]
    manifest = collection.manifest(*names)
    before = await collection.calls()
    analysed = await collection.run("start", manifest, "--mode", "media-analysis", "--policy", "standard")
    assert analysed.code == Exit.OK, analysed.problems
    assert await collection.calls() == before
    assert analysed.told["choices"] == {"approve": 2, "escalate": 1, "reject": 1, "restrict": 1}

    fanned = await collection.run("start", manifest, "--mode", "fan-out", "--policy", "standard")
    assert fanned.code == Exit.OK, fanned.problems
    assert fanned.told["choices"] == analysed.told["choices"]
    assert collection.results(fanned.told["run"]) == collection.results(analysed.told["run"])
    assert await collection.calls() == before

    with State(state_path(collection.runs, analysed.told["run"])) as state:
        choices = {told.number: told.choice for told in state.told()}
        items = {choices[image.number]: str(image.media_id) for image in state.images(Stage.DONE)}
    pipeline = collection.pipeline
    assert (await pipeline.verdict(items["reject"])).data.verdict is Action.REJECT
    await pipeline.answer(await pipeline.open_loop(items["escalate"]), Action.RESTRICT)
    assert (await pipeline.verdict(items["escalate"])).data.decided_by is DecidedBy.HUMAN


async def test_a_closed_account_is_told_what_to_do_and_a_run_can_be_cancelled(collection: Collection) -> None:
    control = collection.pipeline.control
    await control("analysis-settings", {"closed": True})
    manifest = collection.manifest(name_of(0), name_of(1))
    closed = await collection.run("start", manifest, "--mode", "media-analysis", "--name", "closed")
    assert (closed.code, "--mode fan-out" in closed.problems) == (Exit.FAILED, True)
    await control("analysis-settings", method="DELETE")

    dry = await collection.run("start", collection.source, "--dry-run", "--mode", "fan-out")
    assert (dry.code, dry.told["images"]) == (Exit.OK, IMAGES + 1)
    assert dry.told["cost_usd"] == pytest.approx((IMAGES + 1) / 1000)
    cancelled = await collection.run("cancel", "closed")
    assert (cancelled.told["status"], cancelled.told["done"]) == ("cancelled", 0)
    assert {run["run"] for run in (await collection.run("list")).told} >= {"closed", "fanned", "analysed"}
    resumed = await collection.run("resume", "closed")
    assert (resumed.code, resumed.told["results"]) == (Exit.OK, 2)
    watched = await collection.run("watch", "closed")
    assert (watched.code, watched.told["status"]) == (Exit.OK, "done")
    assert (await collection.run("status", "nobody")).code == Exit.NOT_FOUND


async def _killed(collection: Collection, manifest: str, mode: str, run: str, *, after: int) -> None:
    """A run that is killed when so many images are through, and whoever is asked has begun."""
    process = collection.begin(manifest, "--mode", mode, "--name", run)

    async def in_the_middle() -> bool | None:
        if process.poll() is not None:
            pytest.fail(f"{run} has ended: {process.communicate()}")
        begun, done = _standing(state_path(collection.runs, run))
        return True if begun and done >= after else None

    await eventually(in_the_middle, what=f"{run} in the middle")
    process.kill()
    await asyncio.to_thread(process.communicate)


def _standing(state: Path) -> tuple[int, int]:
    """How many images or jobs somebody was asked about, and how many images are through. Read only: the run, which is
    only just making the file perhaps, mustn't find it locked."""
    begun = "(SELECT count(*) FROM images WHERE stage = 'sent') + (SELECT count(job_id) FROM parts)"
    done = "(SELECT count(*) FROM images WHERE stage = 'done')"
    try:
        with closing(sqlite3.connect(f"{state.as_uri()}?mode=ro", uri=True)) as database:
            found: tuple[int, int] = database.execute(f"SELECT {begun}, {done}").fetchone()
            return found
    except sqlite3.OperationalError:
        return 0, 0
