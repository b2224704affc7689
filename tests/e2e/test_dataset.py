"""`gavel dataset` over 500 images: what is copied, what is paid, what survives a crash, and what people add."""

import asyncio
import json
import signal
import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import async_playwright

from cli.dataset.judging import Outcome
from cli.dataset.state import State
from cli.screen import Exit
from tests.browser.chromium import FLAGS, chromium
from tests.browser.people import People, Studio
from tests.e2e.pipeline import Pipeline, eventually
from tests.e2e.repositories import CARS, IMAGES, LISTED, PERHAPS, ROBINS, Repository, plant
from tests.e2e.reviews import at_the_desk
from tests.fakes.dataset import picture

FAST = ("--quota", "400")
"""The account's quota is raised for these tests, where pace isn't what they are about."""
WINDOW = 40
"""Images that are asked about ahead of the decision: what the account's quota lets through in a second."""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def repository(pipeline: Pipeline, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Repository]:
    await pipeline.control("quotas", {"operation": "DetectLabels", "tps": 1000})
    yield await plant(pipeline, tmp_path_factory.mktemp("datasets"))
    await pipeline.control("quotas", method="DELETE")


def first(count: int, of: frozenset[str], among: Sequence[str] = LISTED) -> set[str]:
    return set([key for key in among if key in of][:count])


async def test_two_labels_in_one_pass_with_boxes_report_and_a_repeat_that_pays_nothing(repository: Repository) -> None:
    dest, before = repository.dest(), await repository.calls()
    options = ("--label", "AUTOMOBILE", "--with-boxes", *FAST)
    done = await repository.filter(dest, *options)
    assert done.code == Exit.OK, done.problems
    assert await repository.kept(dest) == {"Bird": set(ROBINS), "Car": set(CARS)}
    assert await repository.calls() - before == done.told["calls"] == IMAGES
    assert (done.told["stopped_by"], done.told["hits"]) == ("end of the source", len(ROBINS) + len(CARS))
    assert done.told["cost_usd"] == pytest.approx(0.5)
    await _boxes_are_right(repository, dest)
    run = done.told["run"]
    assert (await repository.read(dest, f".gavel/{run}/report.html")).startswith(b"<!doctype html>")
    assert (await repository.read(dest, f".gavel/{run}/report.png")).startswith(b"\x89PNG")

    again = await repository.filter(dest, *options)
    assert again.code == Exit.FAILED
    assert "--resume" in again.problems
    resumed = await repository.filter(dest, *options, "--resume")
    assert resumed.told["folders"] == done.told["folders"]
    assert await repository.calls() - before == IMAGES


async def _boxes_are_right(repository: Repository, dest: str) -> None:
    lines = (await repository.read(dest, "Bird+Car.manifest")).decode().splitlines()
    by_image = {line["source-ref"]: line for line in map(json.loads, lines)}
    assert set(by_image) == {f"{dest}/Bird/{key}" for key in ROBINS} | {f"{dest}/Car/{key}" for key in CARS}
    robin = by_image[f"{dest}/Bird/{min(ROBINS)}"]["bounding-box"]
    assert robin == {
        "image_size": [{"width": 120, "height": 100, "depth": 3}],
        "annotations": [{"class_id": 0, "left": 30, "top": 25, "width": 60, "height": 50}],
    }
    coco = json.loads(await repository.read(dest, "Bird+Car.coco.json"))
    assert len(coco["images"]) == len(coco["annotations"]) == len(by_image)


async def test_the_target_the_cap_and_patience_end_a_run_in_listing_order(repository: Repository) -> None:
    options = {
        "target": ("--target", "7", "--name", "seven birds", "--quota", str(WINDOW)),
        "max-scan": ("--max-scan", "33", "--threshold", "71.4"),
        "patience": ("--patience", "8", "--quota", "10"),
    }
    places = {name: repository.dest() for name in options}
    done = {name: await repository.filter(places[name], *FAST, *options[name]) for name in options}
    assert {name: each.told["stopped_by"] for name, each in done.items()} == {name: name for name in options}

    assert await repository.kept(places["target"]) == {"seven birds": first(7, ROBINS)}
    reached = LISTED.index(max(first(7, ROBINS), key=LISTED.index)) + 1
    assert done["target"].told["images"] == reached
    assert done["target"].told["calls"] <= reached + WINDOW

    assert done["max-scan"].told["calls"] == 33
    assert await repository.kept(places["max-scan"]) == {"Bird": set(LISTED[:33]) & (ROBINS | PERHAPS)}

    misses = [key not in ROBINS for key in LISTED]
    ends = next(end for end in range(8, IMAGES) if all(misses[end - 8 : end]))
    assert done["patience"].told["images"] == ends
    assert await repository.kept(places["patience"]) == {"Bird": set(LISTED[:ends]) & ROBINS}
    # A quota-second, at 10 calls a second.
    assert done["patience"].told["calls"] <= ends + 10


async def test_a_random_sample_is_the_seed_s_whatever_the_concurrency(repository: Repository) -> None:
    options = ("--sample", "random", "--seed", "11", "--max-scan", "60")
    places = [repository.dest() for _ in range(2)]
    paces = (FAST, ("--quota", "20"))
    done = [await repository.filter(dest, *options, *pace) for dest, pace in zip(places, paces, strict=True)]
    kept = [await repository.kept(dest) for dest in places]
    assert [each.told["calls"] for each in done] == [60, 60]
    assert kept[0] == kept[1] != {"Bird": set(LISTED[:60]) & ROBINS}


async def test_a_run_that_is_killed_goes_on_and_the_total_of_calls_is_unchanged(repository: Repository) -> None:
    """The quota ends first, so that no call is under way when the process dies: such a call is paid and its answer
    lost, which no client of an API without idempotency can prevent."""
    dest, before = repository.dest(), await repository.calls()
    await repository.pipeline.control("quotas", {"operation": "DetectLabels", "tps": 40, "burst": 5})
    options = ("filter", dest, "--source", repository.source, "--label", "bird", "--quota", "40")
    earlier = set(repository.state.glob("*/state.sqlite"))
    process = await repository.start(*options)
    await _until(lambda: _paid(repository, before, 120))
    await repository.pipeline.control("quotas", {"operation": "DetectLabels", "tps": 0})
    [written] = set(repository.state.glob("*/state.sqlite")) - earlier
    await _until(lambda: _all_written(repository, before, written))
    process.send_signal(signal.SIGKILL)
    await asyncio.to_thread(process.communicate)
    paid = await repository.calls() - before
    assert 120 <= paid < IMAGES
    await repository.pipeline.control("quotas", {"operation": "DetectLabels", "tps": 1000})
    done = await repository.run(*options, *FAST, "--resume")
    assert (done.told["calls"], done.told["calls_now"]) == (IMAGES, IMAGES - paid)
    assert await repository.calls() - before == IMAGES
    assert await repository.kept(dest) == {"Bird": set(ROBINS)}


async def _paid(repository: Repository, before: int, count: int) -> bool | None:
    return await repository.calls() - before >= count or None


async def _all_written(repository: Repository, before: int, state: Path) -> bool | None:
    """Every call that was paid has its answer in the run's own file."""
    with closing(sqlite3.connect(f"{state.as_uri()}?mode=ro", uri=True)) as database:
        [(answers,)] = database.execute("SELECT count(*) FROM answers")
    return answers == await repository.calls() - before or None


async def _until(look: Any) -> None:
    await eventually(look, what="the killed run")


async def test_what_is_refused_costs_nothing(repository: Repository) -> None:
    before, s3 = await repository.calls(), repository.s3
    await s3.create_bucket(Bucket=f"{repository.bucket}-empty")
    source, empty = repository.source, f"{repository.source}-empty"
    for dest, options, code, told in (
        (source, (), Exit.USAGE, "it is the source"),
        (f"{source}/sets", (), Exit.USAGE, "it is in the source"),
        (repository.dest(), ("--label", "birb"), Exit.USAGE, "Is Bird meant?"),
        (repository.dest(), ("--review-band", "95-40", "--threshold", "0"), Exit.USAGE, "--threshold 0"),
        (repository.dest(), ("--source", empty), Exit.NOT_FOUND, "has no objects"),
        (repository.dest(), ("--source", f"{source}-missing"), Exit.FAILED, "source-missing"),
        ("s3://nobody-has-this-bucket/x", (), Exit.FAILED, "dest-missing"),
    ):
        done = await repository.filter(dest, *options)
        assert (done.code, done.told) == (code, None), done.problems
        assert told in done.problems
    await repository.pipeline.control("faults", {"operation": "s3.PutObject", "code": "AccessDenied", "status": 403})
    denied = await repository.filter(repository.dest())
    assert denied.code == Exit.FAILED
    assert "you may not write to the destination" in denied.problems
    assert await repository.calls() == before


async def test_a_dry_run_tells_the_price_and_writes_nothing(repository: Repository) -> None:
    dest, before = repository.dest(), await repository.calls()
    done = await repository.filter(dest, "--dry-run", "--max-scan", "200")
    assert (done.told["objects"], done.told["calls"], done.told["cost_usd"]) == (IMAGES, 200, pytest.approx(0.2))
    assert await repository.calls() == before
    assert await repository.kept(dest) == {}
    assert (await repository.run("status", dest)).code == Exit.NOT_FOUND


async def test_the_same_bytes_are_paid_once_and_kept_once_unless_both_are_wanted(repository: Repository) -> None:
    bucket = f"{repository.bucket}-twice"
    await repository.s3.create_bucket(Bucket=bucket)
    for number, key in enumerate(("one.jpg", "one again.jpg", "two.jpg", "two again.jpg")):
        body, told = picture(number // 2), {"gavel-objects": "Robin:99"}
        await repository.s3.put_object(Bucket=bucket, Key=key, Body=body, Metadata=told)
    before = await repository.calls()
    options, once, both = ("--source", f"s3://{bucket}"), repository.dest(), repository.dest()
    done = await repository.filter(once, *options)
    assert await repository.calls() - before == done.told["calls"] == 2
    assert await repository.kept(once) == {"Bird": {"one again.jpg", "two again.jpg"}}
    await repository.filter(both, *options, "--keep-duplicates")
    assert len((await repository.kept(both))["Bird"]) == 4


@pytest.mark.parametrize("backend", ["a2i", "desk"])
async def test_people_decide_what_is_uncertain_and_the_target_still_holds(repository: Repository, backend: str) -> None:
    """One of them in a browser; by the order of the source, whoever answers first."""
    dest, pipeline = repository.dest(), repository.pipeline
    who = ("--review-backend", backend)
    scanned = LISTED[:30]
    sure, unsure = [key for key in scanned if key in ROBINS], [key for key in scanned if key in PERHAPS]
    target = len(sure) + 2
    quarantined = await pipeline.in_quarantine()
    done = await repository.filter(
        dest, "--review-band", "50-90", "--max-scan", "30", "--target", str(target), "--with-boxes", *who, *FAST
    )
    assert done.code == Exit.OK, done.problems
    assert done.told["folders"]["Bird"]["uncertain"] == len(unsure) >= 4
    assert await repository.kept(dest) == {"Bird": set(sure)}
    (standing,) = (await repository.run("status", dest, *who)).told
    assert (standing["waiting"], standing["yes"], standing["target"]) == (len(unsure), 0, target)
    early = await repository.run("finish", dest, *who)
    assert (early.code, "still to come" in early.problems) == (Exit.FAILED, True)

    loops = _loops(repository, done.told["run"])
    assert list(loops) == unsure
    refused, *others = unsure
    await _answer_in_a_browser(pipeline, loops[refused])
    for key in reversed(others):
        await at_the_desk(pipeline, loops[key], {"ruling": {"yes": True, "no": False}})
    (standing,) = (await repository.run("status", dest, *who)).told
    assert (standing["waiting"], standing["yes"], standing["no"]) == (0, len(unsure) - 1, 1)

    (finished,) = (await repository.run("finish", dest, *who)).told
    assert finished["folders"]["Bird"]["kept"] == target
    assert await repository.kept(dest) == {"Bird": {*sure, *others[:2]}}
    lines = [json.loads(line) for line in (await repository.read(dest, "Bird.manifest")).decode().splitlines()]
    by_people = {line["source-ref"] for line in lines if line["bounding-box-metadata"]["human-annotated"] == "yes"}
    assert by_people == {f"{dest}/Bird/{key}" for key in others[:2]}
    assert await pipeline.in_quarantine() == quarantined, "REVIEW knows nothing of these loops, and hears nothing"
    elsewhere = ("--state", str(repository.state.with_name(f"another machine, {backend}")))
    (repeated,) = (await repository.run("finish", dest, *who, *elsewhere)).told
    assert repeated["folders"] == finished["folders"]


def _loops(repository: Repository, run: str) -> dict[str, str]:
    """The loop of every uncertain image, in the order of the run."""
    with State(repository.state / run / "state.sqlite") as state:
        return {placed.key: placed.loop for placed in state.places("Bird", Outcome.UNCERTAIN) if placed.loop}


async def _answer_in_a_browser(pipeline: Pipeline, loop: str) -> None:
    """No, by keyboard."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium(), args=list(FLAGS), headless=True)
        person = await People(browser, Studio(stack=pipeline.stack), []).signed_in()
        await person.take(loop)
        await person.page.keyboard.press("b")
        await person.page.keyboard.press("g")
        shots = Path(__file__).parents[2] / ".gavel" / "artefacts" / "dataset"
        shots.mkdir(parents=True, exist_ok=True)
        await person.page.screenshot(path=shots / "task.png")
        await person.page.keyboard.press("n")
        await person.page.keyboard.press("Enter")
        await person.is_told("your answer is in")
        await browser.close()
