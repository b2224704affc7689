"""Whoever signs out of the desk leaves nothing in the browser."""

from aiohttp.test_utils import TestClient, TestServer

from services.review.desk.web.app import application
from services.review.desk.web.desk import COOKIE as COOKIE_NAME
from tests.fakes.desk import (
    COOKIE,
    CSRF,
    Media,
    MemoryNotebook,
    MemoryParts,
    MemorySessions,
    MemoryTasks,
    memory_desk,
)
from tests.fakes.verified import MemoryVerified


async def test_answers_that_were_not_sent_are_cleared_away() -> None:
    desk = memory_desk(MemoryTasks(), MemoryNotebook(), Media(), MemorySessions(), MemoryVerified(), MemoryParts())
    async with TestClient(TestServer(application(desk)), cookies={COOKIE_NAME: COOKIE}) as browser:
        answer = await browser.post("/sign-out", data={"csrf": CSRF}, allow_redirects=False)
        assert (answer.status, answer.headers["Clear-Site-Data"]) == (303, '"storage"')
