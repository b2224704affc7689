"""Deletes messages and changes their visibility, ten to a request."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

from shared.consumer.coalesce import Coalescer
from shared.consumer.ports import Queue
from shared.consumer.settings import BATCH_LIMIT, ConsumerSettings
from shared.errors import GavelError
from shared.telemetry.logs import event_logger
from shared.telemetry.metrics import CODE, DESTINATION, SETTLEMENT_FAILED, record

log = event_logger(__name__)

PAUSES_S: Final = (0.5, 1.5)
"""Before each further try of a call that failed as a whole, after the SDK's own tries."""

REFUSED: Final = "entry-refused"


@dataclass(frozen=True, slots=True)
class _Change:
    receipt: str
    visibility_s: int
    is_extension: bool


class Receipts:
    """What is done with one queue's receipts. Nothing here raises: a receipt that fails ends in a redelivery, which
    handlers stand.

    Deletes go side by side; visibility changes one call after the other, so that the last one asked for is the last
    one done.
    """

    def __init__(self, queue: Queue, settings: ConsumerSettings) -> None:
        self._queue = queue
        self._deletes: Coalescer[str, None] = Coalescer(self._delete, limit=BATCH_LIMIT, linger_s=settings.linger_s)
        self._changes: Coalescer[_Change, bool] = Coalescer(self._change, limit=BATCH_LIMIT, linger_s=settings.linger_s)
        self._in_turn = asyncio.Lock()

    def delete(self, receipt: str) -> None:
        self._deletes.add(receipt)

    def show(self, receipt: str, after_s: int) -> None:
        """Let others see the message in `after_s`; 0 gives it back at once."""
        self._changes.add(_Change(receipt, after_s, is_extension=False))

    async def extend(self, receipt: str, visibility_s: int) -> bool:
        """Keep the message from others that long from now; False when the queue doesn't, or can't be reached."""
        return await self._changes.submit(_Change(receipt, visibility_s, is_extension=True))

    def send(self) -> None:
        """Send now what waits for company."""
        self._deletes.send()
        self._changes.send()

    async def flush(self) -> None:
        """Send what waits, and return when every call under way has ended."""
        self.send()
        await asyncio.gather(self._deletes.flush(), self._changes.flush())

    async def _delete(self, receipts: Sequence[str]) -> Sequence[None]:
        failed, code = await _tried(lambda: self._queue.delete(receipts), receipts)
        self._tell("delete", len(failed), code)
        return [None] * len(receipts)

    async def _change(self, changes: Sequence[_Change]) -> Sequence[bool]:
        # A message that ends while its extension waits here has two changes in one batch: the later one counts.
        latest = {change.receipt: change for change in changes}
        asked = [(change.receipt, change.visibility_s) for change in latest.values()]
        async with self._in_turn:
            failed, code = await _tried(lambda: self._queue.change_visibility(asked), list(latest))
        # Whether a failed extension matters, who asked for it knows.
        self._tell("visibility", sum(not latest[receipt].is_extension for receipt in failed), code)
        return [change.receipt not in failed for change in changes]

    def _tell(self, what: str, failed: int, code: str) -> None:
        if failed:
            log.warning("settlement.failed", queue=self._queue.name, what=what, messages=failed, code=code)
            record(SETTLEMENT_FAILED, failed, {DESTINATION: self._queue.name, CODE: code})


async def _tried(call: Callable[[], Awaitable[Sequence[str]]], receipts: Sequence[str]) -> tuple[Sequence[str], str]:
    """The receipts that failed, and why; a call that fails as a whole is tried again."""
    code = ""
    for pause_s in (0.0, *PAUSES_S):
        if pause_s:
            await asyncio.sleep(pause_s)
        try:
            return await call(), REFUSED
        except GavelError as error:
            code = error.code
    return receipts, code
