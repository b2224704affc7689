"""Somebody in front of the console, with a browser that keeps cookies."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

from aiohttp.test_utils import TestClient, TestServer
from yarl import URL

from services.results.console.ports import ROOT
from services.results.console.web.app import COOKIE
from shared.signin.ports import Session
from tests.fakes.console import OPERATORS, ConsoleWorld

CSRF: Final = "csrf-of-the-session"


@dataclass
class Visitor:
    """`groups` is what the one who is signed in belongs to; an empty one is nobody."""

    http: TestClient[Any, Any]
    world: ConsoleWorld

    def become(self, *groups: str) -> None:
        cookie = f"cookie-{'-'.join(groups)}"
        self.world.sessions.kept[cookie] = Session(csrf=CSRF, token=",".join(groups))
        self.http.session.cookie_jar.update_cookies({COOKIE: cookie}, URL(str(self.http.make_url(f"{ROOT}/"))))

    async def page(self, path: str, *, status: int = 200, **query: str) -> str:
        async with self.http.get(f"{ROOT}{path}", params=query, allow_redirects=False) as answer:
            text: str = await answer.text()
            assert answer.status == status, text
            return text

    async def place(self, path: str, **query: str) -> str:
        """Where the page sends the browser instead."""
        async with self.http.get(f"{ROOT}{path}", params=query, allow_redirects=False) as answer:
            assert answer.status == 303, await answer.text()
            return str(answer.headers["Location"])

    async def send(self, path: str, *, status: int = 303, csrf: str = CSRF, **form: str) -> str:
        """Send a form; returns where it leads, or the page that refuses it."""
        body = {"csrf": csrf, **form}
        async with self.http.post(f"{ROOT}{path}", data=body, allow_redirects=False) as answer:
            text: str = await answer.text()
            assert answer.status == status, text
            return str(answer.headers.get("Location", text))


@asynccontextmanager
async def visiting(*groups: str, world: ConsoleWorld | None = None) -> AsyncIterator[Visitor]:
    """Signed in as a member of these groups; without any as an operator who may do everything."""
    world = world or ConsoleWorld()
    async with TestClient(TestServer(world.served())) as http:
        visitor = Visitor(http=http, world=world)
        visitor.become(*(groups or (OPERATORS,)))
        yield visitor
