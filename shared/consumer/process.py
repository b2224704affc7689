"""Handles one message: runs the handler in its span and its time, and has done what its end asks for."""

import asyncio
from collections.abc import Callable
from typing import assert_never

from opentelemetry import trace

from shared.consumer.delivery import Delivery
from shared.consumer.limit import Limit, Overdue
from shared.consumer.line import Line
from shared.consumer.ports import Message, QuarantineStore
from shared.consumer.retry import Ack, Defect, PutBack, Quarantine, Retry, Settlement, backoff_s, remedy, retry
from shared.consumer.settings import ConsumerSettings
from shared.consumer.slots import Slots
from shared.errors import GavelError, Transient
from shared.telemetry import spans
from shared.telemetry.context import about, current_media_id
from shared.telemetry.logs import event_logger
from shared.telemetry.metrics import (
    BREAKER_OPENED,
    CODE,
    DESTINATION,
    ERROR_TYPE,
    PROCESS_DURATION,
    SETTLED,
    SETTLEMENT,
    record,
)

log = event_logger(__name__)


class Process:
    """Handles messages of one line, each in a task of its own."""

    def __init__(
        self,
        line: Line,
        slots: Slots,
        quarantine: QuarantineStore,
        settings: ConsumerSettings,
        *,
        roll: Callable[[], float],
    ) -> None:
        self._line = line
        self._slots = slots
        self._quarantine = quarantine
        self._settings = settings
        self._roll = roll
        self._limit = Limit(settings.handler_limit_s)
        self._destination = {DESTINATION: line.name}

    async def __call__(self, delivery: Delivery) -> None:
        """Never raises but when it is cancelled: then the message is given back, whatever of it was done."""
        message = delivery.message
        try:
            with spans.process(
                message.queue,
                message_id=message.id,
                carrier=message.attributes,
                receive_count=message.receive_count,
            ):
                settlement = await self._measured(message)
        except asyncio.CancelledError:
            self._line.give_back([delivery])
            raise
        self._settle(delivery, settlement)

    async def _measured(self, message: Message) -> Settlement:
        loop = asyncio.get_running_loop()
        began = loop.time()
        settlement = await self._settlement(message)
        if isinstance(settlement, Ack):
            record(PROCESS_DURATION, loop.time() - began, self._destination)
            return settlement
        code = settlement.code
        record(PROCESS_DURATION, loop.time() - began, self._destination | {ERROR_TYPE: code})
        record(SETTLED, 1, self._destination | {SETTLEMENT: settlement.word, CODE: code})
        if isinstance(settlement, PutBack):
            spans.failed(trace.get_current_span(), code)
        else:
            spans.process_failed(code)
        _tell(message, settlement)
        return settlement

    async def _settlement(self, message: Message) -> Settlement:
        try:
            about(self._line.source.identify(message))
            settlement = await self._handled(message)
            return settlement if isinstance(settlement, Ack) else await self._filed(message, settlement)
        except Exception as error:  # noqa: BLE001  the one place: a defect settles nothing and ends no other message
            log.defect(
                "message.defect",
                error,
                queue=message.queue,
                message_id=message.id,
                receives=message.receive_count,
            )
            return Defect(after_s=backoff_s(message.receive_count, self._settings, self._roll()))

    async def _handled(self, message: Message) -> Settlement:
        try:
            await self._limit.within(self._line.source.handle(message))
        except GavelError as error:
            return remedy(error, message.receive_count, self._settings, self._roll())
        except Overdue:
            return remedy(Transient("handler-timeout"), message.receive_count, self._settings, self._roll())
        return Ack()

    async def _filed(self, message: Message, settlement: Retry | Defect | PutBack | Quarantine) -> Settlement:
        """Do what must be durable before the message may be deleted; where that fails, it isn't."""
        try:
            match settlement:
                case PutBack(delay_s=delay_s):
                    await self._line.source.queue.put_back(message, delay_s=delay_s)
                case Quarantine(code=code, detail=detail, media_id=media_id):
                    if media_id is not None:
                        about(media_id)
                    await self._quarantine.file(message, code=code, detail=detail, media_id=current_media_id())
                case Retry() | Defect():
                    pass
                case _:
                    assert_never(settlement)
        except GavelError as error:
            return retry(error, message.receive_count, self._settings, self._roll())
        return settlement

    def _settle(self, delivery: Delivery, settlement: Settlement) -> None:
        receipt = delivery.message.receipt
        match settlement:
            case Ack() | PutBack() | Quarantine():
                self._line.receipts.delete(receipt)
            case Retry(after_s=after_s) | Defect(after_s=after_s):
                self._line.receipts.show(receipt, after_s)
            case _:
                assert_never(settlement)
        self._line.heartbeat.let_go(delivery)
        now = asyncio.get_running_loop().time()
        was_open = self._line.breaker.is_open
        if self._line.breaker.tell(settlement.health, now, is_probe=delivery.is_probe):
            # What waits would only fail too; other tasks may be luckier with it.
            self._line.give_back(self._slots.withdraw(self))
            log.error("breaker.opened", queue=self._line.name)
            record(BREAKER_OPENED, 1, {DESTINATION: self._line.name})
        elif was_open and not self._line.breaker.is_open:
            log.info("breaker.closed", queue=self._line.name)


def _tell(message: Message, settlement: Settlement) -> None:
    """Log what isn't the usual, without a word of the message's own."""
    queue, message_id, receives = message.queue, message.id, message.receive_count
    match settlement:
        case Ack() | Defect():
            pass
        case Retry(code=code, after_s=after_s):
            log.warning(
                "message.retried", queue=queue, message_id=message_id, receives=receives, code=code, after_s=after_s
            )
        case PutBack(code=code, delay_s=delay_s):
            log.info(
                "message.put_back", queue=queue, message_id=message_id, receives=receives, code=code, delay_s=delay_s
            )
        case Quarantine(code=code):
            log.warning("message.quarantined", queue=queue, message_id=message_id, receives=receives, code=code)
        case _:
            assert_never(settlement)
