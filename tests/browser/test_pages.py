"""The pages that Gavel's own reviewers work on: by keyboard alone, veiled until asked, read as REVIEW reads them."""

from typing import Any

import pytest
from playwright.async_api import FrameLocator, expect

from services.review.domain.tasks import answers
from services.review.templates.generate import image_custom, image_integrated
from shared.contracts.words import Action
from tests.browser.desk import Desk
from tests.unit.desk.cases import FOUND, STANDARD, custom_input, integrated_input, label
from tests.unit.review.cases import AT

pytestmark = pytest.mark.asyncio(loop_scope="session")

MODERATION = "AWS/Rekognition/DetectModerationLabels/Image/V3"
CUSTOM, INTEGRATED = image_custom(STANDARD), image_integrated(STANDARD)
VEILED, CLEAR, GREY = "blur(28px) grayscale(1)", "blur(0px) grayscale(0)", "blur(0px) grayscale(1)"
PAGES = pytest.mark.parametrize(
    ("template", "task_input"),
    [pytest.param(CUSTOM, custom_input(), id="custom"), pytest.param(INTEGRATED, integrated_input(), id="integrated")],
)


def _read(content: dict[str, Any]) -> list[tuple[Action, tuple[str, ...]]]:
    """What REVIEW makes of this answer."""
    output = {"humanAnswers": [{"workerId": "ef7294f850a3d9d1", "answerContent": content}]}
    return [(answer.action, answer.labels) for answer in answers(output, STANDARD, 1, AT)]


def _picture(task: FrameLocator) -> Any:
    return task.get_by_role("img").first


async def _press(desk: Desk, *keys: str) -> None:
    await desk.focus()
    for key in keys:
        await desk.page.keyboard.press(key)


async def test_a_ruling_takes_the_keyboard_alone(desk: Desk) -> None:
    task = await desk.open(CUSTOM, custom_input())
    await expect(task.locator(":checked")).to_have_count(0)
    await _press(desk, "b", "d", "1", "Enter")
    content = await desk.answer()
    assert content["ruling"] == {"approve": False, "restrict": False, "reject": True}
    assert [name for name, is_on in content["labels"].items() if is_on] == ["Weapon Violence"]
    assert content["noneOfThese"] == {"yes": False}
    assert _read(content) == [(Action.REJECT, ("Weapon Violence",))]


@pytest.mark.parametrize(("key", "action"), [("a", Action.APPROVE), ("S", Action.RESTRICT), ("d", Action.REJECT)])
async def test_each_ruling_has_its_key(desk: Desk, key: str, action: Action) -> None:
    await desk.open(CUSTOM, custom_input())
    await _press(desk, key, "0", "Enter")
    assert _read(await desk.answer()) == [(action, ())]


async def test_nothing_is_sent_without_a_ruling_and_the_page_says_so(desk: Desk) -> None:
    task = await desk.open(CUSTOM, custom_input())
    await _press(desk, "1", "Enter")
    await expect(task.get_by_role("alert")).to_have_text("Choose what should happen to it.")
    await expect(task.get_by_role("radio", name="Approve")).to_be_focused()
    await task.get_by_role("button", name="Submit").click()
    assert await desk.answers() == 0
    await _press(desk, "s", "Enter")
    assert _read(await desk.answer()) == [(Action.RESTRICT, ("Weapon Violence",))]


async def test_what_the_model_found_wants_an_answer_and_none_is_one(desk: Desk) -> None:
    task = await desk.open(CUSTOM, custom_input())
    await _press(desk, "a", "Enter")
    await expect(task.get_by_role("alert")).to_have_text("Choose what it shows, or “None of these”.")
    assert await desk.answers() == 0
    none = task.get_by_role("checkbox", name="None of these")
    await _press(desk, "2", "0")
    await expect(none).to_be_checked()
    await expect(task.get_by_role("checkbox", name="Drinking")).not_to_be_checked()
    await _press(desk, "2")
    await expect(none).not_to_be_checked()
    await _press(desk, "0", "Enter")
    assert (await desk.answer())["noneOfThese"] == {"yes": True}


async def test_an_image_without_findings_takes_a_ruling_alone(desk: Desk) -> None:
    task = await desk.open(CUSTOM, custom_input(labels=[]))
    await expect(task.get_by_text("The model found nothing.")).to_be_visible()
    await _press(desk, "a", "Enter")
    assert _read(await desk.answer()) == [(Action.APPROVE, ())]


async def test_what_is_asked_about_comes_first_with_its_confidence(desk: Desk) -> None:
    task = await desk.open(CUSTOM, custom_input())
    rows = task.locator("#gavel-labels > label .gavel-what")
    texts = [" ".join(text.split()) for text in await rows.all_inner_texts()]
    assert texts == [
        "Weapon Violence in Graphic Violence",
        "Drinking in Alcohol Use",
        "Violence",
        "Graphic Violence in Violence",
        "Alcohol",
        "Alcohol Use in Alcohol",
        "None of these",
    ]
    assert await task.locator(".gavel-confidence").all_inner_texts() == ["93 %", "71 %", "93 %", "93 %", "71 %", "71 %"]


async def test_what_the_model_missed_is_found_in_the_tree(desk: Desk) -> None:
    task = await desk.open(CUSTOM, custom_input())
    await task.get_by_text("Something else").press("Enter")
    tree = task.locator(".gavel-others")
    await expect(tree.get_by_role("checkbox", name="Drinking")).to_have_count(0)
    await tree.get_by_role("checkbox", name="Blood & Gore").check()
    await _press(desk, "d", "Enter")
    assert _read(await desk.answer()) == [(Action.REJECT, ("Blood & Gore",))]


async def test_a_label_of_a_later_model_is_shown_too(desk: Desk) -> None:
    await desk.open(CUSTOM, custom_input(labels=[label("Deepfake", "Synthetic", 88.8, flagged=True)]))
    await _press(desk, "d", "1", "Enter")
    assert _read(await desk.answer()) == [(Action.REJECT, ("Deepfake",))]


@PAGES
async def test_the_picture_is_veiled_until_somebody_asks(desk: Desk, template: str, task_input: dict[str, Any]) -> None:
    task = await desk.open(template, task_input)
    await expect(_picture(task)).to_have_css("filter", VEILED)
    await _press(desk, "b")
    await expect(_picture(task)).to_have_css("filter", GREY)
    await _press(desk, "g")
    await expect(_picture(task)).to_have_css("filter", CLEAR)
    await task.get_by_role("checkbox", name="Show clearly").uncheck()
    await task.get_by_role("checkbox", name="Show colours").uncheck()
    await expect(_picture(task)).to_have_css("filter", VEILED)


@PAGES
async def test_the_picture_begins_as_the_reviewer_wants(desk: Desk, template: str, task_input: dict[str, Any]) -> None:
    task = await desk.open(template, task_input)
    await desk.tell(type="comfort", blur=False, greyscale=True)
    await expect(_picture(task)).to_have_css("filter", GREY)
    await expect(task.get_by_role("checkbox", name="Show clearly")).to_be_checked()
    await _press(desk, "b")
    await desk.tell(type="comfort", blur=False, greyscale=False)
    await desk.tell(type="restore", answerContent={})
    await expect(_picture(task)).to_have_css("filter", VEILED)


@PAGES
async def test_the_picture_stays_veiled_without_any_script(
    desk: Desk, template: str, task_input: dict[str, Any]
) -> None:
    await desk.page.route("**/crowd-html-elements.js", lambda route: route.fulfill(content_type="text/javascript"))
    scriptless = template[: template.rindex("<script>")]
    await desk.page.goto(desk.address(scriptless, task_input))
    task = desk.page.frame_locator("#task")
    veiled = task.locator("[data-gavel-picture]")
    await expect(veiled).to_have_css("filter", VEILED)
    await task.get_by_role("checkbox", name="Show clearly").check()
    await task.get_by_role("checkbox", name="Show colours").check()
    await expect(veiled).to_have_css("filter", CLEAR)


@PAGES
async def test_a_draft_comes_back_to_the_page(desk: Desk, template: str, task_input: dict[str, Any]) -> None:
    kept: dict[str, Any] = (
        {"ruling": {"approve": False, "restrict": True, "reject": False}, "labels": {"Drinking": True}}
        if template == CUSTOM
        else {MODERATION: {"moderationLabels": [{"name": "Drinking", "parentName": "Alcohol Use"}]}}
    )
    task = await desk.open(template, task_input)
    await desk.tell(type="restore", answerContent=kept)
    await expect(task.get_by_role("checkbox", name="Drinking")).to_be_checked()
    await _press(desk, "Enter")
    (answer,) = _read(await desk.answer())
    assert answer == (Action.RESTRICT, ("Drinking",))


async def test_an_image_that_is_gone_is_said_to_be(desk: Desk) -> None:
    task = await desk.open(CUSTOM, custom_input(taskObject="s3://gavel-media/missing.jpg"))
    await expect(task.get_by_text("The image can't be loaded.")).to_be_visible()
    assert len(desk.problems) == 1, "the browser tells of the 404"
    desk.problems.clear()


async def test_the_integrated_page_takes_the_keyboard_alone(desk: Desk) -> None:
    await desk.open(INTEGRATED, integrated_input())
    await _press(desk, "b", "g", "1", "Enter")
    content = await desk.answer()
    chosen = [{"name": "Weapon Violence", "parentName": "Graphic Violence"}]
    assert content == {MODERATION: {"moderationLabels": chosen}}
    assert _read(content) == [(Action.REJECT, ("Weapon Violence",))]


async def test_the_integrated_page_takes_none_of_these_and_never_nothing(desk: Desk) -> None:
    task = await desk.open(INTEGRATED, integrated_input())
    await _press(desk, "Enter")
    await expect(task.get_by_role("alert").filter(has_text="Choose at least one")).to_be_visible()
    assert await desk.answers() == 0
    await _press(desk, "0", "Enter")
    content = await desk.answer()
    assert content == {MODERATION: {"moderationLabels": []}}
    assert _read(content) == [(Action.APPROVE, ())]


async def test_the_integrated_page_offers_what_was_asked_then_what_was_found_then_the_policys_concerns(
    desk: Desk,
) -> None:
    task = await desk.open(INTEGRATED, integrated_input(FOUND))
    texts = await task.locator("crowd-rekognition-detect-moderation-labels .what").all_inner_texts()
    asked, found = ["Weapon Violence in Graphic Violence", "Drinking in Alcohol Use"], ["Violence"]
    assert texts[:3] == asked + found
    assert "Hate Symbols" in texts
    assert "Swimwear or Underwear" not in texts, "the policy simply approves it"
    assert len(texts) == len(set(texts))
    assert texts[-1] == "None of these"


@PAGES
async def test_a_screen_reader_is_told_what_everything_is(
    desk: Desk, template: str, task_input: dict[str, Any]
) -> None:
    task = await desk.open(template, task_input)
    if template == CUSTOM:
        expected = """
        - region "Image":
          - img "The image to review"
          - group "How the image is shown":
            - checkbox "Show clearly"
            - text: Show clearly
            - checkbox "Show colours"
            - text: Show colours
        - paragraph: /Choose approve when everybody may see this/
        - radiogroup "What should happen to it?":
          - radio "Approve Everybody may see it"
          - radio "Restrict Only some may see it"
          - radio "Reject Nobody may see it"
        - group "What does it show?":
          - checkbox "Weapon Violence in Graphic Violence 93 %"
          - checkbox "Drinking in Alcohol Use 71 %"
          - checkbox "None of these"
        - button "Submit"
        """
    else:
        expected = """
        - group "How the image is shown":
          - checkbox "Show clearly"
        - heading "Choose every label that is right for this image." [level=2]
        - img "The image of this task"
        - group "Choose every label that is right for this image.":
          - checkbox "Weapon Violence in Graphic Violence"
          - button "None of these"
        - region "Instructions":
          - paragraph: /Choose each label that the image really shows/
        - button "View full instructions"
        - button "Submit"
        """
    await expect(task.locator("body")).to_match_aria_snapshot(expected)


@PAGES
async def test_tab_goes_through_the_page_in_reading_order(
    desk: Desk, template: str, task_input: dict[str, Any]
) -> None:
    task = await desk.open(template, task_input)
    await desk.focus()
    seen: list[float] = []
    for _ in range(40):
        await desk.page.keyboard.press("Tab")
        place = await task.locator("body").evaluate(
            """() => {
              let active = document.activeElement;
              while (active?.shadowRoot?.activeElement) active = active.shadowRoot.activeElement;
              if (!active || active === document.body) return null;
              const order = [];
              const walk = (root) => {
                for (const element of root.querySelectorAll("*")) {
                  order.push(element);
                  if (element.shadowRoot) walk(element.shadowRoot);
                }
              };
              walk(document);
              return order.indexOf(active);
            }"""
        )
        if place is None:
            break
        seen.append(place)
    assert len(seen) >= 5
    assert seen == sorted(seen)
