"""Stands before every page: who is it, did the form come from us, and what may the browser do with the answer."""

import hmac
import secrets
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import quote, urlsplit

from aiohttp import web

from services.review.desk.ports import BadToken, Member, Session
from services.review.desk.web.desk import COOKIE, VISIT, Visit, desk_of, form_of, visit_of, wants_json
from services.review.desk.web.pages import problem
from shared.errors import Permanent, Transient
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
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
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
    wanted = HEADERS
    if request.path.startswith("/static/"):
        # The page of a task has no origin, and modules are only given to whom they are meant for.
        wanted = STATIC_HEADERS
    for name, value in wanted.items():
        response.headers.setdefault(name, value)
    if desk_of(request).is_secure:
        response.headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"


@web.middleware
async def failures(request: web.Request, handler: Handler) -> web.StreamResponse:
    """What can't be done now is told in words; a defect stays aiohttp's 500, which tells nothing."""
    try:
        return await handler(request)
    except (Transient, Permanent) as error:
        log.warning("desk.unavailable", code=error.code)
        if wants_json(request):
            return web.json_response({"error": "unavailable"}, status=503)
        return problem(request, "unavailable", status=503)
    except web.HTTPNotFound:
        return problem(request, "not-found", status=404)
    except web.HTTPRequestEntityTooLarge:
        return problem(request, "too-large", status=413)


@web.middleware
async def sessions(request: web.Request, handler: Handler) -> web.StreamResponse:
    if request.path.startswith(UNGUARDED):
        return await handler(request)
    visit, is_new = await _visit(request)
    request[VISIT] = visit
    if visit.member is None and request.path not in OPEN_PATHS:
        return _to_sign_in(request)
    if request.method == "POST" and not await _is_ours(request, visit):
        log.warning("desk.forged_request")
        if wants_json(request):
            return web.json_response({"error": "forged"}, status=403)
        return problem(request, "forged", status=403)
    response = await handler(request)
    if is_new and request[VISIT] is visit and not response.prepared:
        await begin(request, response, visit.session, until=desk_of(request).clock() + ANONYMOUS_FOR)
    return response


async def begin(request: web.Request, response: web.StreamResponse, session: Session, *, until: datetime) -> None:
    """Keep a session under a new name; whatever the browser had before counts no more."""
    desk, old = desk_of(request), visit_of(request).cookie
    cookie = secrets.token_urlsafe(32)
    await desk.sessions.keep(cookie, session, until=until)
    if old:
        await desk.sessions.end(old)
    response.set_cookie(
        COOKIE,
        cookie,
        max_age=int((until - desk.clock()).total_seconds()),
        httponly=True,
        samesite="Lax",
        secure=desk.is_secure,
        path="/",
    )


def fresh() -> Session:
    return Session(csrf=secrets.token_urlsafe(24))


async def _visit(request: web.Request) -> tuple[Visit, bool]:
    desk = desk_of(request)
    cookie = request.cookies.get(COOKIE, "")
    session = await desk.sessions.get(cookie) if cookie else None
    if session is None:
        return Visit(cookie="", session=fresh(), member=None), True
    member = await _member(request, session)
    groups = tuple(sorted(member.groups & desk.groups)) if member else ()
    return Visit(cookie=cookie, session=session, member=member, groups=groups), False


async def _member(request: web.Request, session: Session) -> Member | None:
    if session.token is None:
        return None
    try:
        return await desk_of(request).door.member(session.token)
    except BadToken as error:
        log.info("desk.token_refused", reason=str(error))
        return None


async def _is_ours(request: web.Request, visit: Visit) -> bool:
    """The session's own token, and no other page as the origin where the browser tells it."""
    origin = request.headers.get("Origin")
    if origin is not None and urlsplit(origin).netloc != request.host:
        return False
    given = request.headers.get(CSRF_HEADER) or (await form_of(request)).get(CSRF_FIELD, "")
    return bool(visit.cookie) and hmac.compare_digest(given.encode(), visit.session.csrf.encode())


def _to_sign_in(request: web.Request) -> web.StreamResponse:
    if wants_json(request):
        return web.json_response({"error": "signed-out"}, status=401)
    wanted = request.path if request.method == "GET" else "/"
    raise web.HTTPSeeOther(f"/sign-in?next={quote(wanted)}")
