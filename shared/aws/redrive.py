"""Sends quarantined messages again, as they were: body, attributes and group, to the queue that they came from; and
marked, since who sends one again wants what a mere repeat must not do: another attempt."""

from collections.abc import Mapping
from typing import Any, Protocol

import msgspec

from shared.aws.errors import translated
from shared.aws.evidence import EvidenceStore
from shared.aws.quarantine import DEAD_LETTER_SUFFIX
from shared.aws.sqs import queue_name, string_attributes
from shared.consumer.ports import REDRIVEN
from shared.errors import Permanent
from shared.ledger.entries import Quarantined
from shared.telemetry.carrier import AWS_TRACE_HEADER


class SQS(Protocol):
    async def send_message(self, **request: Any) -> dict[str, Any]: ...


class _Kept(msgspec.Struct):
    """What `shared.aws.quarantine.document` wrote, as far as sending again needs it."""

    queue: str
    body: str
    group: str | None = None
    attributes: dict[str, str] = {}


class Redriver:
    """`queues` are the addresses of the stack's queues by their short names; messages keep the whole ones, of a
    dead-letter queue its source's."""

    def __init__(self, sqs: SQS, kept: EvidenceStore, queues: Mapping[str, str]) -> None:
        self._sqs = sqs
        self._kept = kept
        self._queues = {**queues, **{queue_name(url): url for url in queues.values()}}

    async def again(self, entry: Quarantined) -> None:
        """The entry stays, as everything in the ledger does; a redriven item moves on by itself.

        Raises Transient when S3 or SQS can't be reached, Permanent for a message or a queue that isn't there any more.
        """
        try:
            kept = msgspec.convert(await self._kept.get_json(entry.body_uri), _Kept)
        except msgspec.ValidationError as error:
            raise Permanent("quarantine-unreadable", "what is kept of the message isn't what was written") from error
        url = self._queues.get(kept.queue.removesuffix(DEAD_LETTER_SUFFIX))
        if url is None:
            raise Permanent("queue-gone", f"there is no queue {kept.queue} in this stack")
        # X-Ray's header would make the message a part of a trace that ended with its quarantine.
        attributes = {name: value for name, value in kept.attributes.items() if name != AWS_TRACE_HEADER}
        request: dict[str, Any] = {
            "QueueUrl": url,
            "MessageBody": kept.body,
            "MessageAttributes": string_attributes(attributes | {REDRIVEN: "true"}),
        }
        if kept.group:
            request["MessageGroupId"] = kept.group
        with translated("sqs"):
            await self._sqs.send_message(**request)
