"""Quarantine: the message whole in S3, and why it is there in the ledger."""

import hashlib
from typing import Any, Final, Protocol

import msgspec

from shared.aws.errors import translated
from shared.clock import Clock
from shared.consumer.ports import Message
from shared.ledger.entries import Quarantined
from shared.ledger.port import Ledger
from shared.telemetry.metrics import CODE, DESTINATION, QUARANTINED, record

DEAD_LETTER_SUFFIX: Final = "-dlq"


class S3(Protocol):
    """What this module uses of aiobotocore's client."""

    async def put_object(self, **request: Any) -> dict[str, Any]: ...


class S3QuarantineStore:
    """Keeps messages at `quarantine/<yyyy>/<mm>/<dd>/<id>.json`, by the day they were sent.

    Id and place follow from the message alone, so filing it again, after a crash or from the dead-letter queue of the
    same queue, writes the same object and one ledger entry.
    """

    def __init__(self, client: S3, bucket: str, ledger: Ledger, *, clock: Clock) -> None:
        self._client = client
        self._bucket = bucket
        self._ledger = ledger
        self._clock = clock

    async def file(self, message: Message, *, code: str, detail: str, media_id: str | None) -> None:
        id_ = quarantine_id(message)
        key = f"quarantine/{message.sent_at:%Y/%m/%d}/{id_}.json"
        with translated("s3"):
            await self._client.put_object(
                Bucket=self._bucket,
                Key=key,
                Body=document(message, code=code, detail=detail, media_id=media_id),
                ContentType="application/json",
            )
        await self._ledger.quarantine(
            Quarantined(
                at=self._clock(),
                id=id_,
                queue=message.queue,
                code=code,
                detail=detail,
                receive_count=message.receive_count,
                body_uri=f"s3://{self._bucket}/{key}",
                media_id=media_id,
            )
        )
        record(QUARANTINED, 1, {DESTINATION: message.queue, CODE: code})


def quarantine_id(message: Message) -> str:
    """32 hexadecimal characters of a SHA-256 over queue and message id, which a redrive doesn't change."""
    queue = message.queue.removesuffix(DEAD_LETTER_SUFFIX)
    return hashlib.sha256(f"{queue}\x1f{message.id}".encode()).hexdigest()[:32]


def document(message: Message, *, code: str, detail: str, media_id: str | None) -> bytes:
    """Everything that sending the message again needs, and why it is here, as JSON."""
    return msgspec.json.encode(
        {
            "code": code,
            "detail": detail,
            "media_id": media_id,
            "queue": message.queue,
            "message_id": message.id,
            "receive_count": message.receive_count,
            "sent_at": message.sent_at,
            "first_received_at": message.first_received_at,
            "group": message.group,
            "attributes": dict(message.attributes),
            "body": message.body,
        }
    )
