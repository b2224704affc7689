"""A span and a duration for each request that a web application answers: the outermost of its middlewares.

Whatever is mounted in the application is followed too, by its own routes.
"""

import time
from collections.abc import Awaitable, Callable
from typing import Final

from aiohttp import web

from shared.identity import MEDIA_ID
from shared.telemetry import answering
from shared.telemetry.context import about
from shared.telemetry.metrics import ERROR_TYPE, HTTP_METHOD, HTTP_ROUTE, HTTP_STATUS, REQUEST_DURATION, record

HEALTH_PATH: Final = "/health"
METHODS: Final = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"})
OTHER: Final = "_OTHER"
"""OpenTelemetry's word for a method that nobody knows."""
DEFECT: Final = 500


Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@web.middleware
async def followed(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Health checks, every few seconds and always alike, are left out."""
    if request.path == HEALTH_PATH:
        return await handler(request)
    method = request.method if request.method in METHODS else OTHER
    resource = request.match_info.route.resource
    route = resource.canonical if resource is not None else None
    named = request.match_info.get("media_id", "")
    status, began_s = DEFECT, time.monotonic()
    # One task answers all requests of a connection, so what one is about ends with it.
    token = about(None)
    try:
        with answering.serve(method, route, scheme=request.scheme, headers=request.headers):
            about(named if MEDIA_ID.fullmatch(named) else None)
            answer = await _answer(request, handler)
            status = answer.status
            answering.answered(status)
    finally:
        token.var.reset(token)
        told = {HTTP_METHOD: method, HTTP_STATUS: str(status)}
        if route is not None:
            told[HTTP_ROUTE] = route
        if status >= DEFECT:
            told[ERROR_TYPE] = str(status)
        record(REQUEST_DURATION, time.monotonic() - began_s, told)
    if isinstance(answer, web.HTTPException):
        raise answer
    return answer


async def _answer(request: web.Request, handler: Handler) -> web.StreamResponse:
    """aiohttp's redirects and refusals are raised, and answers all the same."""
    try:
        return await handler(request)
    except web.HTTPException as answer:
        return answer
