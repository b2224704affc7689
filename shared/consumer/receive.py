"""Receives one queue's messages by long polls, when there is room and as fast as they can be used."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Never

from shared.clock import Clock
from shared.consumer.breaker import PROBE
from shared.consumer.line import Line
from shared.consumer.pace import Pace
from shared.consumer.ports import Message
from shared.consumer.retry import backoff_s
from shared.consumer.settings import ConsumerSettings
from shared.consumer.slots import Handle, Slots
from shared.errors import GavelError
from shared.telemetry.logs import event_logger
from shared.telemetry.metrics import CODE, CONSUMED, DESTINATION, QUEUE_AGE, RECEIVE_FAILED, record

log = event_logger(__name__)


class Receiver:
    """Fills the slots from one queue. `ahead` are the lines that go first."""

    def __init__(
        self,
        line: Line,
        handle: Handle,
        slots: Slots,
        settings: ConsumerSettings,
        *,
        ahead: Sequence[Line],
        clock: Clock,
        roll: Callable[[], float],
    ) -> None:
        self._line = line
        self._handle = handle
        self._slots = slots
        self._settings = settings
        self._ahead = ahead
        self._clock = clock
        self._roll = roll
        self._destination = {DESTINATION: line.name}
        self._pace = Pace(settings)
        self._asked = 0
        self._help_wanted = asyncio.Event()

    async def run(self, *, is_helping: bool = False) -> Never:
        """Until it is cancelled; it then ends when the poll under way has, or at the second cancellation.

        Raises what the queue raises beside our errors: a queue that isn't there, say. Several can run at once; those
        that are `is_helping` only receive while there is a backlog, whose rate is otherwise a batch per round trip.
        """
        failures = 0
        while True:
            limit = await self._turn(is_helping=is_helping)
            self._asked += limit
            try:
                messages = await self._receive(limit)
            except GavelError as error:
                failures += 1
                await self._failed(error, failures)
                continue
            finally:
                self._asked -= limit
            failures = 0
            gap_s = self._pace.gap_s(len(messages), limit, asyncio.get_running_loop().time())
            self._line.is_backlogged = len(messages) >= limit
            self._admit(messages, is_probe=limit == PROBE)
            self._call_for_help()
            self._slots.tell()
            await asyncio.sleep(gap_s)

    def _call_for_help(self) -> None:
        if self._pace.is_backlogged:
            self._help_wanted.set()
        else:
            self._help_wanted.clear()

    async def _turn(self, *, is_helping: bool) -> int:
        """Wait until messages may be asked for; returns how many."""
        while True:
            if is_helping:
                await self._help_wanted.wait()
                if self._line.breaker.is_open:
                    self._help_wanted.clear()
                    continue
            now = asyncio.get_running_loop().time()
            if limit := self._allowance(now):
                return limit
            await self._slots.changed(until=self._line.breaker.pause_ends_at(now))

    def _allowance(self, now: float) -> int:
        if any(line.is_backlogged for line in self._ahead):
            return 0
        limit = self._line.breaker.allowance(now)
        room = self._slots.room(self._line.source.priority) - self._asked
        return limit if room >= limit else 0

    async def _receive(self, limit: int) -> Sequence[Message]:
        poll = asyncio.ensure_future(
            self._line.source.queue.receive(
                limit=limit, wait_s=self._settings.wait_s, visibility_s=self._settings.visibility_s
            )
        )
        try:
            return await asyncio.shield(poll)
        except asyncio.CancelledError:
            await self._leave(poll)
            raise

    async def _leave(self, poll: asyncio.Future[Sequence[Message]]) -> None:
        """Let the last poll end, unless there is no time (a second cancellation), and give back what it brings.

        SQS may still answer a poll whose connection is closed; whatever it answers then is invisible to everybody for
        as long as its visibility lasts.
        """
        try:
            await asyncio.wait({poll})
        finally:
            if not poll.cancel() and poll.exception() is None:
                self._line.give_back([self._line.take(message) for message in poll.result()])
                self._line.receipts.send()

    def _admit(self, messages: Sequence[Message], *, is_probe: bool) -> None:
        if not messages:
            return
        record(CONSUMED, len(messages), self._destination)
        age_s = (self._clock() - min(message.sent_at for message in messages)).total_seconds()
        record(QUEUE_AGE, max(0.0, age_s), self._destination)
        if self._line.breaker.is_open and not is_probe:
            # Asked for before the breaker opened: they would only fail too.
            self._line.give_back([self._line.take(message) for message in messages])
            return
        if is_probe:
            self._line.breaker.probe()
        for message in messages:
            delivery = self._line.take(message, is_probe=is_probe)
            self._slots.admit(self._line.source.priority, delivery, self._handle)

    async def _failed(self, error: GavelError, failures: int) -> None:
        pause_s = backoff_s(failures, self._settings, self._roll())
        log.warning("receive.failed", queue=self._line.name, code=error.code, failures=failures, pause_s=pause_s)
        record(RECEIVE_FAILED, 1, self._destination | {CODE: error.code})
        await asyncio.sleep(min(pause_s, self._settings.visibility_s))
