"""`desk`: a browser tab with a task in it. One browser for all tests; each test has a context of its own.

A test fails when the page says anything on its console or raises anything, save what it expects (`desk.problems`).
"""

from collections.abc import AsyncIterator

import pytest_asyncio
from playwright.async_api import Browser, ConsoleMessage, async_playwright

from tests.browser.chromium import FLAGS, chromium
from tests.browser.desk import DEADLINE_MS, Desk, Server, running_server


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium(), args=list(FLAGS), headless=True)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def server() -> AsyncIterator[Server]:
    async with running_server() as server:
        yield server


@pytest_asyncio.fixture(loop_scope="session")
async def desk(browser: Browser, server: Server) -> AsyncIterator[Desk]:
    context = await browser.new_context(viewport={"width": 1280, "height": 900})
    page = await context.new_page()
    page.set_default_timeout(DEADLINE_MS)
    desk = Desk(page=page, server=server)

    def said(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            desk.problems.append(message.text)

    page.on("console", said)
    page.on("pageerror", lambda error: desk.problems.append(str(error)))
    yield desk
    await context.close()
    assert desk.problems == []
