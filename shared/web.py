"""Serves a web application as one service's task, until the task is told to end; and knows whose fault a body is."""

import asyncio
from typing import Final

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

BROKEN: Final = (web.RequestPayloadError, HttpProcessingError, ConnectionResetError, LookupError, ValueError)
"""What reading a body raises that isn't as its headers say, or whose sender went away: their mistake, no defect."""


async def serve_web(app: web.Application, stop: asyncio.Event, *, host: str, port: int, stop_timeout_s: float) -> None:
    """Requests under way have half of `stop_timeout_s` to end. What they were isn't logged: addresses name items."""
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=stop_timeout_s / 2)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
        await stop.wait()
    finally:
        await runner.cleanup()
