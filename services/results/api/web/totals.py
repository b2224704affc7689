"""Many items at once: their statistics, and their records line by line."""

from collections.abc import AsyncIterator
from typing import Final

import msgspec
from aiohttp import web

from services.results.api.domain import documents
from services.results.api.domain.callers import Permission
from services.results.api.domain.queries import Asked, asked
from services.results.api.domain.statistics import Statistics
from services.results.api.ports import API
from services.results.api.web.bodies import answer
from services.results.api.web.guard import permitted
from services.results.api.web.single import single
from shared.ledger.entries import Summary

routes = web.RouteTableDef()

LOOKED_AT: Final = 10_000
"""Items that statistics are made of; `is_complete` says whether there were more."""
PAGE: Final = 200


@routes.get("/v1/stats")
async def statistics(request: web.Request) -> web.StreamResponse:
    wish, found, is_complete = await _asked(request), Statistics(), True
    looked_at = 0
    async for item in _items(request, wish):
        if looked_at == LOOKED_AT:
            is_complete = False
            break
        found.add(item)
        looked_at += 1
    span = {"since": wish.wanted.since, "until": wish.wanted.until}
    return answer({**span, "is_complete": is_complete, **found.told()})


@routes.get("/v1/export")
async def export(request: web.Request) -> web.StreamResponse:
    """Whole records as JSON lines, the newest first. The last line says that it is the last: else it was cut off."""
    wish = await _asked(request)
    response = web.StreamResponse(headers={"Content-Type": "application/x-ndjson"})
    await response.prepare(request)
    lines = 0
    async for item in _items(request, wish):
        record = await request.app[API].ledger.record(item.media_id)
        if record is not None:
            await response.write(msgspec.json.encode(documents.whole(record)) + b"\n")
            lines += 1
    await response.write(msgspec.json.encode({"end": True, "items": lines}) + b"\n")
    await response.write_eof()
    return response


async def _asked(request: web.Request) -> Asked:
    caller, api = permitted(request, Permission.READ), request.app[API]
    tenants = tuple(tenant.name for tenant in (await api.policies.tenants()).tenants)
    return asked(single(request.query), caller, tenants, api.clock(), paged=False)


async def _items(request: web.Request, wish: Asked) -> AsyncIterator[Summary]:
    search, after = request.app[API].search, None
    while True:
        page = await search.page(wish.wanted, limit=PAGE, after=after)
        for item in page.items:
            yield item
        after = page.after
        if after is None:
            return
