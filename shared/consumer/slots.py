"""The places for messages: so many in handlers at once, a few waiting, the most urgent first."""

import asyncio
import heapq
from collections import Counter
from collections.abc import Callable, Coroutine
from itertools import count

from shared.consumer.delivery import Delivery
from shared.consumer.settings import ConsumerSettings

Handle = Callable[[Delivery], Coroutine[None, None, None]]
_Waiting = tuple[int, int, Delivery, Handle]


class Slots:
    """Shared by all queues of one consumer. A smaller `priority` goes first; equals go in order of arrival.

    A handler that ends makes room for the next message at once, so a slow one holds up nobody but itself.
    """

    def __init__(self, settings: ConsumerSettings) -> None:
        self._concurrency = settings.concurrency
        self._capacity = settings.concurrency + settings.prefetch
        self._running: set[asyncio.Task[None]] = set()
        self._waiting: list[_Waiting] = []
        self._waiting_at: Counter[int] = Counter()
        self._arrivals = count()
        self._watching: set[asyncio.Future[None]] = set()

    def room(self, priority: int) -> int:
        """How many more may come; less urgent messages in waiting don't take the room of urgent ones."""
        ahead = sum(number for at, number in self._waiting_at.items() if at <= priority)
        return self._capacity - len(self._running) - ahead

    def admit(self, priority: int, delivery: Delivery, handle: Handle) -> None:
        """Start `handle`, now or when it is the delivery's turn. It must not raise."""
        heapq.heappush(self._waiting, (priority, next(self._arrivals), delivery, handle))
        self._waiting_at[priority] += 1
        self._fill()

    def withdraw(self, handle: Handle) -> list[Delivery]:
        """Take back what waits for this handler; what has started isn't touched."""
        taken = [one for one in self._waiting if one[3] is handle]
        self._waiting = [one for one in self._waiting if one[3] is not handle]
        heapq.heapify(self._waiting)
        for priority, *_ in taken:
            self._waiting_at[priority] -= 1
        return [delivery for _, _, delivery, _ in taken]

    async def changed(self, until: float | None = None) -> None:
        """Return at the next change of anything that a receiver waits for, or at an instant of the event loop."""
        watch: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._watching.add(watch)
        try:
            async with asyncio.timeout_at(until):
                await watch
        except TimeoutError:
            return
        finally:
            self._watching.discard(watch)

    def tell(self) -> None:
        """Something has changed: let receivers look again."""
        for watch in self._watching:
            if not watch.done():
                watch.set_result(None)

    async def finish(self, within_s: float) -> int:
        """Wait for the handlers; returns how many are still at it."""
        if self._running:
            await asyncio.wait(self._running, timeout=within_s)
        return len(self._running)

    def cancel(self) -> None:
        for task in self._running:
            task.cancel()

    def _fill(self) -> None:
        while self._waiting and len(self._running) < self._concurrency:
            priority, _, delivery, handle = heapq.heappop(self._waiting)
            self._waiting_at[priority] -= 1
            task = asyncio.create_task(handle(delivery))
            self._running.add(task)
            task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self._fill()
        self.tell()
