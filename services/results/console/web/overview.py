"""The whole flow at a glance."""

from aiohttp import web

from services.results.api.domain.callers import Permission
from services.results.console.web.shown import page, permitted

routes = web.RouteTableDef()


@routes.get("/")
async def show(request: web.Request) -> web.StreamResponse:
    permitted(request, Permission.READ)
    return page(request, "overview.html")
