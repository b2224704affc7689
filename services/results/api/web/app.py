"""The results API as a web application."""

from typing import Final

from aiohttp import web

from services.results.api.ports import API, Api
from services.results.api.web import media, openapi, totals
from services.results.api.web.guard import bearers, failures, headers
from shared.telemetry.serving import HEALTH_PATH, followed

BODY_LIMIT_BYTES: Final = 64 * 1024


def application(api: Api) -> web.Application:
    app = web.Application(middlewares=[followed, headers, failures, bearers], client_max_size=BODY_LIMIT_BYTES)
    app[API] = api
    app.router.add_get(HEALTH_PATH, _health)
    for part in (media, totals, openapi):
        app.add_routes(part.routes)
    return app


async def _health(request: web.Request) -> web.StreamResponse:
    return web.json_response({"status": "ok"})
