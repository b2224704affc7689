"""Serves a web application as one service's task, until the task is told to end."""

import asyncio

from aiohttp import web


async def serve_web(app: web.Application, stop: asyncio.Event, *, host: str, port: int, stop_timeout_s: float) -> None:
    """Requests under way have half of `stop_timeout_s` to end. What they were isn't logged: addresses name items."""
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=stop_timeout_s / 2)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
        await stop.wait()
    finally:
        await runner.cleanup()
