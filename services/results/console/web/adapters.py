"""Adapters of a policy: which was put in force when, by whom, on what figures, and what was taken back."""

from aiohttp import web

from services.results.console.domain.plots import points
from services.results.console.web.policies import known_policy
from services.results.console.web.shown import console_of, page
from shared.custom_moderation.evaluation import MODELS
from shared.ledger.adapters import AdapterPromoted

routes = web.RouteTableDef()


@routes.get("/policies/{name}/adapters")
async def show(request: web.Request) -> web.StreamResponse:
    """The newest first."""
    known, _ = await known_policy(request)
    entries = await console_of(request).adapters.of(known.name)
    told = [(entry, isinstance(entry, AdapterPromoted)) for entry in entries]
    return page(request, "adapters.html", known=known, entries=told, models=MODELS, points=points)
