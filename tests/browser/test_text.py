"""crowd-input, crowd-text-area, crowd-slider, and the browser's own fields beside them."""

import pytest
from playwright.async_api import expect

from tests.browser.desk import Desk, page_of

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_inputs_answer_their_text_and_nothing_when_they_are_empty(desk: Desk) -> None:
    task = await desk.open(
        page_of("""
        <crowd-input name="tag1" label="Word/phrase 1"></crowd-input>
        <crowd-input name="tag2" label="Word/phrase 2"></crowd-input>
        <crowd-input name="tag3" label="Word/phrase 3"></crowd-input>
        <crowd-input name="preset" label="Preset" value="as it was"></crowd-input>
        """)
    )
    await task.get_by_label("Word/phrase 1").fill("blue")
    await task.get_by_label("Word/phrase 2").fill("red")
    await task.get_by_role("button", name="Submit").click()
    assert await desk.answer() == {"tag1": "blue", "tag2": "red", "preset": "as it was"}


async def test_inputs_check_what_the_template_asks_for(desk: Desk) -> None:
    task = await desk.open(
        page_of("""
        <crowd-input name="code" label="Code" required auto-validate allowed-pattern="[0-9]"
          max-length="4" min-length="2" error-message="Digits, please"></crowd-input>
        <crowd-input name="off" label="Off" value="x" disabled></crowd-input>
        <crowd-input name="site" type="url" placeholder="http://example.com"></crowd-input>
        """)
    )
    code = task.get_by_label("Code")
    await task.get_by_role("button", name="Submit").click()
    await expect(task.get_by_role("alert")).to_have_text("Digits, please")
    await expect(code).to_be_focused()
    await code.press_sequentially("a1b")
    await expect(code).to_have_value("1")
    await task.get_by_role("button", name="Submit").click()
    assert await desk.answers() == 0
    await code.press("End")
    await code.press_sequentially("2345")
    await expect(code).to_have_value("1234")
    await task.get_by_role("textbox", name="http://example.com").fill("no address")
    await task.get_by_role("button", name="Submit").click()
    assert await desk.answers() == 0
    await task.get_by_role("textbox", name="http://example.com").fill("https://example.com/")
    await task.get_by_role("button", name="Submit").click()
    assert await desk.answer() == {"code": "1234", "site": "https://example.com/"}


async def test_enter_in_an_input_submits(desk: Desk) -> None:
    task = await desk.open(page_of('<input name="plain"><crowd-button form-action="submit">Send</crowd-button>'))
    await task.get_by_role("textbox").fill("text")
    await task.get_by_role("textbox").press("Enter")
    assert await desk.answer() == {"plain": "text"}


async def test_a_text_area_keeps_its_line_breaks(desk: Desk) -> None:
    task = await desk.open(
        page_of(
            '<crowd-text-area name="textInput1" label="Text" rows="4" char-counter max-length="80"></crowd-text-area>'
        )
    )
    await task.get_by_label("Text").fill("This is the text; the text that\nmakes the crowd go wild.")
    await expect(task.get_by_text("56", exact=True)).to_be_visible()
    await task.get_by_role("button", name="Submit").click()
    assert await desk.answer() == {"textInput1": "This is the text; the text that\nmakes the crowd go wild."}


async def test_a_slider_answers_a_number(desk: Desk) -> None:
    task = await desk.open(
        page_of("""
        <crowd-slider name="howMuch" min="1" max="10" step="1" pin="true" required></crowd-slider>
        <crowd-slider name="preset" min="0" max="1" step="0.25" value="0.5"></crowd-slider>
        <crowd-slider name="byNumber" max="50" editable></crowd-slider>
        """)
    )
    await task.get_by_role("button", name="Submit").click()
    await expect(task.get_by_role("alert")).to_have_text("Move this to where it belongs.")
    slider = task.get_by_role("slider", name="howMuch")
    await expect(slider).to_be_focused()
    for _ in range(6):
        await slider.press("ArrowRight")
    await expect(task.get_by_text("7", exact=True)).to_be_visible()
    await task.get_by_role("spinbutton", name="byNumber").fill("30")
    await task.get_by_role("button", name="Submit").click()
    assert await desk.answer() == {"howMuch": 7, "preset": 0.5, "byNumber": 30}


async def test_a_slider_may_be_meant_to_stay_where_it_is(desk: Desk) -> None:
    task = await desk.open(page_of('<crowd-slider name="howMuch" min="1" max="10" required></crowd-slider>'))
    await task.get_by_role("slider").press("Home")
    await task.get_by_role("button", name="Submit").click()
    assert await desk.answer() == {"howMuch": 1}


async def test_fields_of_the_browser_answer_too(desk: Desk) -> None:
    task = await desk.open(
        page_of("""
        <select name="sentiment1" required>
          <option value="">(Please select)</option><option>Negative</option><option>Positive</option>
        </select>
        <input type="checkbox" name="checkbox" value="foo">Foo
        <input type="checkbox" name="checkbox" value="bar">Bar
        <label><input type="radio" name="toxicity" value="toxic" required> Toxic</label>
        <label><input type="radio" name="toxicity" value="non-toxic" required> Non-toxic</label>
        <select name="several" multiple>
          <option selected>a</option><option>b</option><option selected>c</option>
        </select>
        <textarea name="context">more</textarea>
        <input type="hidden" name="hidden" value="7">
        <input name="pair" value="one"><input name="pair" value="two">
        <input name="off" value="x" disabled><input value="nameless">
        <button name="b" value="c" type="button">Button</button>
        <input type="hidden" name="__proto__" value="x">
        """)
    )
    await task.get_by_role("button", name="Submit").click()
    assert await desk.answers() == 0, "the first field is required"
    await task.get_by_role("combobox").select_option("Positive")
    await task.get_by_role("checkbox").first.check()
    await task.get_by_role("radio", name="Non-toxic").check()
    await task.get_by_role("button", name="Submit").click()
    answer = await desk.answer()
    answer.pop("__proto__", None)
    assert answer == {
        "sentiment1": "Positive",
        "checkbox": {"foo": True, "bar": False},
        "toxicity": {"toxic": False, "non-toxic": True},
        "several": ["a", "c"],
        "context": "more",
        "hidden": "7",
        "pair": ["one", "two"],
    }
