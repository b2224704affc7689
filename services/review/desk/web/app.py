"""The desk as a web application."""

from pathlib import Path
from typing import Final

from aiohttp import web

from services.review.desk.web import mine, queue, signing, tasks
from services.review.desk.web.desk import DESK, Desk
from services.review.desk.web.guard import failures, headers, sessions

STATIC: Final = Path(__file__).parent.parent / "static"
FORM_LIMIT_BYTES: Final = 512 * 1024
"""An answer has 64 KB, and a form may escape each byte of it into three."""


def application(desk: Desk) -> web.Application:
    app = web.Application(middlewares=[headers, failures, sessions], client_max_size=FORM_LIMIT_BYTES)
    app[DESK] = desk
    for part in (signing, queue, tasks, mine):
        app.add_routes(part.routes)
    app.router.add_static("/static/", STATIC)
    return app
