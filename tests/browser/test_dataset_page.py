"""The page that asks whether an image belongs into a dataset: yes or no, by keyboard alone, boxes where they belong."""

from pathlib import Path

import pytest
from playwright.async_api import expect

from cli.dataset.people import Ruling, read_answers
from services.review.templates.generate import dataset
from tests.browser.desk import Desk

pytestmark = pytest.mark.asyncio(loop_scope="session")

SHOTS = Path(__file__).parents[2] / ".gavel" / "artefacts" / "dataset"
BOX = {"left": 25, "top": 10, "width": 50, "height": 40}
INPUT = {
    "kind": "image",
    "taskObject": "s3://gavel-local-media/robin.jpg",
    "label": "Robin",
    "confidence": 71.4,
    "boxes": [BOX],
    "category": "Robin",
    "severity": 1,
    "round": 1,
}


async def test_an_answer_takes_two_keys_and_reads_as_it_was_given(desk: Desk) -> None:
    task = await desk.open(dataset(), INPUT)
    await expect(task.locator(":checked")).to_have_count(0)
    await expect(task.get_by_role("radiogroup", name="Does the image show this: Robin?")).to_be_visible()
    await desk.focus()
    for key in ("y", "Enter"):
        await desk.page.keyboard.press(key)
    content = await desk.answer()
    assert content == {"ruling": {"yes": True, "no": False}}
    assert read_answers({"humanAnswers": [{"workerId": "a" * 16, "answerContent": content}]}) is Ruling.YES


async def test_nothing_is_sent_without_an_answer(desk: Desk) -> None:
    task = await desk.open(dataset(), INPUT)
    await task.get_by_role("button", name="Submit").click()
    await expect(task.get_by_role("alert")).to_have_text("Say yes or no.")
    assert await desk.answers() == 0


async def test_boxes_are_where_they_belong_on_the_picture(desk: Desk) -> None:
    task = await desk.open(dataset(), INPUT)
    await expect(task.get_by_role("img").first).to_have_js_property("naturalWidth", 800)
    picture = await task.get_by_role("img").first.bounding_box()
    frame = await task.locator(".gavel-box").bounding_box()
    assert picture is not None
    assert frame is not None
    SHOTS.mkdir(parents=True, exist_ok=True)
    await desk.page.screenshot(path=SHOTS / "page.png")
    assert frame["x"] - picture["x"] == pytest.approx(0.25 * picture["width"], abs=1)
    assert frame["y"] - picture["y"] == pytest.approx(0.10 * picture["height"], abs=1)
    assert frame["width"] == pytest.approx(0.5 * picture["width"], abs=1)
    assert frame["height"] == pytest.approx(0.4 * picture["height"], abs=1)
