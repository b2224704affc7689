"""The console's pages in a browser, over a ledger in memory and nothing of AWS."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

from aiohttp import web
from playwright.async_api import Browser, ConsoleMessage, Page

from services.results.console.ports import ROOT
from services.results.console.web.app import COOKIE
from shared.signin.ports import Session
from tests.browser.chromium import DEADLINE_MS
from tests.fakes.console import OPERATORS, ConsoleWorld

SHOTS: Final = Path(__file__).parents[2] / ".gavel" / "screenshots"
LOOKS: Final[tuple[tuple[int, Literal["light", "dark"]], ...]] = (
    (1280, "light"),
    (1280, "dark"),
    (390, "light"),
    (390, "dark"),
)
FITS: Final = "() => document.documentElement.scrollWidth <= document.documentElement.clientWidth"
"""It needn't be scrolled sideways."""
NARROWEST_PX: Final = 240


@dataclass(kw_only=True)
class ConsolePages:
    """An operator who may do everything. `problems` is what the pages say on the browser's console."""

    origin: str
    page: Page
    world: ConsoleWorld
    problems: list[str] = field(default_factory=list)

    async def show(self, path: str) -> None:
        await self.page.goto(f"{self.origin}{ROOT}{path}")

    async def looked_at(self, name: str) -> None:
        """The page as it stands in every size and colours: as pictures in `.gavel/screenshots`, never wider than the
        screen, and no part of it so narrow that words fall apart."""
        SHOTS.mkdir(parents=True, exist_ok=True)
        for width, colours in LOOKS:
            await self.page.set_viewport_size({"width": width, "height": 844})
            await self.page.emulate_media(color_scheme=colours, reduced_motion="reduce")
            await self.page.evaluate("() => window.scrollTo(0, 0)")
            # Charts follow a new width a moment later.
            await self.page.wait_for_function(FITS)
            await self.page.screenshot(path=SHOTS / f"console-{name}-{width}-{colours}.png", full_page=True)
            cards = await self.page.eval_on_selector_all("main .card", "all => all.map((card) => card.offsetWidth)")
            assert min(cards, default=width) > NARROWEST_PX, f"{name} has parts of {cards} px at {width} px"
        await self.page.set_viewport_size({"width": 1280, "height": 844})


@asynccontextmanager
async def console_pages(browser: Browser, world: ConsoleWorld) -> AsyncIterator[ConsolePages]:
    runner = web.AppRunner(world.served())
    await runner.setup()
    context = await browser.new_context(viewport={"width": 1280, "height": 844})
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        origin = f"http://127.0.0.1:{runner.addresses[0][1]}"
        world.sessions.kept["browser"] = Session(csrf="csrf-of-the-browser", token=OPERATORS)
        await context.add_cookies([{"name": COOKIE, "value": "browser", "url": f"{origin}{ROOT}/"}])
        page = await context.new_page()
        page.set_default_timeout(DEADLINE_MS)
        pages = ConsolePages(origin=origin, page=page, world=world)

        def said(message: ConsoleMessage) -> None:
            if message.type in {"error", "warning"}:
                pages.problems.append(message.text)

        page.on("console", said)
        page.on("pageerror", lambda error: pages.problems.append(str(error)))
        yield pages
    finally:
        await context.close()
        await runner.cleanup()
