"""The desk's own pages in a browser, with whatever is to be seen on them and nothing of AWS."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from aiohttp import web
from playwright.async_api import Browser, ConsoleMessage, Page

from services.review.desk.domain.loops import About
from services.review.desk.domain.work import Given
from services.review.desk.ports import Task
from services.review.desk.web.app import application
from services.review.desk.web.desk import COOKIE as COOKIE_NAME
from shared.clock import utc_now
from shared.contracts.words import BackendName
from shared.identity import loop_name
from tests.browser.chromium import DEADLINE_MS
from tests.browser.desk import Server
from tests.fakes.desk import (
    COOKIE,
    CSRF,
    GROUP,
    Media,
    MemoryNotebook,
    MemoryParts,
    MemorySessions,
    MemoryTasks,
    memory_desk,
)
from tests.fakes.verified import MemoryVerified


@dataclass(kw_only=True)
class OwnPages:
    """Somebody signed in. `problems` is what the pages say on the browser's console, where nothing is expected."""

    origin: str
    page: Page
    tasks: MemoryTasks
    notebook: MemoryNotebook
    sessions: MemorySessions
    verified: MemoryVerified
    parts: MemoryParts
    problems: list[str] = field(default_factory=list)

    async def show(self, path: str) -> None:
        await self.page.goto(f"{self.origin}{path}")

    async def send(self, path: str, **form: str) -> int:
        """The status that the page's own script would get for a form."""
        status: int = await self.page.evaluate(
            "async ([path, form]) => (await fetch(path, { method: 'POST', body: new URLSearchParams(form),"
            " headers: { Accept: 'application/json' } })).status",
            [path, {"csrf": CSRF, **form}],
        )
        return status


@asynccontextmanager
async def own_pages(
    browser: Browser, server: Server, *, width: int = 1280, colours: str = "light"
) -> AsyncIterator[OwnPages]:
    """`server` has the media."""
    tasks, notebook, sessions = MemoryTasks(), MemoryNotebook(), MemorySessions()
    verified, parts = MemoryVerified(), MemoryParts()
    desk = memory_desk(tasks, notebook, Media(server.origin), sessions, verified, parts)
    runner = web.AppRunner(application(desk))
    await runner.setup()
    context = await browser.new_context(viewport={"width": width, "height": 844}, color_scheme=colours)  # type: ignore[arg-type]
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        origin = f"http://127.0.0.1:{runner.addresses[0][1]}"
        await context.add_cookies([{"name": COOKIE_NAME, "value": COOKIE, "url": origin}])
        page = await context.new_page()
        page.set_default_timeout(DEADLINE_MS)
        pages = OwnPages(
            origin=origin,
            page=page,
            tasks=tasks,
            notebook=notebook,
            sessions=sessions,
            verified=verified,
            parts=parts,
        )

        def said(message: ConsoleMessage) -> None:
            if message.type in {"error", "warning"}:
                pages.problems.append(message.text)

        page.on("console", said)
        page.on("pageerror", lambda error: pages.problems.append(str(error)))
        yield pages
    finally:
        await context.close()
        await runner.cleanup()


def task(number: int, *, held: bool = False, **about: Any) -> Task:
    now = utc_now()
    values: dict[str, Any] = {
        "title": "Review an image",
        "kind": "image",
        "category": "Violence",
        "severity": 53,
    } | about
    return Task(
        name=loop_name(f"{number:026d}".replace("0", "a").replace("1", "b"), "0123abcd", 1),
        backend=BackendName.DESK,
        group=GROUP,
        about=About(**values),
        created_at=now - timedelta(minutes=3 * number + 2),
        expires_at=now + timedelta(hours=20),
        is_open=True,
        free=0 if held else 1,
        accepted_at=now if held else None,
        held_until=now + timedelta(minutes=30) if held else None,
    )


def given(content: Any, *, title: str = "Review an image") -> Given:
    told = json.dumps(content, ensure_ascii=False)
    return Given(loop=task(1).name, title=title, kind="image", content=told, spent_s=41.5, at=utc_now())


def listed(tasks: MemoryTasks, *added: Task) -> None:
    tasks.tasks |= {each.name: each for each in added}
