"""Repeats a look for what got stuck, at a steady interval, beside a service's consumer."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterator
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
        with only_logged(name):
            if found := await look():
                log.info("sweep.found", sweep=name, found=found)


@contextlib.contextmanager
def only_logged(sweep: str, media_id: str | None = None) -> Iterator[None]:
    """Let what goes wrong in here, with one item or a whole look, hold up nothing else. A sweep settles no message and
    decides nothing, so nothing is lost by it: what it didn't get to, it finds again."""
    try:
        yield
    except GavelError as error:
        log.warning("sweep.failed", sweep=sweep, code=error.code, media_id=media_id)
    except Exception as error:  # noqa: BLE001  as in the consumer: a defect ends no work beside it
        log.defect("sweep.defect", error, sweep=sweep, media_id=media_id)
