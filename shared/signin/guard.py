"""Stands before every page: who is it, did the form come from us, and what may the browser do with the answer."""

import hmac
import secrets
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import quote, urlsplit

from aiohttp import web

from shared.errors import Permanent, Transient
from shared.signin.ports import BadToken, Member, Session
from shared.signin.visits import SIGN_IN, VISIT, Visit, form_of, visit_of, wants_json
from shared.telemetry.logs import event_logger

log = event_logger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

ANONYMOUS_FOR: Final = timedelta(minutes=30)
"""How long signing in may take."""
OPEN_PATHS: Final = ("/sign-in", "/challenge")
UNGUARDED: Final = ("/static/", "/health")
CSRF_FIELD: Final = "csrf"
CSRF_HEADER: Final = "X-CSRF-Token"
HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    # Not no-referrer: with it browsers send `Origin: null` with our own forms.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
}
STATIC_HEADERS: Final = {
    "Access-Control-Allow-Origin": "*",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-cache",
}


@web.middleware
async def headers(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        response = await handler(request)
    except web.HTTPException as answer:
        _mark(request, answer)
        raise
    _mark(request, response)
    return response


def _mark(request: web.Request, response: web.StreamResponse) -> None:
    way_in = request.app[SIGN_IN]
    wanted = HEADERS | {"Content-Security-Policy": way_in.policy}
    if _path(request).startswith("/static/"):
        # A page in a frame may have no origin, and modules are only given to whom they are meant for.
        wanted = STATIC_HEADERS
    for name, value in wanted.items():
        response.headers.setdefault(name, value)
    if way_in.is_secure:
        response.headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"


@web.middleware
async def failures(request: web.Request, handler: Handler) -> web.StreamResponse:
    """What can't be done now is told in words; a defect stays aiohttp's 500, which tells nothing."""
    problem = request.app[SIGN_IN].problem
    try:
        return await handler(request)
    except (Transient, Permanent) as error:
        log.warning("pages.unavailable", code=error.code)
        if wants_json(request):
            return web.json_response({"error": "unavailable"}, status=503)
        return problem(request, "unavailable", 503)
    except web.HTTPNotFound:
        return problem(request, "not-found", 404)
    except web.HTTPRequestEntityTooLarge:
        return problem(request, "too-large", 413)


@web.middleware
async def sessions(request: web.Request, handler: Handler) -> web.StreamResponse:
    way_in, path = request.app[SIGN_IN], _path(request)
    if path.startswith(UNGUARDED):
        return await handler(request)
    visit, is_new = await _visit(request)
    request[VISIT] = visit
    if visit.member is None and path not in OPEN_PATHS:
        return _to_sign_in(request)
    if request.method == "POST" and not await _is_ours(request, visit):
        log.warning("pages.forged_request")
        if wants_json(request):
            return web.json_response({"error": "forged"}, status=403)
        return way_in.problem(request, "forged", 403)
    response = await handler(request)
    if is_new and request[VISIT] is visit and not response.prepared:
        await begin(request, response, visit.session, until=way_in.clock() + ANONYMOUS_FOR)
    return response


async def begin(request: web.Request, response: web.StreamResponse, session: Session, *, until: datetime) -> None:
    """Keep a session under a new name; whatever the browser had before counts no more."""
    way_in, old = request.app[SIGN_IN], visit_of(request).cookie
    cookie = secrets.token_urlsafe(32)
    await way_in.sessions.keep(cookie, session, until=until)
    if old:
        await way_in.sessions.end(old)
    response.set_cookie(
        way_in.cookie,
        cookie,
        max_age=int((until - way_in.clock()).total_seconds()),
        httponly=True,
        samesite="Lax",
        secure=way_in.is_secure,
        path=f"{way_in.root}/",
    )


def fresh() -> Session:
    return Session(csrf=secrets.token_urlsafe(24))


async def _visit(request: web.Request) -> tuple[Visit, bool]:
    way_in = request.app[SIGN_IN]
    cookie = request.cookies.get(way_in.cookie, "")
    session = await way_in.sessions.get(cookie) if cookie else None
    if session is None:
        return Visit(cookie="", session=fresh(), member=None), True
    member = await _member(request, session)
    groups = tuple(sorted(way_in.admitted(member.groups))) if member else ()
    return Visit(cookie=cookie, session=session, member=member, groups=groups), False


async def _member(request: web.Request, session: Session) -> Member | None:
    if session.token is None:
        return None
    try:
        return await request.app[SIGN_IN].door.member(session.token)
    except BadToken as error:
        log.info("pages.token_refused", reason=str(error))
        return None


async def _is_ours(request: web.Request, visit: Visit) -> bool:
    """The session's own token, and no other page as the origin where the browser tells it."""
    origin = request.headers.get("Origin")
    if origin is not None and urlsplit(origin).netloc != request.host:
        return False
    given = request.headers.get(CSRF_HEADER) or (await form_of(request)).get(CSRF_FIELD, "")
    return bool(visit.cookie) and hmac.compare_digest(given.encode(), visit.session.csrf.encode())


def _to_sign_in(request: web.Request) -> web.StreamResponse:
    root = request.app[SIGN_IN].root
    if wants_json(request):
        return web.json_response({"error": "signed-out"}, status=401)
    wanted = str(request.rel_url) if request.method == "GET" else f"{root}/"
    raise web.HTTPSeeOther(f"{root}/sign-in?next={quote(wanted)}")


def _path(request: web.Request) -> str:
    """Of the page, within its application."""
    return request.path.removeprefix(request.app[SIGN_IN].root)
