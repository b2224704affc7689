"""The desk's own pages in a browser, with whatever is to be seen on them and nothing of AWS."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web
from playwright.async_api import Browser, ConsoleMessage, Page

from services.review.desk.web.app import application
from services.review.desk.web.desk import COOKIE as COOKIE_NAME
from tests.browser.desk import DEADLINE_MS, Server
from tests.fakes.desk import COOKIE, Media, MemoryNotebook, MemoryTasks, memory_desk


@dataclass(kw_only=True)
class OwnPages:
    """Somebody signed in. `problems` is what the pages say on the browser's console, where nothing is expected."""

    origin: str
    page: Page
    tasks: MemoryTasks
    notebook: MemoryNotebook
    problems: list[str] = field(default_factory=list)

    async def show(self, path: str) -> None:
        await self.page.goto(f"{self.origin}{path}")


@asynccontextmanager
async def own_pages(
    browser: Browser, server: Server, *, width: int = 1280, colours: str = "light"
) -> AsyncIterator[OwnPages]:
    """`server` has the media."""
    tasks, notebook = MemoryTasks(), MemoryNotebook()
    runner = web.AppRunner(application(memory_desk(tasks, notebook, Media(server.origin))))
    await runner.setup()
    context = await browser.new_context(viewport={"width": width, "height": 844}, color_scheme=colours)  # type: ignore[arg-type]
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        origin = f"http://127.0.0.1:{runner.addresses[0][1]}"
        await context.add_cookies([{"name": COOKIE_NAME, "value": COOKIE, "url": origin}])
        page = await context.new_page()
        page.set_default_timeout(DEADLINE_MS)
        pages = OwnPages(origin=origin, page=page, tasks=tasks, notebook=notebook)

        def said(message: ConsoleMessage) -> None:
            if message.type in {"error", "warning"}:
                pages.problems.append(message.text)

        page.on("console", said)
        page.on("pageerror", lambda error: pages.problems.append(str(error)))
        yield pages
    finally:
        await context.close()
        await runner.cleanup()
