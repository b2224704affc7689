"""crowd-bounding-box and crowd-entity-annotation: by pointer, and by keyboard alone."""

import pytest
from playwright.async_api import expect

from tests.browser.desk import CROWD, Desk, page_of

pytestmark = pytest.mark.asyncio(loop_scope="session")

BOXES = """
<crowd-bounding-box name="annotatedResult" src="{{ task.input.taskObject | grant_read_access }}"
  header="Draw bounding boxes around all the cats and dogs in this image" labels="['Cat', 'Dog']">
  <short-instructions>Draw boxes around the requested target of interest.</short-instructions>
</crowd-bounding-box>"""
PICTURE = {"taskObject": "s3://bucket/pets.png"}
SIZE = {"height": 533, "width": 800}


async def test_a_box_is_drawn_in_pixels_of_the_image(desk: Desk) -> None:
    task = await desk.open(page_of(BOXES), PICTURE)
    image = task.get_by_role("img")
    await expect(image).to_have_js_property("naturalWidth", SIZE["width"])
    shown = await image.bounding_box()
    assert shown is not None
    scale = shown["width"] / SIZE["width"]
    await task.get_by_role("radio", name="Dog").check()
    mouse = desk.page.mouse
    await mouse.move(shown["x"] + 240 * scale, shown["y"] + 120 * scale)
    await mouse.down()
    await mouse.move(shown["x"] + 300 * scale, shown["y"] + 200 * scale)
    await mouse.move(shown["x"] + 440 * scale, shown["y"] + 420 * scale)
    await mouse.up()
    await task.get_by_role("button", name="Submit").click()
    answer = (await desk.answer())["annotatedResult"]
    assert answer["inputImageProperties"] == SIZE
    (box,) = answer["boundingBoxes"]
    assert box.pop("label") == "Dog"
    wanted = {"left": 240, "top": 120, "width": 200, "height": 300}
    assert {side: abs(box[side] - value) <= 2 for side, value in wanted.items()} == dict.fromkeys(wanted, True)


async def test_a_box_can_be_written_as_numbers_and_removed(desk: Desk) -> None:
    task = await desk.open(page_of(BOXES), PICTURE)
    await expect(task.get_by_role("img")).to_have_js_property("naturalWidth", SIZE["width"])
    add = task.get_by_role("button", name="Add a box by numbers")
    await add.press("Enter")
    await expect(task.get_by_role("spinbutton", name="Box 1, left")).to_be_focused()
    await task.get_by_role("spinbutton", name="Box 1, left").fill("12")
    await desk.page.keyboard.press("Tab")
    await add.press("Enter")
    await task.get_by_role("button", name="Remove box 2").press("Enter")
    await task.get_by_role("button", name="Submit").click()
    assert await desk.answer() == {
        "annotatedResult": {
            "boundingBoxes": [{"height": 267, "label": "Cat", "left": 12, "top": 133, "width": 400}],
            "inputImageProperties": SIZE,
        }
    }


async def test_boxes_of_before_are_shown_and_told_whether_they_were_changed(desk: Desk) -> None:
    # The guide's own way to write initial-value: a list in double quotes, with a label as JSON in it.
    initial = """initial-value="[
      {% for box in task.input.boxes %}
        { label: {{box.label | to_json}}, left: {{box.left}}, top: {{box.top}}, width: {{box.width}},
          height: {{box.height}}, },
      {% endfor %}
    ]" """
    box = {"label": 'Cat "Tom"', "left": 10, "top": 20, "width": 30, "height": 40}
    template = page_of(BOXES.replace('labels="', f'{initial} labels="'))
    await desk.open(template, {**PICTURE, "boxes": [box]})
    task = desk.page.frame_locator("#task")
    await expect(task.get_by_role("spinbutton", name="Box 1, width")).to_have_value("30")
    await expect(task.get_by_role("img")).to_have_js_property("naturalWidth", SIZE["width"])
    await task.get_by_role("button", name="Submit").click()
    answer = (await desk.answer())["annotatedResult"]
    assert answer == {"boundingBoxes": [box], "inputImageProperties": SIZE, "initialValueModified": False}


ENTITIES = """
<crowd-entity-annotation name="crowd-entity-annotation" header="Highlight parts of the text below"
  labels="[{'label': 'person', 'shortDisplayName': 'per', 'fullDisplayName': 'Person'}, {'label': 'company'}]"
  text="{{ task.input.text }}">
  <full-instructions header="Named entity recognition instructions"><ol><li>Read</li></ol></full-instructions>
  <short-instructions>Apply labels to words or phrases.</short-instructions>
  <div id="additionalQuestions" style="margin-top: 20px">
    <h3>What is the overall subject of this text?</h3>
    <crowd-radio-group>
      <crowd-radio-button name="tech" value="tech">Technology</crowd-radio-button>
      <crowd-radio-button name="politics" value="politics">Politics</crowd-radio-button>
    </crowd-radio-group>
  </div>
</crowd-entity-annotation>
<script>
  document.addEventListener('all-crowd-elements-ready', () => {
    document
      .querySelector('crowd-entity-annotation')
      .shadowRoot
      .querySelector('crowd-form')
      .form
      .appendChild(additionalQuestions);
  });
</script>"""
TEXT = "😀 Amazon helps <b>you</b>"


async def test_entities_are_labelled_by_keyboard_and_other_questions_answered_with_them(desk: Desk) -> None:
    task = await desk.open(CROWD + ENTITIES, {"text": TEXT})
    await expect(task.get_by_text("Apply labels to words or phrases.")).to_be_visible()
    text = task.get_by_role("textbox", name="Highlight parts of the text below")
    await expect(text).to_have_text(TEXT)
    await text.focus()
    await text.press("Control+Home")
    await text.press("ArrowRight")
    await text.press("ArrowRight")
    for _ in "Amazon":
        await text.press("Shift+ArrowRight")
    await text.press("x")
    await text.press("2")
    await expect(text).to_have_text(TEXT)
    await task.get_by_role("radio", name="Technology").click()
    await task.get_by_role("button", name="Submit").click()
    assert await desk.answer() == {
        "crowd-entity-annotation": {"entities": [{"endOffset": 8, "label": "company", "startOffset": 2}]},
        "tech": {"tech": True},
        "politics": {"politics": False},
    }


async def test_entities_are_labelled_by_pointer_relabelled_and_removed(desk: Desk) -> None:
    task = await desk.open(CROWD + ENTITIES, {"text": "Amazon helps"})
    text = task.get_by_role("textbox", name="Highlight parts of the text below")
    await text.dblclick(position={"x": 40, "y": 30})
    await task.get_by_role("button", name="Person").click()
    await expect(task.get_by_role("button", name="Remove person from Amazon")).to_be_visible()
    await text.dblclick(position={"x": 40, "y": 30})
    await task.get_by_role("button", name="company").first.click()
    await expect(task.get_by_role("button", name="Remove person from Amazon")).to_have_count(0)
    await task.get_by_role("button", name="Remove company from Amazon").click()
    await task.get_by_role("button", name="Submit").click()
    assert (await desk.answer())["crowd-entity-annotation"] == {"entities": []}


async def test_entities_of_before_are_there(desk: Desk) -> None:
    template = ENTITIES.replace(
        'text="', 'initial-value="[{ label: \'person\', startOffset: 7, endOffset: 12, },]" text="'
    )
    task = await desk.open(CROWD + template, {"text": "Amazon helps"})
    await expect(task.get_by_role("button", name="Remove person from helps")).to_be_visible()
    await task.get_by_role("button", name="Submit").click()
    assert (await desk.answer())["crowd-entity-annotation"] == {
        "entities": [{"endOffset": 12, "label": "person", "startOffset": 7}]
    }
