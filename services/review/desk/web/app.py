"""The desk as a web application."""

from pathlib import Path
from typing import Final

from aiohttp import web

from services.review.desk.web import mine, queue, tasks, verify
from services.review.desk.web.desk import COOKIE, DESK, Desk
from services.review.desk.web.pages import SIGN_IN_PROBLEMS, page, problem
from shared.signin import routes as signing
from shared.signin.guard import failures, headers, sessions
from shared.signin.visits import SIGN_IN, SignIn
from shared.telemetry.serving import followed

STATIC: Final = Path(__file__).parent.parent / "static"
FORM_LIMIT_BYTES: Final = 512 * 1024
"""An answer has 64 KB, and a form may escape each byte of it into three."""
CONTENT_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def application(desk: Desk) -> web.Application:
    app = web.Application(middlewares=[followed, headers, failures, sessions], client_max_size=FORM_LIMIT_BYTES)
    app[DESK] = desk
    app[SIGN_IN] = SignIn(
        root="",
        cookie=COOKIE,
        policy=CONTENT_POLICY,
        sessions=desk.sessions,
        door=desk.door,
        admitted=desk.groups.intersection,
        page=page,
        problem=problem,
        words=SIGN_IN_PROBLEMS,
        is_secure=desk.is_secure,
        clock=desk.clock,
        keeps_in_browser=True,  # answers that aren't sent yet
    )
    for part in (signing, queue, tasks, mine, verify):
        app.add_routes(part.routes)
    app.router.add_static("/static/", STATIC)
    return app
