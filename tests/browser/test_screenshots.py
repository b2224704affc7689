"""Every page at the sizes and in the colours that reviewers have, as pictures to look at in `.gavel/screenshots`."""

from pathlib import Path
from typing import Final, Literal

import pytest

from services.review.templates.generate import image_custom, image_integrated, video_custom
from tests.browser.desk import Desk
from tests.unit.desk.cases import STANDARD, custom_input, integrated_input, video_input

pytestmark = pytest.mark.asyncio(loop_scope="session")

FOLDER: Final = Path(__file__).parents[2] / ".gavel" / "screenshots"
PAGES: Final = {
    "custom": (image_custom(STANDARD), custom_input()),
    "integrated": (image_integrated(STANDARD), integrated_input()),
    "video": (video_custom(STANDARD), video_input()),
}


@pytest.mark.parametrize("colours", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("page", PAGES)
async def test_the_page_fits_its_width(desk: Desk, page: str, width: int, colours: Literal["light", "dark"]) -> None:
    await desk.page.emulate_media(color_scheme=colours)
    await desk.page.set_viewport_size({"width": width, "height": 844})
    template, task_input = PAGES[page]
    task = await desk.open(template, task_input)
    if colours == "light":
        await task.get_by_role("checkbox", name="Show clearly").check()
        await task.get_by_role("checkbox", name="Show colours").check()
        if page == "video":
            await task.get_by_role("radio", name="Shown", exact=True).first.check()
        else:
            await task.get_by_role("checkbox", name="Drinking").check()
    await task.locator("body").evaluate("() => window.scrollTo(0, 0)")
    FOLDER.mkdir(parents=True, exist_ok=True)
    await desk.page.screenshot(path=FOLDER / f"{page}-{width}-{colours}.png")
    body = task.locator("body")
    wide = await body.evaluate("() => document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, "the page has to be scrolled sideways"
