"""What the page of a task and the desk say to each other."""

from typing import Any

import pytest
from playwright.async_api import FrameLocator, expect

from services.review.desk.rendering.source import ELEMENTS
from tests.browser.desk import Desk, page_of

pytestmark = pytest.mark.asyncio(loop_scope="session")

FORM = """
<crowd-input name="text" label="Text"></crowd-input>
<crowd-checkbox name="box" value="ticked">Tick me</crowd-checkbox>
<input type="radio" name="native" value="a" aria-label="A"><input type="radio" name="native" value="b" aria-label="B">
<select name="pick"><option>one</option><option>two</option></select>
<textarea name="words"></textarea>
<input name="pair" value=""><input name="pair" value="">"""


async def test_what_is_filled_in_is_told_as_a_draft_before_it_is_submitted(desk: Desk) -> None:
    task = await desk.open(page_of(FORM))
    await task.get_by_label("Text").fill("half")
    draft = await desk.told("draft")
    assert draft["answerContent"]["text"] == "half"
    assert await desk.answers() == 0


async def test_a_draft_comes_back_whole(desk: Desk) -> None:
    kept: dict[str, Any] = {
        "text": "half",
        "box": {"ticked": True},
        "native": {"a": False, "b": True},
        "pick": "two",
        "words": "more\nwords",
        "pair": ["x", "y"],
    }
    task = await desk.open(page_of(FORM))
    await desk.tell(type="restore", answerContent=kept)
    await expect(task.get_by_label("Text")).to_have_value("half")
    await expect(task.get_by_role("radio", name="B", exact=True)).to_be_checked()
    await task.get_by_role("button", name="Submit").click()
    assert await desk.answer() == kept


async def test_drafts_of_every_widget_come_back(desk: Desk) -> None:
    moderation = "AWS/Rekognition/DetectModerationLabels/Image/V3"
    form = """
    <crowd-image-classifier-multi-select name="multi" categories="['a', 'b', 'c']">
    </crowd-image-classifier-multi-select>
    <crowd-image-classifier-multi-select name="none" categories="['a']" exclusion-category="{ text: 'None' }">
    </crowd-image-classifier-multi-select>
    <crowd-image-classifier name="one" categories="['x', 'y']"><worker-comment>Why?</worker-comment>
    </crowd-image-classifier>
    <crowd-rekognition-detect-moderation-labels categories='[{ name: "W", parentName: "V" }, { name: "D" }]'>
    </crowd-rekognition-detect-moderation-labels>
    <crowd-toggle-button name="toggle"></crowd-toggle-button>
    <crowd-slider name="slide" max="10"></crowd-slider>
    <crowd-text-area name="area"></crowd-text-area>
    <crowd-radio-group>
      <crowd-radio-button name="r" value="1">One</crowd-radio-button>
      <crowd-radio-button name="r" value="2">Two</crowd-radio-button>
    </crowd-radio-group>
    <crowd-bounding-box name="boxes" labels="['Cat']"></crowd-bounding-box>"""
    kept = {
        "multi": {"labels": ["a", "c"]},
        "none": {"labels": []},
        "one": {"label": "y", "workerComment": "so"},
        moderation: {"moderationLabels": [{"name": "W", "parentName": "V"}]},
        "toggle": {"on": True},
        "slide": 4,
        "area": "a\nb",
        "r": {"1": False, "2": True},
        "boxes": {
            "boundingBoxes": [{"height": 4, "label": "Cat", "left": 1, "top": 2, "width": 3}],
            "inputImageProperties": {"height": 0, "width": 0},
        },
    }
    task = await desk.open(page_of(form))
    await desk.tell(type="restore", answerContent=kept)
    await expect(task.get_by_role("radio", name="Two")).to_be_checked()
    await task.get_by_role("button", name="Submit").click()
    assert await desk.answer() == kept


@pytest.mark.parametrize("content", [None, 7, "text", [], {"text": {"a": 1}, "box": "yes", "native": None, "pick": 3}])
async def test_a_draft_that_does_not_fit_breaks_nothing(desk: Desk, content: Any) -> None:
    task = await desk.open(page_of(FORM))
    await desk.tell(type="restore", answerContent=content)
    await desk.tell(type="what the desk may say one day")
    await task.get_by_label("Text").fill("fine")
    await task.get_by_role("button", name="Submit").click()
    assert (await desk.answer())["text"] == "fine"


async def test_listeners_of_the_page_may_refuse_and_may_fill_in(desk: Desk) -> None:
    task = await desk.open(
        page_of(
            '<crowd-checkbox name="sure">Sure</crowd-checkbox><input type="hidden" name="said" id="said">',
            """
            document.querySelector("crowd-form").onsubmit = (event) => {
              if (!document.querySelector("crowd-checkbox").checked) {
                event.preventDefault();
                alert("Please be sure <b>first</b>");
              }
              said.value = "filled in at the last moment";
            };
            """,
        )
    )
    await task.get_by_role("button", name="Submit").click()
    # A frame like this has no alert() of the browser's.
    await expect(task.get_by_text("Please be sure <b>first</b>")).to_be_visible()
    assert await desk.answers() == 0
    await task.get_by_role("checkbox", name="Sure").check()
    await task.get_by_role("button", name="Submit").click()
    assert await desk.answer() == {"sure": {"on": True}, "said": "filled in at the last moment"}


async def test_only_the_parent_window_is_believed(desk: Desk) -> None:
    task = await desk.open(
        page_of(
            '<crowd-input name="text" label="Text"></crowd-input><crowd-checkbox name="box">Box</crowd-checkbox>',
            """
            document.addEventListener("all-crowd-elements-ready", () => {
              const answerContent = { box: { on: true } };
              window.postMessage({ source: "gavel-desk", type: "restore", answerContent }, "*");
            });
            """,
        )
    )
    await desk.tell(type="restore", answerContent={"text": "true"})
    await expect(task.get_by_label("Text")).to_have_value("true")
    await expect(task.get_by_role("checkbox", name="Box")).not_to_be_checked()


async def test_pictures_of_any_template_begin_as_the_reviewer_wants(desk: Desk) -> None:
    task = await desk.open(
        page_of("""
        <img src="{{ task.input.o | grant_read_access }}" alt="Beside">
        <crowd-image-classifier name="c" categories="['a']" src="{{ task.input.o | grant_read_access }}">
        </crowd-image-classifier>
        <crowd-input name="text" label="Text"></crowd-input>
        """),
        {"o": "s3://bucket/a.png"},
    )
    pictures = [task.get_by_role("img", name="Beside"), task.get_by_role("img", name="The image of this task")]
    for picture in pictures:
        await expect(picture).to_have_css("filter", "none")
    await desk.tell(type="comfort", blur=True, greyscale=True)
    for picture in pictures:
        await expect(picture).to_have_css("filter", "blur(24px) grayscale(1)")
    await desk.focus()
    await desk.page.keyboard.press("b")
    for picture in pictures:
        await expect(picture).to_have_css("filter", "grayscale(1)")
    await expect(task.get_by_role("button", name="Blurred")).to_have_attribute("aria-pressed", "false")
    await task.get_by_role("button", name="Greyscale").click()
    await expect(pictures[0]).to_have_css("filter", "none")
    await task.get_by_label("Text").press_sequentially("bg")
    await expect(pictures[0]).to_have_css("filter", "none")


async def test_the_page_says_how_tall_it_is(desk: Desk) -> None:
    task = await desk.open(page_of('<div id="tall" style="height: 1234px">x</div>'))
    before = await _told_height(desk, task)
    assert 1234 < before < 1400
    await task.locator("#tall").evaluate("element => { element.style.height = '50px'; }")
    assert await _told_height(desk, task) == before - 1184


async def _told_height(desk: Desk, task: FrameLocator) -> int:
    """What the desk is told of the page as it is; of the page as it was before, it may have been told too."""
    shown = "body => Math.ceil(body.getBoundingClientRect().bottom + window.scrollY)"
    px = int(await task.locator("body").evaluate(shown))
    told = "px => window.told.findLast(message => message.type === 'height')?.px === px"
    await desk.page.wait_for_function(told, arg=px)
    return px


async def test_every_element_of_the_guide_is_there(desk: Desk) -> None:
    task = await desk.open(page_of("<p>x</p>"))
    missing = await task.locator("body").evaluate(
        "(_, names) => names.filter(name => !customElements.get(name))", sorted(ELEMENTS)
    )
    assert missing == []
