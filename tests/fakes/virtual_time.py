"""An event loop whose clock jumps: when every task waits, time passes at once to the next timer.

So hours are tested in milliseconds, nothing sleeps, and the order of events doesn't hang on how busy the machine is.
"""

import asyncio
import selectors
from typing import Any


class _Jump(selectors.DefaultSelector):
    """Passes time instead of waiting for it."""

    passed_s = 0.0

    def select(self, timeout: float | None = None) -> list[Any]:
        events: list[Any] = super().select(0)
        if events or timeout == 0:
            return events
        if timeout is None:
            raise RuntimeError("every task waits for something that never comes")
        self.passed_s += timeout
        return events


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._jump = _Jump()
        super().__init__(self._jump)

    def time(self) -> float:
        return self._jump.passed_s
