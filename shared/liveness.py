"""Shows that a service's event loop turns, by touching a file that `shared.health` looks at."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

from shared.health import BEAT_S


@contextlib.asynccontextmanager
async def beating(file: str | None) -> AsyncIterator[None]:
    """Touch the file every BEAT_S seconds; without a file nobody looks. Raises OSError where it can't be written."""
    if file is None:
        yield
        return
    path = Path(file)
    path.touch()  # noqa: ASYNC240  in a volume of the task's own
    beat = asyncio.ensure_future(_beat(path))
    try:
        yield
    finally:
        beat.cancel()
        await asyncio.gather(beat, return_exceptions=True)


async def _beat(path: Path) -> None:
    while True:
        await asyncio.sleep(BEAT_S)
        path.touch()  # noqa: ASYNC240  in another thread it would say nothing of the loop
