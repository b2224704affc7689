"""Reads what bulk analysis said of one image out of the file where a job has put its results."""

import json
from typing import Any, Final, Protocol

from shared.aws.errors import translated
from shared.aws.rekognition import read_answer
from shared.contracts.delivered import FOLDER, DeliveredAnswer, Delivery, delivery_key, read_delivery
from shared.contracts.messages import MediaRef
from shared.detection import Detection
from shared.errors import Permanent

GONE: Final = {"NoSuchKey": "bulk-answer-missing", "InvalidRange": "bulk-answer-missing"}


class S3Client(Protocol):
    async def get_object(self, **request: Any) -> dict[str, Any]: ...


class BulkAnswers:
    def __init__(self, client: S3Client, bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    async def delivery(self, run: str, media_id: str) -> Delivery:
        """What this run has delivered for this item. Raises Permanent where that is nothing that can be read, Transient
        when S3 can't be reached."""
        return read_delivery(await self._content(delivery_key(run, media_id)))

    async def read(self, answer: DeliveredAnswer, about: MediaRef) -> Detection:
        """The detection of this object. Raises Permanent when the line is elsewhere, about another object or none that
        can be read, Transient when S3 can't be reached."""
        line = await self._line(answer)
        try:
            document = json.loads(line)
            ref, said = document["source-ref"], read_answer(document["detect-moderation-labels"])
        except (ValueError, RecursionError, KeyError, TypeError, AttributeError) as error:
            raise Permanent(
                "bulk-answer-unreadable", "what was delivered is no line of a bulk job's results"
            ) from error
        if ref != f"s3://{about.bucket}/{about.key}":
            raise Permanent("bulk-answer-of-another", "what was delivered is about another object")
        return said

    async def _line(self, answer: DeliveredAnswer) -> bytes:
        start = f"s3://{self._bucket}/"
        key = answer.uri.removeprefix(start)
        if not answer.uri.startswith(start) or not key.startswith(FOLDER):
            raise Permanent("bulk-answer-elsewhere", "answers are delivered in the evidence bucket only")
        wanted = f"bytes={answer.offset}-{answer.offset + answer.size_bytes - 1}"
        return await self._content(key, Range=wanted)

    async def _content(self, key: str, **more: str) -> bytes:
        with translated("evidence", GONE):
            found = await self._client.get_object(Bucket=self._bucket, Key=key, **more)
            async with found["Body"] as body:
                content: bytes = await body.read()
                return content
