"""Ends handlers that hang."""

import asyncio
from collections.abc import Awaitable
from typing import Any, cast


class Overdue(Exception):
    """A handler was ended because it took too long."""


class Limit:
    """One timer for all handlers: who began first is over time first. `asyncio.timeout` would set one up, and take it
    down again, for each message, at more than what the message's task costs."""

    def __init__(self, limit_s: float) -> None:
        self._limit_s = limit_s
        self._began_at: dict[asyncio.Task[Any], float] = {}
        self._ended: set[asyncio.Task[Any]] = set()
        self._timer: asyncio.TimerHandle | None = None

    async def within(self, handling: Awaitable[None]) -> None:
        """Wait for it, which is all that the current task does. Raises Overdue when it had to be ended."""
        task, loop = cast("asyncio.Task[Any]", asyncio.current_task()), asyncio.get_running_loop()
        self._began_at[task] = loop.time()
        if self._timer is None:
            self._timer = loop.call_later(self._limit_s, self._look)
        try:
            await handling
        except asyncio.CancelledError as error:
            # Whoever else has cancelled it too, a consumer that stops, is the one to be obeyed.
            if task in self._ended and task.uncancel() == 0:
                raise Overdue from error
            raise
        finally:
            self._began_at.pop(task, None)
            self._ended.discard(task)

    def _look(self) -> None:
        """End what is over time, and come back for what will be next."""
        loop, self._timer = asyncio.get_running_loop(), None
        while self._began_at:
            task, began_at = next(iter(self._began_at.items()))
            if loop.time() < began_at + self._limit_s:
                self._timer = loop.call_at(began_at + self._limit_s, self._look)
                return
            del self._began_at[task]
            self._ended.add(task)
            task.cancel()
