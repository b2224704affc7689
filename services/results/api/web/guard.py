"""Stands before every route: whose token is it, and how is a failure told."""

from collections.abc import Awaitable, Callable
from typing import Final

import msgspec
from aiohttp import web

from services.results.api.domain.callers import Caller, Permission
from services.results.api.domain.problems import CONTENT_TYPE, Problem
from services.results.api.ports import API, CALLER, BadToken
from shared.errors import Permanent, Transient
from shared.telemetry import answering
from shared.telemetry.logs import event_logger

log = event_logger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

OPEN_PATHS: Final = frozenset({"/health", "/v1/openapi.json"})
HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
}


@web.middleware
async def headers(request: web.Request, handler: Handler) -> web.StreamResponse:
    response = await handler(request)
    if not response.prepared:
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
    return response


@web.middleware
async def failures(request: web.Request, handler: Handler) -> web.StreamResponse:
    """A defect stays aiohttp's 500, which tells nothing; whatever else goes wrong is told as a problem."""
    try:
        return await handler(request)
    except Problem as problem:
        return told(problem)
    except Transient as error:
        log.warning("api.unavailable", code=error.code)
        return told(Problem(503, "unavailable", "that can't be done right now; nothing was lost", retry_after_s=5))
    except Permanent as error:
        log.warning("api.refused", code=error.code)
        return told(Problem(422, error.code, "this can't be taken as it is"))
    except web.HTTPRequestEntityTooLarge:
        return told(Problem(413, "too-large", "a request may have 64 KiB"))
    except web.HTTPMethodNotAllowed as refused:
        response = told(Problem(405, "method-not-allowed", f"here goes {', '.join(sorted(refused.allowed_methods))}"))
        response.headers["Allow"] = ", ".join(sorted(refused.allowed_methods))
        return response
    except web.HTTPNotFound:
        return told(Problem(404, "no-such-path", "see /v1/openapi.json for what there is"))


@web.middleware
async def bearers(request: web.Request, handler: Handler) -> web.StreamResponse:
    is_own = request.match_info.apps[-1] is request.app  # applications below have guards of their own
    if is_own and request.path not in OPEN_PATHS:
        request[CALLER] = await _caller(request)
        answering.follow()
    return await handler(request)


def permitted(request: web.Request, permission: Permission) -> Caller:
    """The caller, who may do this. Raises Problem 403."""
    caller = request[CALLER]
    if permission not in caller.permissions:
        raise Problem(403, "scope-missing", f"your token lacks the scope gavel/{permission}")
    return caller


def told(problem: Problem) -> web.Response:
    response = web.Response(
        body=msgspec.json.encode(problem.document()), status=problem.status, content_type=CONTENT_TYPE
    )
    if problem.retry_after_s:
        response.headers["Retry-After"] = str(problem.retry_after_s)
    if problem.status == 401:
        response.headers["WWW-Authenticate"] = 'Bearer error="invalid_token"'
    return response


async def _caller(request: web.Request) -> Caller:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Problem(401, "token-missing", "send an access token as `Authorization: Bearer …`")
    try:
        return await request.app[API].tokens.caller(token.strip())
    except BadToken as error:
        log.info("api.token_refused", reason=str(error))
        raise Problem(401, "token-refused", "the token is expired, or not one of this user pool's") from error
