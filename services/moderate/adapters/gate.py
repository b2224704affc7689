"""A queue from which no more is received than can be started: what waits, waits in the queue and keeps its receives."""

import asyncio
from collections.abc import Sequence

from services.moderate.adapters.turnstile import Turnstile
from shared.consumer.ports import Message, Queue
from shared.contracts.words import Lane


class GatedQueue:
    def __init__(self, queue: Queue, turnstile: Turnstile, lane: Lane) -> None:
        self.name = queue.name
        self._queue = queue
        self._turnstile = turnstile
        self._lane = lane

    async def receive(self, *, limit: int, wait_s: int, visibility_s: int) -> Sequence[Message]:
        """Nothing after `wait_s` while there is no slot."""
        loop = asyncio.get_running_loop()
        began_s = loop.time()
        room = min(limit, await self._turnstile.room(self._lane, within_s=wait_s))
        if not room:
            return ()
        left_s = max(0, wait_s - int(loop.time() - began_s))
        messages = await self._queue.receive(limit=room, wait_s=left_s, visibility_s=visibility_s)
        self._turnstile.came(self._lane, asked=room, number=len(messages))
        return messages

    async def delete(self, receipts: Sequence[str]) -> Sequence[str]:
        return await self._queue.delete(receipts)

    async def change_visibility(self, changes: Sequence[tuple[str, int]]) -> Sequence[str]:
        return await self._queue.change_visibility(changes)

    async def put_back(self, message: Message, *, delay_s: int) -> None:
        await self._queue.put_back(message, delay_s=delay_s)
