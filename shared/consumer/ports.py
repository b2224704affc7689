"""What the consumer needs from a queue and what handlers need to send; SQS and SNS implement it in `shared.aws`."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Protocol

from shared.contracts.cloudevents import CloudEvent

REDRIVEN: Final = "gavel-redriven"
"""The attribute of a message that an operator has sent again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One delivery. `attributes` are the string message attributes, with `AWSTraceHeader` among them when present."""

    id: str
    queue: str
    body: str
    receipt: str
    receive_count: int
    sent_at: datetime
    first_received_at: datetime
    group: str | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)

    @property
    def redriven_at(self) -> datetime | None:
        """When an operator has sent it again, out of quarantine."""
        return self.sent_at if REDRIVEN in self.attributes else None


Handler = Callable[[Message], Awaitable[None]]
"""Returns when everything that the message asked for is durable; the message is then deleted.

Raises Transient, Deferred or Permanent (see `shared.errors`) to have it retried, put back or quarantined. Any other
exception is a defect: the message is not settled and comes back when its visibility ends.
"""


class Queue(Protocol):
    """One SQS queue, seen by its consumer. Every method raises Transient when the queue can't be reached.

    Batch calls take any number; they return the receipts that failed, after those that failed by the queue's own fault
    were tried again.
    """

    name: str

    async def receive(self, *, limit: int, wait_s: int, visibility_s: int) -> Sequence[Message]:
        """Up to `limit` (1 to 10) messages, as soon as there is one and after `wait_s` (0 to 20) at the latest."""
        ...

    async def delete(self, receipts: Sequence[str]) -> Sequence[str]: ...

    async def change_visibility(self, changes: Sequence[tuple[str, int]]) -> Sequence[str]: ...

    async def put_back(self, message: Message, *, delay_s: int) -> None:
        """Send a copy that is seen after `delay_s` (at most 900 s), with a receive count that starts anew."""
        ...


class Outbox(Protocol):
    """Sends events to one queue; returns when the queue has the event. Raises Transient when it could not be reached,
    Permanent when it would never take this event."""

    async def send(self, event: CloudEvent[Any], *, group: str) -> None: ...


class Topic(Protocol):
    """Publishes events to one SNS topic; `attributes` are what subscribers filter on."""

    async def publish(self, event: CloudEvent[Any], *, attributes: Mapping[str, str], group: str) -> None: ...


class QuarantineStore(Protocol):
    """Keeps the original message, whole, then files the entry; returns when both are durable."""

    async def file(self, message: Message, *, code: str, detail: str, media_id: str | None) -> None: ...
