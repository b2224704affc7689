"""Gathers what many callers ask for into batch calls."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from shared.errors import GavelError
from shared.telemetry.logs import event_logger

T = TypeVar("T")
R = TypeVar("R")

log = event_logger(__name__)


@dataclass(slots=True, eq=False)
class _Batch(Generic[T, R]):
    answered: asyncio.Future[Sequence[R]]
    entries: list[T] = field(default_factory=list)
    size_bytes: int = 0
    timer: asyncio.TimerHandle | None = None


class Coalescer(Generic[T, R]):
    """Sends a batch when it is full, by number or by bytes, or else `linger_s` after its first entry.

    `call` takes a batch and returns one answer per entry, in order. What it raises is raised to everybody who waits
    for that batch; nobody may be waiting, so what isn't one of our errors is logged here too.
    """

    def __init__(
        self,
        call: Callable[[Sequence[T]], Awaitable[Sequence[R]]],
        *,
        limit: int,
        linger_s: float,
        limit_bytes: int | None = None,
    ) -> None:
        self._call = call
        self._limit = limit
        self._limit_bytes = limit_bytes
        self._linger_s = linger_s
        self._open: _Batch[T, R] | None = None
        self._under_way: set[asyncio.Task[Sequence[R]]] = set()

    def add(self, entry: T, *, size_bytes: int = 0) -> None:
        """Have it sent with the next batch; nobody waits for the answer."""
        self._place(entry, size_bytes)

    async def submit(self, entry: T, *, size_bytes: int = 0) -> R:
        """Have it sent with the next batch, and wait for its answer. Cancelling the wait doesn't take it back."""
        batch, place = self._place(entry, size_bytes)
        return (await asyncio.shield(batch.answered))[place]

    async def flush(self) -> None:
        """Send what waits, and return when every call under way has ended."""
        self.send()
        while self._under_way:
            await asyncio.wait(self._under_way)

    def _place(self, entry: T, size_bytes: int) -> tuple[_Batch[T, R], int]:
        batch = self._open
        if batch is not None and self._limit_bytes is not None and batch.size_bytes + size_bytes > self._limit_bytes:
            self.send()
            batch = None
        if batch is None:
            loop = asyncio.get_running_loop()
            batch = self._open = _Batch(answered=loop.create_future())
            batch.timer = loop.call_later(self._linger_s, self.send)
        batch.entries.append(entry)
        batch.size_bytes += size_bytes
        place = len(batch.entries) - 1
        if len(batch.entries) >= self._limit:
            self.send()
        return batch, place

    def send(self) -> None:
        """Send the open batch, if there is one."""
        batch, self._open = self._open, None
        if batch is None:
            return
        if batch.timer is not None:
            batch.timer.cancel()
        task = asyncio.ensure_future(self._call(batch.entries))
        self._under_way.add(task)
        task.add_done_callback(lambda task: self._answer(batch, task))

    def _answer(self, batch: _Batch[T, R], task: "asyncio.Task[Sequence[R]]") -> None:
        self._under_way.discard(task)
        if batch.answered.done():
            return
        if task.cancelled():
            batch.answered.cancel()
        elif (error := task.exception()) is not None:
            if not isinstance(error, GavelError):
                log.defect("batch.failed", error, entries=len(batch.entries))
            batch.answered.set_exception(error)
            # Nobody may be waiting; without this asyncio would complain about it, in the exception's own words.
            batch.answered.exception()
        else:
            batch.answered.set_result(task.result())
