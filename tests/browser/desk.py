"""A desk as small as can be: serves the frames of tasks on a loopback port, and keeps what they tell their parent."""

import secrets
import shutil
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from aiohttp import web
from playwright.async_api import FrameLocator, Page

from services.review.desk.rendering.frame import SANDBOX, Frame, frame
from tests.browser.chromium import DEADLINE_MS
from tests.media import png
from tests.videos import make_video

STATIC: Final = Path(__file__).parents[2] / "services" / "review" / "desk" / "static"

_HOST: Final = """<!doctype html><html lang="en"><title>Desk</title>
<style>
  html, body {{ margin: 0; height: 100% }}
  iframe {{ width: 100%; height: 100%; border: 0; display: block }}
</style>
<iframe id="task" title="Task" sandbox="{sandbox}" src="{source}"></iframe>
<script>
  window.told = [];
  addEventListener("message", (event) => {{
    if (event.source === document.getElementById("task").contentWindow) window.told.push(event.data);
  }});
</script>"""

_FOCUSED: Final = """async (_, deadline) => {
  const ends = Date.now() + deadline;
  while (!document.hasFocus() && Date.now() < ends) await new Promise((done) => setTimeout(done, 20));
  return document.hasFocus();
}"""

CROWD: Final = '<script src="https://assets.crowd.aws/crowd-html-elements.js"></script>'


def page_of(form: str, script: str = "") -> str:
    """A worker template with this in its form, and a script of its own after it."""
    own = f"<script>{script}</script>" if script else ""
    return f"{CROWD}\n<crowd-form>\n{form}\n</crowd-form>\n{own}"


@dataclass
class Server:
    """Media are served under `/media/<key>`, for keys that end in mp4 a video of ten seconds and for others a picture;
    every page that was asked for is in `frames`."""

    origin: str = ""
    frames: dict[str, Frame] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def grant(self, uri: str) -> str:
        return f"{self.origin}/media/{quote(uri.removeprefix('s3://'))}?X-Amz-Expires=300&X-Amz-Signature=0f"

    def add(self, made: Frame) -> str:
        number = secrets.token_hex(8)
        self.frames[number] = made
        return f"{self.origin}/desk/{number}"


@asynccontextmanager
async def running_server() -> AsyncIterator[Server]:
    server = Server()
    image = png((800, 533))
    film = Path(tempfile.mkdtemp(prefix="gavel-film-")) / "film.mp4"
    film.write_bytes(make_video(10.0, (640, 360), sound=True))

    async def host(request: web.Request) -> web.Response:
        source = f"/task/{request.match_info['number']}"
        return web.Response(text=_HOST.format(sandbox=SANDBOX, source=source), content_type="text/html")

    async def task(request: web.Request) -> web.Response:
        made = server.frames[request.match_info["number"]]
        headers = {"Content-Security-Policy": made.content_security_policy, "X-Content-Type-Options": "nosniff"}
        return web.Response(text=made.html, content_type="text/html", headers=headers)

    async def media(request: web.Request) -> web.StreamResponse:
        key = request.match_info["key"]
        server.asked.append(key)
        if "missing" in key:
            raise web.HTTPNotFound
        if key.endswith(".mp4"):
            return web.FileResponse(film)
        return web.Response(body=image, content_type="image/png")

    async def no_icon(_: web.Request) -> web.Response:
        return web.Response(status=204)

    async def readable_without_origin(_: web.Request, response: web.StreamResponse) -> None:
        response.headers["Access-Control-Allow-Origin"] = "*"

    app = web.Application()
    app.router.add_get("/favicon.ico", no_icon)
    app.router.add_get("/desk/{number}", host)
    app.router.add_get("/task/{number}", task)
    app.router.add_get("/media/{key:.+}", media)
    app.router.add_static("/static", STATIC)
    app.on_response_prepare.append(readable_without_origin)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        server.origin = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield server
    finally:
        await runner.cleanup()
        shutil.rmtree(film.parent)


async def has_focus(frame: FrameLocator) -> None:
    """Waits until keys that are pressed go there: a frame may be a process of its own, which hears of it later."""
    assert await frame.locator("html").evaluate(_FOCUSED, DEADLINE_MS)


@dataclass
class Desk:
    """A reviewer's browser tab, and the task in it."""

    page: Page
    server: Server
    problems: list[str] = field(default_factory=list)

    async def open(self, template: str, task_input: Mapping[str, Any] | None = None) -> FrameLocator:
        """Renders the template into a frame of the desk and waits until the page says that it is ready."""
        await self.page.goto(self.address(template, task_input or {}))
        await self.told("ready")
        return self.page.frame_locator("#task")

    def address(self, template: str, task_input: Mapping[str, Any]) -> str:
        """Where a desk shows this task."""
        origins = [self.server.origin]
        made = frame(template, task_input, grant_read_access=self.server.grant, media_origins=origins)
        return self.server.add(made)

    async def told(self, kind: str) -> dict[str, Any]:
        """The last message of this type that the page sent; waits for the first."""
        found = await self.page.wait_for_function(
            "kind => window.told.findLast(message => message.type === kind)", arg=kind, timeout=DEADLINE_MS
        )
        message: dict[str, Any] = await found.json_value()
        assert message["source"] == "gavel-task"
        return message

    async def answer(self) -> dict[str, Any]:
        content: dict[str, Any] = (await self.told("answer"))["answerContent"]
        return content

    async def answers(self) -> int:
        return int(await self.page.evaluate("window.told.filter(message => message.type === 'answer').length"))

    async def tell(self, **message: Any) -> None:
        """What the desk posts to its frame."""
        await self.page.evaluate(
            "message => document.getElementById('task').contentWindow.postMessage(message, '*')",
            {"source": "gavel-desk", **message},
        )

    async def focus(self) -> None:
        await self.page.evaluate("document.getElementById('task').focus()")
        await has_focus(self.page.frame_locator("#task"))
