"""The page of a policy's adapters: plots that are drawn, in all sizes and colours."""

import pytest
from playwright.async_api import Browser, expect

from tests.browser.console_pages import console_pages
from tests.fakes.console import ConsoleWorld
from tests.unit.console.test_adapters import promoted

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_what_was_measured_is_drawn_for_all_labels_and_on_demand_for_each(browser: Browser) -> None:
    world = ConsoleWorld()
    await world.adapters.add(promoted(world))
    async with console_pages(browser, world) as console:
        await console.show("/policies/standard")
        await console.page.get_by_role("link", name="Adapters").click()
        await expect(console.page.get_by_role("img")).to_have_count(2)
        line = console.page.locator("polyline.adapter").first
        await expect(line).not_to_have_css("stroke", "none")
        await console.page.get_by_text("By label").click()
        await expect(console.page.get_by_role("img")).to_have_count(4)
        await console.looked_at("adapters")
