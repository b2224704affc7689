"""crowd-checkbox, crowd-toggle-button, crowd-radio-button and crowd-radio-group, as the guide has them."""

import pytest
from playwright.async_api import expect

from tests.browser.desk import Desk, page_of

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_checkboxes_of_one_name_answer_one_object(desk: Desk) -> None:
    task = await desk.open(
        page_of("""
        <div><crowd-checkbox name="image_attributes" value="blurry"> Blurry </crowd-checkbox></div>
        <div><crowd-checkbox name="image_attributes" value="dim"> Too Dim </crowd-checkbox></div>
        <div><crowd-checkbox name="image_attributes" value="exposed"> Too Bright </crowd-checkbox></div>
        """)
    )
    await task.get_by_role("checkbox", name="Blurry").check()
    await task.get_by_role("checkbox", name="Too Dim").check()
    await task.get_by_role("button", name="Submit").click()
    assert await desk.answer() == {"image_attributes": {"blurry": True, "dim": True, "exposed": False}}


async def test_checkboxes_of_different_names_answer_an_object_each(desk: Desk) -> None:
    task = await desk.open(
        page_of("""
        <div><crowd-checkbox name="Stop" value="Red"> Red </crowd-checkbox></div>
        <div><crowd-checkbox name="Slow" value="Yellow"> Yellow </crowd-checkbox></div>
        <div><crowd-checkbox name="website-found">Website Found</crowd-checkbox></div>
        <div><crowd-checkbox name="checkedBox" value="checked" checked>This box is checked</crowd-checkbox></div>
        <div><crowd-checkbox name="off" value="Disabled" disabled>Cannot be selected</crowd-checkbox></div>
        """)
    )
    assert await task.get_by_role("checkbox", name="Cannot be selected").is_disabled()
    await task.get_by_text("Red").click()
    await task.get_by_role("button", name="Submit").click()
    assert await desk.answer() == {
        "Stop": {"Red": True},
        "Slow": {"Yellow": False},
        "website-found": {"on": False},
        "checkedBox": {"checked": True},
    }


async def test_what_is_required_is_asked_for_where_it_is(desk: Desk) -> None:
    task = await desk.open(
        page_of('<crowd-checkbox name="work_verified" required>Instructions were clear</crowd-checkbox>')
    )
    await task.get_by_role("button", name="Submit").click()
    await expect(task.get_by_role("alert")).to_have_text("This has to be ticked.")
    box = task.get_by_role("checkbox", name="Instructions were clear")
    await expect(box).to_be_focused()
    await expect(box).to_have_attribute("aria-invalid", "true")
    assert await desk.answers() == 0
    await box.press("Space")
    await expect(task.get_by_role("alert")).to_have_count(0)
    await task.get_by_role("button", name="Submit").click()
    assert await desk.answer() == {"work_verified": {"on": True}}


async def test_toggle_buttons_answer_on_unless_they_have_a_value(desk: Desk) -> None:
    task = await desk.open(
        page_of("""
        <crowd-toggle-button name="toggleButtonWithoutValue"></crowd-toggle-button>
        <crowd-toggle-button name="toggleButtonWithValue" value="someValue"></crowd-toggle-button>
        <crowd-toggle-button name="toggleButtonDisabled" disabled></crowd-toggle-button>
        <crowd-toggle-button name="toggleButtonInvalid" invalid></crowd-toggle-button>
        <crowd-toggle-button name="toggleButtonRequired" required></crowd-toggle-button>
        """)
    )
    await task.get_by_role("switch", name="toggleButtonWithoutValue").click()
    await task.get_by_role("button", name="Submit").click()
    await expect(task.get_by_role("alert")).to_have_text("This has to be switched on.")
    await task.get_by_role("switch", name="toggleButtonRequired").press("Space")
    await task.get_by_role("button", name="Submit").click()
    assert await desk.answer() == {
        "toggleButtonWithoutValue": {"on": True},
        "toggleButtonWithValue": {"someValue": False},
        "toggleButtonInvalid": {"on": False},
        "toggleButtonRequired": {"on": True},
    }


GROUP = """
<crowd-radio-group>
  <crowd-radio-button name="tech" value="tech">Technology</crowd-radio-button>
  <crowd-radio-button name="politics" value="politics">Politics</crowd-radio-button>
</crowd-radio-group>"""


async def test_one_radio_button_of_a_group_is_chosen(desk: Desk) -> None:
    task = await desk.open(page_of(GROUP))
    await task.get_by_role("radio", name="Technology").click()
    await task.get_by_role("radio", name="Politics").click()
    await expect(task.get_by_role("radio", name="Technology")).not_to_be_checked()
    await task.get_by_role("button", name="Submit").click()
    assert await desk.answer() == {"tech": {"tech": False}, "politics": {"politics": True}}


async def test_a_group_is_one_tab_stop_and_arrows_choose(desk: Desk) -> None:
    task = await desk.open(page_of('<input name="before">' + GROUP))
    await task.get_by_role("textbox").press("Tab")
    await expect(task.get_by_role("radio", name="Technology")).to_be_focused()
    await task.get_by_role("radio", name="Technology").press("ArrowDown")
    await expect(task.get_by_role("radio", name="Politics")).to_be_checked()
    await expect(task.get_by_role("radio", name="Politics")).to_be_focused()
    await desk.page.keyboard.press("ArrowDown")
    await expect(task.get_by_role("radio", name="Technology")).to_be_checked()
    await desk.page.keyboard.press("Tab")
    await expect(task.get_by_role("button", name="Submit")).to_be_focused()


async def test_radio_buttons_of_one_name_in_a_group_answer_one_object(desk: Desk) -> None:
    task = await desk.open(
        page_of("""
        <fieldset><legend>What should happen?</legend><crowd-radio-group>
          <crowd-radio-button name="ruling" value="approve" required>Approve</crowd-radio-button>
          <crowd-radio-button name="ruling" value="reject" required>Reject</crowd-radio-button>
        </crowd-radio-group></fieldset>
        """)
    )
    await expect(task.get_by_role("radiogroup", name="What should happen?")).to_be_visible()
    await task.get_by_role("button", name="Submit").click()
    await expect(task.get_by_role("alert").first).to_have_text("One of these has to be chosen.")
    await task.get_by_role("radio", name="Reject").click()
    await task.get_by_role("button", name="Submit").click()
    assert await desk.answer() == {"ruling": {"approve": False, "reject": True}}


async def test_the_page_can_set_what_is_chosen_before_and_after_the_elements_are_there(desk: Desk) -> None:
    task = await desk.open(
        page_of(
            '<crowd-checkbox name="early">Early</crowd-checkbox><crowd-checkbox name="late">Late</crowd-checkbox>'
            + GROUP,
            """
            document.querySelector("[name=early]").checked = true;
            document.addEventListener("all-crowd-elements-ready", () => {
              document.querySelector("[name=late]").checked = true;
              document.querySelector("[name=politics]").checked = true;
            });
            """,
        )
    )
    await task.get_by_role("button", name="Submit").click()
    assert await desk.answer() == {
        "early": {"on": True},
        "late": {"on": True},
        "tech": {"tech": False},
        "politics": {"politics": True},
    }
