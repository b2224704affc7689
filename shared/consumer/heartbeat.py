"""Keeps messages from others while they are in hand."""

import asyncio
from typing import Final, Never

from shared.consumer.delivery import Delivery
from shared.consumer.settings import VISIBILITY_LIMIT_S, ConsumerSettings
from shared.consumer.settle import Receipts
from shared.telemetry.logs import event_logger
from shared.telemetry.metrics import DESTINATION, EXTENDED, record

log = event_logger(__name__)

TICKS: Final = 8
"""Looks per visibility timeout: what is received together is extended together."""

DUE_AFTER: Final = 2.5
"""Ticks: between a third and a half of the visibility. Four looks remain if an extension fails."""

SPARED_S: Final = 5
"""Left unused of SQS's 12 hours, since its clock began before ours."""


class Heartbeat:
    """Extends the visibility of one queue's messages from when they are received until they are let go."""

    def __init__(self, queue: str, receipts: Receipts, settings: ConsumerSettings) -> None:
        self._queue = queue
        self._receipts = receipts
        self._visibility_s = settings.visibility_s
        self._held: set[Delivery] = set()

    def hold(self, delivery: Delivery) -> None:
        self._held.add(delivery)

    def let_go(self, delivery: Delivery) -> None:
        self._held.discard(delivery)

    async def run(self) -> Never:
        while True:
            await asyncio.sleep(self._visibility_s / TICKS)
            await self._extend()

    async def _extend(self) -> None:
        now = asyncio.get_running_loop().time()
        due = [one for one in self._held if now - one.extended_at >= DUE_AFTER * self._visibility_s / TICKS]
        changes = [(one, extension_s) for one in due if (extension_s := self._extension_s(one, now)) > 0]
        kept = await asyncio.gather(
            *(self._receipts.extend(one.message.receipt, extension_s) for one, extension_s in changes)
        )
        for (delivery, _), is_kept in zip(changes, kept, strict=True):
            if is_kept:
                delivery.extended_at = now
                record(EXTENDED, 1, {DESTINATION: self._queue})
            elif delivery in self._held:
                log.warning("message.not_extended", queue=self._queue, message_id=delivery.message.id)

    def _extension_s(self, delivery: Delivery, now: float) -> int:
        """For how long to keep it from now; 0 when that can't be done any more, and then it is let go.

        SQS counts a new visibility from the call, and refuses one that ends more than 12 hours after the receive.
        https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-visibility-timeout.html
        """
        left_s = int(VISIBILITY_LIMIT_S - SPARED_S - (now - delivery.received_at))
        if left_s > 0 and now - delivery.extended_at < self._visibility_s:
            return min(self._visibility_s, left_s)
        self.let_go(delivery)
        log.error("message.lost_hold", queue=self._queue, message_id=delivery.message.id)
        return 0
