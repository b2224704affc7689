"""The console as a web application, to be mounted at ROOT."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

from aiohttp import web

from services.results.console.ports import CONSOLE, ROOT, Console
from services.results.console.web import adapters, item, items, overview, policies, quarantine, reviewers
from services.results.console.web.shown import SIGN_IN_PROBLEMS, page, problem
from shared.signin import routes as signing
from shared.signin.guard import failures, headers, sessions
from shared.signin.visits import SIGN_IN, VISIT, SignIn

STATIC: Final = Path(__file__).parent.parent / "static"
COOKIE: Final = "gavel_console"
FORM_LIMIT_BYTES: Final = 1024 * 1024
"""The largest form has a policy in it. The application that this one is mounted in has to let it through."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def application(console: Console) -> web.Application:
    app = web.Application(middlewares=[headers, failures, sessions, membership])
    app[CONSOLE] = console
    app[policies.SIMULATING] = asyncio.Lock()
    app[SIGN_IN] = SignIn(
        root=ROOT,
        cookie=COOKIE,
        policy=content_policy(console.media.origins()),
        sessions=console.sessions,
        door=console.door,
        admitted=frozenset[str](console.groups).intersection,
        page=page,
        problem=problem,
        words=SIGN_IN_PROBLEMS,
        is_secure=console.is_secure,
        clock=console.clock,
    )
    app.router.add_get("", _to_root)
    for part in (signing, overview, items, item, policies, adapters, reviewers, quarantine):
        app.add_routes(part.routes)
    app.router.add_static("/static/", STATIC)
    return app


@web.middleware
async def membership(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Whoever has left all groups since signing in sees nothing any more; what a group may not do is told so."""
    visit = request.get(VISIT)
    if visit is not None and visit.member is not None and not visit.groups and request.path != f"{ROOT}/sign-out":
        return problem(request, "not-yours", 403)
    try:
        return await handler(request)
    except web.HTTPForbidden:
        return problem(request, "not-yours", 403)


def content_policy(origins: list[str]) -> str:
    """Media come from S3 itself, everything else from here."""
    media = " ".join(origins)
    return (
        f"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: {media}; media-src {media}; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )


async def _to_root(request: web.Request) -> web.StreamResponse:
    raise web.HTTPSeeOther(f"{ROOT}/")
