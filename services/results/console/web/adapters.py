"""Adapters of a policy: which was put in force when, by whom, on what figures, and what was taken back."""

from aiohttp import web

from services.results.console.domain.plots import points
from services.results.console.web.policies import known_policy
from services.results.console.web.shown import console_of, page
from shared.custom_moderation.evaluation import MODELS
from shared.ledger.adapters import AdapterPromoted, AdapterVoided

routes = web.RouteTableDef()


@routes.get("/policies/{name}/adapters")
async def show(request: web.Request) -> web.StreamResponse:
    """The newest first."""
    known, _ = await known_policy(request)
    entries = await console_of(request).adapters.of(known.name)
    void = {entry.voids for entry in entries if isinstance(entry, AdapterVoided)}
    told = [
        (entry, isinstance(entry, AdapterPromoted), entry.at in void)
        for entry in entries
        if not isinstance(entry, AdapterVoided)
    ]
    current = known.current.version if known.current else None
    # What was begun since may have come to nothing, and the same version may have been put in force more than once.
    in_force = next((entry for entry, _, is_void in told if entry.after == current and not is_void), None)
    return page(request, "adapters.html", known=known, entries=told, in_force=in_force, models=MODELS, points=points)
