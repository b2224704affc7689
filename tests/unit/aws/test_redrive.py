"""Quarantined messages go again as they were, to the queue that they came from."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from shared.aws.evidence import EvidenceStore
from shared.aws.redrive import Redriver
from shared.consumer.ports import REDRIVEN
from shared.errors import Permanent
from shared.ledger.entries import Quarantined

URL = "https://sqs.eu-west-1.amazonaws.com/111122223333/gavel-dev-media-events"


class Body:
    def __init__(self, body: bytes) -> None:
        self._body = body

    async def __aenter__(self) -> "Body":
        return self

    async def __aexit__(self, *error: object) -> None:
        """Nothing is open."""

    async def read(self) -> bytes:
        return self._body


class Aws:
    """An S3 that keeps one message, and an SQS that remembers what was sent."""

    def __init__(self, **kept: Any) -> None:
        self.kept = {"queue": "gavel-dev-media-events", "body": "{}", "group": "shop", "attributes": {}} | kept
        self.sent: list[dict[str, Any]] = []

    async def get_object(self, **request: Any) -> dict[str, Any]:
        body = json.dumps(self.kept).encode()
        return {"Body": Body(body), "ContentLength": len(body), "ETag": "x"}

    async def put_object(self, **request: Any) -> dict[str, Any]:
        raise AssertionError("nothing is written")

    async def send_message(self, **request: Any) -> dict[str, Any]:
        self.sent.append(request)
        return {}


def entry() -> Quarantined:
    return Quarantined(
        at=datetime(2026, 11, 21, tzinfo=UTC),
        id="q1",
        queue="q",
        code="c",
        detail="",
        receive_count=1,
        body_uri="s3://evidence/quarantine/q1.json",
    )


async def again(aws: Aws) -> None:
    await Redriver(aws, EvidenceStore(aws, "evidence"), {"media-events": URL}).again(entry())


@pytest.mark.parametrize("queue", ["media-events", "gavel-dev-media-events", "gavel-dev-media-events-dlq"])
async def test_a_queue_is_known_by_either_name_and_by_its_dead_letter_queues(queue: str) -> None:
    aws = Aws(queue=queue)
    await again(aws)
    (sent,) = aws.sent
    assert (sent["QueueUrl"], sent["MessageBody"], sent["MessageGroupId"]) == (URL, "{}", "shop")


async def test_what_is_sent_again_says_so() -> None:
    aws = Aws()
    await again(aws)
    assert aws.sent[0]["MessageAttributes"] == {REDRIVEN: {"DataType": "String", "StringValue": "true"}}


async def test_attributes_go_along_but_not_the_trace_that_has_ended() -> None:
    aws = Aws(attributes={"traceparent": "00-1-2-01", "AWSTraceHeader": "Root=1"})
    await again(aws)
    assert set(aws.sent[0]["MessageAttributes"]) == {"traceparent", REDRIVEN}


async def test_a_queue_that_is_no_more_is_told() -> None:
    aws = Aws(queue="gavel-dev-gone")
    with pytest.raises(Permanent, match="queue-gone"):
        await again(aws)
    assert aws.sent == []
