"""Many items at once: their statistics, and their records line by line."""

import asyncio
import sys
from typing import Final

import msgspec
from aiohttp import ClientConnectionError, web

from services.results.api.domain import documents
from services.results.api.domain.callers import Permission
from services.results.api.domain.queries import Asked, asked
from services.results.api.domain.statistics import Statistics
from services.results.api.ports import API, CALLER
from services.results.api.web.bodies import answer
from services.results.api.web.guard import permitted
from services.results.api.web.single import single
from shared.errors import GavelError
from shared.ledger.finding import found, records
from shared.ledger.search import Place
from shared.telemetry.logs import event_logger

log = event_logger(__name__)

routes = web.RouteTableDef()

COUNTED: Final = 10_000
"""Items that statistics are made of at the most, the newest."""
PAGE: Final = 1_000
BUDGET_S: Final = 20.0
"""Of a rare label there may be few among millions of items, and the load balancer gives up on an answer after 60."""


@routes.get("/v1/stats")
async def statistics(request: web.Request) -> web.StreamResponse:
    """Of all items that fit, or of the newest: then it says how far back they go."""
    wish, search, counts = await _asked(request), request.app[API].search, Statistics()
    loop = asyncio.get_running_loop()
    ends_at, left = loop.time() + BUDGET_S, COUNTED
    after: Place | None = None
    while True:
        page = await search.page(wish.wanted, limit=min(PAGE, left), after=after)
        for item in page.items:
            counts.add(item)
        left, after = left - len(page.items), page.after
        if after is None or left == 0 or loop.time() >= ends_at:
            break
    told = {
        "since": wish.wanted.since,
        "until": wish.wanted.until,
        "is_complete": after is None,
        "looked_back_to": after.received_at if after else None,
    }
    return answer({**told, **counts.told()})


@routes.get("/v1/export", allow_head=False)
async def export(request: web.Request) -> web.StreamResponse:
    """Whole records as JSON lines, the newest first. The last line says that it is the last: else it was cut off."""
    wish, api = await _asked(request), request.app[API]
    reading = records(api.ledger, found(api.search, wish.wanted, limit=sys.maxsize))
    record = await anext(reading, None)  # so that a store out of reach is still told as such
    response = web.StreamResponse(headers={"Content-Type": "application/x-ndjson"})
    await response.prepare(request)
    lines, is_whole = 0, False
    try:
        while record is not None:
            await response.write(_line(documents.whole(record)))
            lines += 1
            record = await anext(reading, None)
        await response.write(_line({"end": True, "items": lines}))
        await response.write_eof()
        is_whole = True
    except GavelError as error:
        log.warning("api.export_cut_off", code=error.code)
        if request.transport is not None:
            # Another answer can't be given any more; without its end this one isn't taken for a whole one.
            request.transport.close()
    except ClientConnectionError:
        pass  # whoever has had enough hangs up
    finally:
        # They have what came until then, all the same.
        log.info("api.exported", by=f"api/{request[CALLER].id}", items=lines, is_whole=is_whole)
    return response


def _line(document: object) -> bytes:
    return msgspec.json.encode(document) + b"\n"


async def _asked(request: web.Request) -> Asked:
    caller, api = permitted(request, Permission.READ), request.app[API]
    tenants = tuple(tenant.name for tenant in (await api.policies.tenants()).tenants)
    return asked(single(request.query), caller, tenants, api.clock(), paged=False)
