"""Elements that only show something: alerts, cards, tabs, dialogs, instructions, buttons and badges."""

import pytest
from playwright.async_api import expect

from tests.browser.desk import CROWD, Desk, page_of

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_alerts_have_their_role_and_can_be_dismissed(desk: Desk) -> None:
    task = await desk.open(
        page_of("""
        <crowd-alert type="success">Well done</crowd-alert>
        <crowd-alert type="error" dismissible>Something is wrong</crowd-alert>
        """)
    )
    await expect(task.locator("crowd-form")).to_match_aria_snapshot("""
        - status: Well done
        - alert:
          - text: Something is wrong
          - button "Dismiss"
        """)
    await task.get_by_role("button", name="Dismiss").click()
    await expect(task.get_by_text("Something is wrong")).to_have_count(0)


async def test_the_guides_card_example_works(desk: Desk) -> None:
    task = await desk.open(
        page_of("""
        <short-instructions>Your short instructions here.</short-instructions>
        <full-instructions>Your full instructions here.</full-instructions>
        <crowd-card heading="A heading"><div class="card">Nothing is great.</div></crowd-card>
        <select name="sentiment1" style="font-size: large" required>
          <option value="">(Please select)</option><option>Negative</option>
        </select>
        """)
    )
    await expect(task.get_by_role("heading", name="A heading")).to_be_visible()
    await expect(task.get_by_text("Nothing is great.")).to_be_visible()
    await expect(task.get_by_text("Your short instructions here.")).to_be_visible()
    await task.get_by_role("combobox").select_option("Negative")
    await task.get_by_role("button", name="Submit").click()
    assert await desk.answer() == {"sentiment1": "Negative"}


TABS = """
<crowd-tabs>
  <crowd-tab header="Tab 1"><p>First page</p></crowd-tab>
  <crowd-tab header="Tab 2"><crowd-input label="Input inside tab" name="inside" required></crowd-input></crowd-tab>
</crowd-tabs>
<crowd-input label="Input outside tabs" name="outside"></crowd-input>"""


async def test_tabs_show_one_page_at_a_time_by_mouse_and_by_keyboard(desk: Desk) -> None:
    task = await desk.open(page_of(TABS))
    await expect(task.get_by_role("tabpanel", name="Tab 1")).to_be_visible()
    await expect(task.get_by_label("Input inside tab")).to_be_hidden()
    await task.get_by_role("tab", name="Tab 2").click()
    await expect(task.get_by_text("First page")).to_be_hidden()
    await task.get_by_role("tab", name="Tab 2").press("ArrowRight")
    await expect(task.get_by_role("tab", name="Tab 1")).to_be_focused()
    await expect(task.get_by_text("First page")).to_be_visible()


async def test_a_field_that_lacks_something_is_brought_to_light(desk: Desk) -> None:
    task = await desk.open(page_of(TABS))
    await task.get_by_label("Input outside tabs").fill("out")
    await task.get_by_role("button", name="Submit").click()
    await expect(task.get_by_label("Input inside tab")).to_be_focused()
    await task.get_by_label("Input inside tab").fill("in")
    await task.get_by_role("button", name="Submit").click()
    assert await desk.answer() == {"inside": "in", "outside": "out"}


async def test_a_modal_is_a_dialog_behind_a_button(desk: Desk) -> None:
    template = '<crowd-modal link-text="See Examples" link-type="button"><p>Example Modal Text</p></crowd-modal>'
    task = await desk.open(f"{CROWD}{template}<crowd-form><input name='a'></crowd-form>")
    await expect(task.get_by_text("Example Modal Text")).to_be_hidden()
    await task.get_by_role("button", name="See Examples").click()
    await expect(task.get_by_role("dialog", name="See Examples")).to_be_visible()
    await expect(task.get_by_text("Example Modal Text")).to_be_visible()
    await task.get_by_role("button", name="Close").click()
    await expect(task.get_by_text("Example Modal Text")).to_be_hidden()


async def test_instructions_have_a_page_for_each_region(desk: Desk) -> None:
    task = await desk.open(
        page_of("""
        <crowd-instructions link-text="View instructions" link-type="button">
          <short-summary><p>Write three words.</p></short-summary>
          <detailed-instructions><p>Imagine that you tag it for a news site.</p></detailed-instructions>
          <positive-example><p>Highway</p></positive-example>
          <negative-example><p>Outside</p></negative-example>
        </crowd-instructions>
        """)
    )
    await task.get_by_role("button", name="View instructions").click()
    await expect(task.get_by_text("Write three words.")).to_be_visible()
    await task.get_by_role("tab", name="Detailed Instructions").click()
    await expect(task.get_by_text("Imagine that you tag it for a news site.")).to_be_visible()
    await task.get_by_role("tab", name="Examples").click()
    await expect(task.get_by_text("Highway")).to_be_visible()
    await expect(task.get_by_text("Outside")).to_be_visible()
    await expect(task.get_by_text("Write three words.")).to_be_hidden()


async def test_the_guides_icon_button_submits_by_its_script(desk: Desk) -> None:
    # From the guide: written self-closed, found by its id as a global, and calling the form's submit().
    task = await desk.open(
        page_of(
            """
            <crowd-classifier name="category" categories="['Cat', 'None of the Above']">
              <short-instructions>
                <crowd-input label="Report an Issue" name="template-issues"/></crowd-input>
                <crowd-icon-button id="button1" icon="report-problem" title="Issue"/>
              </short-instructions>
            </crowd-classifier>
            """,
            """
            [button1].forEach(function(button) {
              button.addEventListener('click', function() { document.querySelector('crowd-form').submit(); });
            });
            """,
        )
    )
    await task.get_by_label("Report an Issue").fill("too dark")
    await task.get_by_role("radio", name="None of the Above").check()
    await task.get_by_role("button", name="Issue", exact=True).click()
    assert await desk.answer() == {"category": {"label": "None of the Above"}, "template-issues": "too dark"}


async def test_buttons_submit_reset_link_and_are_disabled(desk: Desk) -> None:
    task = await desk.open(
        page_of("""
        <crowd-input name="text" label="Text" value="first"></crowd-input>
        <crowd-button form-action="reset">Start over</crowd-button>
        <crowd-button form-action="submit" variant="primary">Send it</crowd-button>
        <crowd-button disabled>Not now</crowd-button>
        <crowd-button loading>Working</crowd-button>
        <crowd-button href="https://example.com/rules" target="_blank" variant="link">Rules</crowd-button>
        <crowd-button><iron-icon icon="question-answer"/></crowd-button>
        """)
    )
    await expect(task.get_by_role("button", name="Submit", exact=True)).to_have_count(0)
    await expect(task.get_by_role("button", name="Not now")).to_be_disabled()
    await expect(task.get_by_role("button", name="Working")).to_be_disabled()
    await expect(task.get_by_role("link", name="Rules")).to_have_attribute("href", "https://example.com/rules")
    await task.get_by_label("Text").fill("second")
    await task.get_by_role("button", name="Start over").click()
    await expect(task.get_by_label("Text")).to_have_value("first")
    await task.get_by_role("button", name="Send it").click()
    assert await desk.answer() == {"text": "first"}


async def test_a_badge_goes_to_what_it_is_for(desk: Desk) -> None:
    task = await desk.open(
        page_of("""
        <div id="target" style="width: 200px; height: 60px">Target</div>
        <crowd-badge label="3" for="target"></crowd-badge>
        <short-instructions id="short">Read <crowd-badge icon="star" for="short"/></short-instructions>
        """)
    )
    badge = task.get_by_text("3", exact=True)
    target, mark = await task.locator("#target").bounding_box(), await badge.bounding_box()
    assert target is not None
    assert mark is not None
    assert abs(mark["x"] + mark["width"] / 2 - target["x"] - target["width"]) < 20
    assert abs(mark["y"] + mark["height"] / 2 - target["y"]) < 20
    await expect(task.get_by_text("★")).to_be_visible()
