"""The results API as a web application."""

from aiohttp import web

from services.results.api.ports import API, Api
from services.results.api.web import media, openapi, totals
from services.results.api.web.bodies import BODY_LIMIT_BYTES
from services.results.api.web.guard import bearers, failures, headers
from shared.telemetry.serving import HEALTH_PATH, followed


def application(api: Api, *, largest_body_bytes: int = BODY_LIMIT_BYTES) -> web.Application:
    """aiohttp goes by the outermost application's limit: one that is mounted in this one takes bodies up to
    `largest_body_bytes`, the API itself what `bodies` says."""
    app = web.Application(middlewares=[followed, headers, failures, bearers], client_max_size=largest_body_bytes)
    app[API] = api
    app.router.add_get(HEALTH_PATH, _health)
    for part in (media, totals, openapi):
        app.add_routes(part.routes)
    return app


async def _health(request: web.Request) -> web.StreamResponse:
    return web.json_response({"status": "ok"})
