"""Repeats a look for what got stuck, at a steady interval, beside a service's consumer."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from datetime import timedelta

from shared.errors import GavelError
from shared.telemetry.logs import event_logger

log = event_logger(__name__)


async def sweep_until(
    stop: asyncio.Event, look: Callable[[], Awaitable[int]], *, name: str, interval: timedelta
) -> None:
    """Call `look` at every interval until told to stop; it returns how much it found. One that fails is only logged:
    the next one looks again."""
    while not stop.is_set():
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), interval.total_seconds())
            return
        try:
            found = await look()
        except GavelError as error:
            log.warning("sweep.failed", sweep=name, code=error.code)
        else:
            if found:
                log.info("sweep.found", sweep=name, found=found)
