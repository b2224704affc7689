"""The classifiers, and Amazon's default template for moderation."""

import pytest
from playwright.async_api import expect

from tests.browser.desk import CROWD, Desk, page_of
from tests.unit.desk.cases import integrated_input, label

pytestmark = pytest.mark.asyncio(loop_scope="session")

MODERATION = "AWS/Rekognition/DetectModerationLabels/Image/V3"
INSTRUCTIONS = """
<full-instructions header="Classification Instructions"><p>Read the task carefully.</p></full-instructions>
<short-instructions><p>Pick the term best describing it.</p></short-instructions>"""

# SageMaker developer guide, "crowd-rekognition-detect-moderation-labels", shortened in its instructions only.
DEFAULT_TEMPLATE = f"""{CROWD}
{{% capture s3_uri %}}http://s3.amazonaws.com/{{{{ task.input.aiServiceRequest.image.s3Object.bucket }}}}/{{{{ task.input.aiServiceRequest.image.s3Object.name }}}}{{% endcapture %}}

<crowd-form>
  <crowd-rekognition-detect-moderation-labels
    categories='[
      {{% for label in task.input.selectedAiServiceResponse.moderationLabels %}}
        {{
          name: "{{{{ label.name }}}}",
          parentName: "{{{{ label.parentName }}}}",
        }},
      {{% endfor %}}
    ]'
    src="{{{{ s3_uri | grant_read_access }}}}"
    header="Review the image and choose all applicable categories."
  >
    <short-instructions header="Instructions">
      <style>
        .instructions {{
          white-space: pre-wrap;
        }}
      </style>
      <p class='instructions'>Review the image and choose all applicable categories.
If no categories apply, choose None.</p>
    </short-instructions>

    <full-instructions header="Instructions"></full-instructions>
  </crowd-rekognition-detect-moderation-labels>
</crowd-form>
"""  # noqa: E501


async def test_a_classifier_answers_one_label(desk: Desk) -> None:
    task = await desk.open(
        page_of(f"""
        <crowd-classifier name="category" categories="{{{{ task.input.labels | to_json | escape }}}}"
          header="What type of a document is this?">
          <classification-target>{{{{ task.input.source }}}}</classification-target>{INSTRUCTIONS}
        </crowd-classifier>
        """),
        {"labels": ["Invoice", 'It\'s a "letter"', "Other"], "source": "Dear <b>Sir</b>"},
    )
    await expect(task.get_by_text("Dear <b>Sir</b>")).to_be_visible()
    await expect(task.get_by_role("radiogroup", name="What type of a document is this?")).to_be_visible()
    await task.get_by_role("button", name="Submit").click()
    await expect(task.get_by_role("alert")).to_have_text("Choose a category.")
    await task.get_by_role("radio", name='It\'s a "letter"').check()
    await task.get_by_role("button", name="Submit").click()
    assert await desk.answer() == {"category": {"label": 'It\'s a "letter"'}}


async def test_full_instructions_open_and_close(desk: Desk) -> None:
    task = await desk.open(page_of(f"<crowd-classifier categories=\"['a']\">{INSTRUCTIONS}</crowd-classifier>"))
    await expect(task.get_by_text("Pick the term best describing it.")).to_be_visible()
    await expect(task.get_by_text("Read the task carefully.")).to_be_hidden()
    await task.get_by_role("button", name="View full instructions").click()
    await expect(task.get_by_role("dialog", name="Classification Instructions")).to_be_visible()
    await expect(task.get_by_text("Read the task carefully.")).to_be_visible()
    await desk.page.keyboard.press("Escape")
    await expect(task.get_by_text("Read the task carefully.")).to_be_hidden()


async def test_an_image_classifier_takes_a_comment(desk: Desk) -> None:
    task = await desk.open(
        page_of(f"""
        <crowd-image-classifier name="category" src="{{{{ task.input.taskObject | grant_read_access }}}}"
          categories="['Cat', 'Dog', 'Bird', 'None of the Above']" header="Choose the correct category for the image">
          {INSTRUCTIONS}
          <worker-comment header="Why?" link-text="Tell us why" placeholder="Because">What made you think so?
          </worker-comment>
        </crowd-image-classifier>
        """),
        {"taskObject": "s3://bucket/a cat.png"},
    )
    picture = task.get_by_role("img", name="The image of this task")
    await expect(picture).to_have_js_property("naturalWidth", 800)
    await desk.focus()
    await desk.page.keyboard.press("2")
    await expect(task.get_by_role("radio", name="Dog")).to_be_checked()
    await task.get_by_role("button", name="Tell us why").click()
    await expect(task.get_by_text("What made you think so?")).to_be_visible()
    await task.get_by_role("textbox", name="Why?").fill("It barks. 3 times.")
    await task.get_by_role("button", name="Close").click()
    await expect(task.get_by_role("radio", name="Dog")).to_be_checked()
    await task.get_by_role("button", name="Submit").click()
    assert await desk.answer() == {"category": {"label": "Dog", "workerComment": "It barks. 3 times."}}


async def test_an_image_classifier_answers_without_comment_too(desk: Desk) -> None:
    task = await desk.open(
        page_of("""
        <crowd-image-classifier name="boundingBoxClassification" categories="['good', 'bad', 'okay']"
          src="{{ task.input.taskObject | grant_read_access }}"
          overlay='{ "boundingBox": { labels: ["bird"],
            value: [ { height: 284, label: "bird", left: 230, top: 100, width: 223 } ] }, }'>
        </crowd-image-classifier>
        """),
        {"taskObject": "s3://bucket/bird.png"},
    )
    await expect(task.get_by_title("bird")).to_be_visible()
    await task.get_by_role("radio", name="okay").check()
    await task.get_by_role("button", name="Submit").click()
    assert await desk.answer() == {"boundingBoxClassification": {"label": "okay"}}


MULTI = """
<crowd-image-classifier-multi-select name="animals" categories="['Cat', 'Dog', 'Horse', 'Pig', 'Bird']"
  src="{{ task.input.taskObject | grant_read_access }}" header="Please identify the animals in this image"
  exclusion-category="{ text: 'None of the above' }">
</crowd-image-classifier-multi-select>"""


async def test_several_categories_are_a_list(desk: Desk) -> None:
    task = await desk.open(page_of(MULTI), {"taskObject": "s3://bucket/farm.png"})
    await task.get_by_role("button", name="Submit").click()
    await expect(task.get_by_role("alert")).to_contain_text("Choose at least one category")
    await task.get_by_role("checkbox", name="Pig").check()
    await desk.page.keyboard.press("1")
    await task.get_by_role("button", name="Submit").click()
    assert await desk.answer() == {"animals": {"labels": ["Cat", "Pig"]}}


async def test_none_of_several_is_the_empty_list(desk: Desk) -> None:
    task = await desk.open(page_of(MULTI), {"taskObject": "s3://bucket/farm.png"})
    await task.get_by_role("checkbox", name="Pig").check()
    none = task.get_by_role("button", name="None of the above")
    await none.click()
    await expect(task.get_by_role("checkbox", name="Pig")).not_to_be_checked()
    await expect(task.get_by_role("checkbox", name="Cat")).to_be_disabled()
    await none.click()
    await expect(task.get_by_role("checkbox", name="Cat")).to_be_enabled()
    await desk.page.keyboard.press("0")
    await expect(none).to_have_attribute("aria-pressed", "true")
    await task.get_by_role("button", name="Submit").click()
    assert await desk.answer() == {"animals": {"labels": []}}


async def test_amazons_default_template_answers_the_labels_that_are_right(desk: Desk) -> None:
    labels = (
        label("Weapons", "Violence", 92.6, flagged=True),
        label("Blood & Gore", "Graphic Violence", 71.0, flagged=True),
        label("Smoking", "Drugs & Tobacco Paraphernalia & Use", 61.0, flagged=True),
        label("Violence", "", 92.6),
    )
    task = await desk.open(DEFAULT_TEMPLATE, integrated_input(labels))
    await expect(task.get_by_role("heading", name="Review the image and choose")).to_be_visible()
    await expect(task.get_by_role("checkbox")).to_have_count(3)
    await expect(task.get_by_role("checkbox", checked=True)).to_have_count(0)
    await task.get_by_role("checkbox", name="Blood & Gore").check()
    await task.get_by_role("checkbox", name="Smoking").check()
    await task.get_by_role("button", name="Submit").click()
    assert await desk.answer() == {
        MODERATION: {
            "moderationLabels": [
                {"name": "Blood & Gore", "parentName": "Graphic Violence"},
                {"name": "Smoking", "parentName": "Drugs & Tobacco Paraphernalia & Use"},
            ]
        }
    }


async def test_amazons_default_template_has_no_button_for_none_and_takes_nothing_for_it(desk: Desk) -> None:
    task = await desk.open(DEFAULT_TEMPLATE, integrated_input())
    await task.get_by_role("button", name="Submit").click()
    assert await desk.answer() == {MODERATION: {"moderationLabels": []}}


async def test_moderation_labels_may_be_texts(desk: Desk) -> None:
    task = await desk.open(
        page_of("""
        <crowd-rekognition-detect-moderation-labels categories="['Weapons', 'Corpses',]"
          exclusion-category="None of these"></crowd-rekognition-detect-moderation-labels>
        """)
    )
    await task.get_by_role("button", name="Submit").click()
    assert await desk.answers() == 0, "none of them is a choice of its own"
    await task.get_by_role("checkbox", name="Corpses").check()
    await task.get_by_role("button", name="Submit").click()
    assert await desk.answer() == {MODERATION: {"moderationLabels": ["Corpses"]}}


async def test_none_of_these_is_an_empty_list_of_labels(desk: Desk) -> None:
    task = await desk.open(
        page_of("""
        <crowd-rekognition-detect-moderation-labels categories='[{ name: "Weapons", parentName: "Violence" }]'
          exclusion-category="None of these"></crowd-rekognition-detect-moderation-labels>
        """)
    )
    await task.get_by_role("button", name="None of these").press("Enter")
    await task.get_by_role("button", name="Submit").click()
    assert await desk.answer() == {MODERATION: {"moderationLabels": []}}


async def test_categories_that_cannot_be_read_are_said_to_be_and_never_submitted(desk: Desk) -> None:
    task = await desk.open(page_of("<crowd-classifier name='c' categories='[\"a\", ['></crowd-classifier>"))
    await expect(task.get_by_text("The categories of this task can't be read.").first).to_be_visible()
    await task.get_by_role("button", name="Submit").click()
    assert await desk.answers() == 0


async def test_an_image_that_does_not_load_is_said_to_be_missing(desk: Desk) -> None:
    element = "crowd-image-classifier"
    template = page_of(f'<{element} categories="[1]" src="{{{{ task.input.o | grant_read_access }}}}"></{element}>')
    task = await desk.open(template, {"o": "s3://bucket/missing.jpg"})
    await expect(task.get_by_role("alert").filter(has_text="The image can't be loaded.")).to_be_visible()
    assert len(desk.problems) == 1, "the browser tells of the 404"
    desk.problems.clear()


async def test_the_page_can_change_the_categories_and_hear_of_a_choice(desk: Desk) -> None:
    task = await desk.open(
        page_of(
            """<crowd-classifier name="c" categories="['a']" header="Which?"></crowd-classifier>
            <input type="hidden" name="heard">""",
            """
            document.addEventListener("all-crowd-elements-ready", () => {
              const classifier = document.querySelector("crowd-classifier");
              classifier.categories = ["x", "y"];
              classifier.addEventListener("change", (event) => {
                document.querySelector("[name=heard]").value = event.target.value;
              });
            });
            """,
        )
    )
    await task.get_by_role("radio", name="y").check()
    await task.get_by_role("button", name="Submit").click()
    assert await desk.answer() == {"c": {"label": "y"}, "heard": "y"}
