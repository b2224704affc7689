"""One queue's part of a consumer: what receiving and handling share."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from shared.consumer.breaker import Breaker
from shared.consumer.delivery import Delivery
from shared.consumer.heartbeat import Heartbeat
from shared.consumer.ports import Handler, Message, Queue
from shared.consumer.settings import ConsumerSettings
from shared.consumer.settle import Receipts
from shared.telemetry.metrics import DESTINATION, GIVEN_BACK, record


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A queue and what handles its messages.

    `identify` tells the media id of a message before it is handled (see `shared.consumer.identify`). A smaller
    `priority` is served first: messages of the others are only asked for while its queue holds no more than one
    receive brings.
    """

    queue: Queue
    handle: Handler
    identify: Callable[[Message], str | None]
    priority: int = 0


class Line:
    """The state of one source while it is consumed. `is_backlogged` when its last receive came back full."""

    def __init__(self, source: Source, settings: ConsumerSettings) -> None:
        self.source = source
        self.receipts = Receipts(source.queue, settings)
        self.heartbeat = Heartbeat(source.queue.name, self.receipts, settings)
        self.breaker = Breaker(settings)
        self.is_backlogged = False

    @property
    def name(self) -> str:
        return self.source.queue.name

    def take(self, message: Message, *, is_probe: bool = False) -> Delivery:
        now = asyncio.get_running_loop().time()
        delivery = Delivery(message=message, received_at=now, extended_at=now, is_probe=is_probe)
        self.heartbeat.hold(delivery)
        return delivery

    def give_back(self, deliveries: Iterable[Delivery]) -> None:
        """Make messages visible to others at once. It costs each one of its receives."""
        now = asyncio.get_running_loop().time()
        for delivery in deliveries:
            self.heartbeat.let_go(delivery)
            self.receipts.show(delivery.message.receipt, 0)
            self.breaker.tell("unknown", now, is_probe=delivery.is_probe)
            record(GIVEN_BACK, 1, {DESTINATION: self.name})
