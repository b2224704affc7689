"""Queues, outboxes, topics and the quarantine in memory. `tests/contract/queues` holds them to the same tests as SQS,
SNS and S3.
"""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from shared.consumer.ports import Message
from shared.contracts.cloudevents import CloudEvent, encode
from shared.errors import GavelError

EPOCH = datetime(2026, 11, 21, 8, tzinfo=UTC)
"""The wall clock's time when a loop's clock shows zero."""

VISIBILITY_LIMIT_S = 12 * 60 * 60


def wall_clock() -> datetime:
    """The running loop's time as a wall clock's: in virtual time both go together."""
    return EPOCH + timedelta(seconds=asyncio.get_running_loop().time())


@dataclass
class _Stored:
    id: str
    body: str
    group: str | None
    attributes: dict[str, str]
    sent_at: datetime
    visible_at: float
    receive_count: int = 0
    first_received_at: datetime | None = None
    receipt: str | None = None
    received_at: float = 0.0


@dataclass
class FakeQueue:
    """SQS as its consumer sees it, on the running loop's clock: long polls, visibility, redrive, receive counts.

    `calls` counts requests as SQS does, ten entries to one. `fail_next` lets a whole call fail, `refuse` single
    entries of batch calls (by message id), each once.
    """

    name: str = "fake"
    max_receive_count: int = 8
    dead_letters: "FakeQueue | None" = None
    calls: Counter[str] = field(default_factory=Counter)
    limits: list[int] = field(default_factory=list)
    """What each receive asked for."""
    changes: list[tuple[float, str, int]] = field(default_factory=list)
    """When which message was to become invisible for how many seconds."""
    log: list[str] = field(default_factory=list)
    """The methods in order of their calls."""
    _stored: list[_Stored] = field(default_factory=list)
    _issued: set[str] = field(default_factory=set)
    _failures: dict[str, list[BaseException]] = field(default_factory=dict)
    _refused: dict[str, list[str]] = field(default_factory=dict)
    _arrived: asyncio.Event = field(default_factory=asyncio.Event)
    _given_up: list[tuple[float, int]] = field(default_factory=list)
    """Until when a poll would have waited whose caller has gone, and with which visibility."""

    # What tests do and see

    def put(
        self,
        body: str = "{}",
        *,
        group: str | None = None,
        attributes: Mapping[str, str] | None = None,
        delay_s: float = 0,
    ) -> str:
        """Send one message, as a producer would; returns its id."""
        stored = _Stored(
            id=str(uuid4()),
            body=body,
            group=group,
            attributes=dict(attributes or {}),
            sent_at=wall_clock(),
            visible_at=self._now() + delay_s,
        )
        self._stored.append(stored)
        self._arrived.set()
        self._answer_given_up_polls()
        return stored.id

    def fail_next(self, method: str, *errors: BaseException) -> None:
        """Let the next calls of `method` raise these, one each."""
        self._failures.setdefault(method, []).extend(errors)

    def refuse(self, method: str, *ids: str) -> None:
        """Let the next `method` that names one of these messages fail for it."""
        self._refused.setdefault(method, []).extend(ids)

    @property
    def ids(self) -> list[str]:
        """Every message that is there, visible or not."""
        return [one.id for one in self._stored]

    @property
    def in_flight(self) -> list[str]:
        """Messages that somebody received and that aren't visible again yet."""
        return [one.id for one in self._stored if one.receipt and one.visible_at > self._now()]

    @property
    def visible(self) -> list[str]:
        return [one.id for one in self._stored if one.visible_at <= self._now()]

    def invisible_for_s(self, id_: str) -> float:
        return max(0.0, next(one.visible_at for one in self._stored if one.id == id_) - self._now())

    def receive_count(self, id_: str) -> int:
        return next(one.receive_count for one in self._stored if one.id == id_)

    # The port

    async def receive(self, *, limit: int, wait_s: int, visibility_s: int) -> Sequence[Message]:
        assert 1 <= limit <= 10
        assert 0 <= wait_s <= 20
        self._called("receive", 1)
        self.limits.append(limit)
        end = self._now() + wait_s
        while not (taken := self._take(limit, visibility_s)):
            next_visible = min((one.visible_at for one in self._stored), default=end)
            self._arrived.clear()
            try:
                async with asyncio.timeout_at(min(end, next_visible)):
                    await self._arrived.wait()
            except TimeoutError:
                if self._now() >= end:
                    return self._take(limit, visibility_s)
            except asyncio.CancelledError:
                self._given_up.append((end, visibility_s))
                raise
        return taken

    async def delete(self, receipts: Sequence[str]) -> Sequence[str]:
        ids = {receipt: _id_of(receipt) for receipt in receipts}
        self._called("delete", _requests(receipts))
        refused = self._refuse("delete", ids)
        refused.extend(receipt for receipt in ids if receipt not in self._issued)
        gone = {id_ for receipt, id_ in ids.items() if receipt not in refused}
        self._stored = [one for one in self._stored if one.id not in gone]
        return refused

    async def change_visibility(self, changes: Sequence[tuple[str, int]]) -> Sequence[str]:
        ids = {receipt: _id_of(receipt) for receipt, _ in changes}
        self._called("visibility", _requests(changes))
        self.changes.extend((self._now(), ids[receipt], seconds) for receipt, seconds in changes)
        refused = self._refuse("visibility", ids)
        for receipt, seconds in changes:
            stored = next((one for one in self._stored if one.receipt == receipt), None)
            if receipt in refused:
                continue
            if stored is None or stored.visible_at <= self._now() or self._is_too_long(stored, seconds):
                refused.append(receipt)
                continue
            stored.visible_at = self._now() + seconds
            self._arrived.set()
        return refused

    async def put_back(self, message: Message, *, delay_s: int) -> None:
        assert 0 <= delay_s <= 900
        self._called("put_back", 1)
        self.put(message.body, group=message.group, attributes=message.attributes, delay_s=delay_s)

    def _answer_given_up_polls(self) -> None:
        """SQS doesn't see that a caller has gone; what it answers then, nobody gets."""
        waiting = [(end, visibility_s) for end, visibility_s in self._given_up if end > self._now()]
        if waiting and self._take(1, waiting[0][1]):
            waiting.pop(0)
        self._given_up = waiting

    def _take(self, limit: int, visibility_s: int) -> list[Message]:
        visible = [one for one in self._stored if one.visible_at <= self._now()]
        spent = [one for one in visible if one.receive_count >= self.max_receive_count]
        for one in spent:
            self._stored.remove(one)
            if self.dead_letters is not None:
                self.dead_letters.redrive(one)
        fresh = [one for one in visible if one not in spent]
        return [self._deliver(one, visibility_s) for one in fresh[:limit]]

    def redrive(self, stored: _Stored) -> None:
        """Take a message over from the queue whose dead letters this queue keeps: same id, counts anew."""
        stored.receive_count, stored.receipt, stored.first_received_at = 0, None, None
        self._stored.append(stored)
        self._arrived.set()

    def _deliver(self, stored: _Stored, visibility_s: int) -> Message:
        stored.receive_count += 1
        stored.first_received_at = stored.first_received_at or wall_clock()
        stored.receipt = f"{stored.id}/{stored.receive_count}"
        self._issued.add(stored.receipt)
        stored.received_at = self._now()
        stored.visible_at = self._now() + visibility_s
        return Message(
            id=stored.id,
            queue=self.name,
            body=stored.body,
            receipt=stored.receipt,
            receive_count=stored.receive_count,
            sent_at=stored.sent_at,
            first_received_at=stored.first_received_at,
            group=stored.group,
            attributes=dict(stored.attributes),
        )

    def _is_too_long(self, stored: _Stored, seconds: int) -> bool:
        """SQS documents 12 hours from the receive on; LocalStack doesn't hold anybody to them."""
        return self._now() + seconds > stored.received_at + VISIBILITY_LIMIT_S

    def _called(self, method: str, requests: int) -> None:
        self.calls[method] += requests
        self.log.append(method)
        if waiting := self._failures.get(method):
            raise waiting.pop(0)

    def _refuse(self, method: str, ids: Mapping[str, str]) -> list[str]:
        waiting = self._refused.get(method, [])
        refused = [receipt for receipt, id_ in ids.items() if id_ in waiting]
        for receipt in refused:
            waiting.remove(ids[receipt])
        return refused

    def _now(self) -> float:
        return asyncio.get_running_loop().time()


@dataclass
class FakeOutbox:
    """Keeps what was sent, in order, with its group; puts it into `queue` too where there is one."""

    sent: list[tuple[CloudEvent[Any], str]] = field(default_factory=list)
    failures: list[GavelError] = field(default_factory=list)
    """Raised by the next sends, one each; nothing is sent then."""
    queue: FakeQueue | None = None

    async def send(self, event: CloudEvent[Any], *, group: str) -> None:
        if self.failures:
            raise self.failures.pop(0)
        self.sent.append((event, group))
        if self.queue is not None:
            self.queue.put(encode(event), group=group)


@dataclass
class FakeTopic:
    """Keeps what was published, in order; puts it into the subscribed `queue` too where there is one (raw delivery)."""

    published: list[tuple[CloudEvent[Any], dict[str, str], str]] = field(default_factory=list)
    failures: list[GavelError] = field(default_factory=list)
    """Raised by the next publishes, one each; nothing is published then."""
    queue: FakeQueue | None = None

    async def publish(self, event: CloudEvent[Any], *, attributes: Mapping[str, str], group: str) -> None:
        if self.failures:
            raise self.failures.pop(0)
        self.published.append((event, dict(attributes), group))
        if self.queue is not None:
            self.queue.put(encode(event), group=group, attributes=attributes)


@dataclass(frozen=True, kw_only=True)
class Filed:
    message: Message
    code: str
    detail: str
    media_id: str | None


@dataclass
class FakeQuarantine:
    """Keeps what was filed, repeats included; `failures` are raised first, one a call."""

    filed: list[Filed] = field(default_factory=list)
    failures: list[BaseException] = field(default_factory=list)

    async def file(self, message: Message, *, code: str, detail: str, media_id: str | None) -> None:
        if self.failures:
            raise self.failures.pop(0)
        self.filed.append(Filed(message=message, code=code, detail=detail, media_id=media_id))


def _requests(entries: Sequence[object]) -> int:
    return -(-len(entries) // 10)


def _id_of(receipt: str) -> str:
    return receipt.rpartition("/")[0]
