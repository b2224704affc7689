"""`desk`: a browser tab with a task in it. `studio`: a deployed stack without A2I, and `people` at its desk. One
browser for all tests; each test has a context of its own.

A test fails when the page says anything on its console or raises anything, save what it expects (`desk.problems`).
"""

import os
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, ConsoleMessage, async_playwright

from cli.connection import point_to_local
from cli.local import local_stack
from tests.browser.chromium import DEADLINE_MS, FLAGS, chromium
from tests.browser.desk import Desk, Server, running_server
from tests.browser.own_pages import OwnPages, own_pages
from tests.browser.people import People, Studio


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


@pytest.fixture(scope="package")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    before = dict(os.environ)
    settings = {"review_backend": "desk", "policies": ["standard"], "tenants": [{"name": "default"}]}
    with local_stack(tmp_path_factory.mktemp("desk"), settings=settings) as stack:
        point_to_local(stack.state)
        studio = Studio(stack=stack)
        studio.add_panel()
        yield studio
    for name in set(os.environ) - set(before):
        del os.environ[name]


@pytest_asyncio.fixture(loop_scope="session")
async def people(browser: Browser, studio: Studio) -> AsyncIterator[People]:
    people = People(browser, studio, [])
    yield people
    for context in people.opened:
        await context.close()


@pytest_asyncio.fixture(loop_scope="session")
async def pages(browser: Browser, server: Server) -> AsyncIterator[OwnPages]:
    """Somebody signed in at a desk in memory, whose pages must run nothing and complain of nothing."""
    async with own_pages(browser, server) as pages:
        yield pages
        assert await pages.page.locator("html").get_attribute("data-ran") is None
        assert not [key for key in server.asked if "leak" in key]
        assert pages.problems == []
