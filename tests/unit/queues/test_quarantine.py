import json
from datetime import UTC, datetime, timedelta

import pytest

from shared.aws.quarantine import S3QuarantineStore, quarantine_id
from shared.consumer.ports import Message
from shared.contracts.words import Status
from shared.errors import Transient
from shared.ledger.entries import Quarantined
from tests.fakes.aws import ScriptedClient, refusal
from tests.fakes.ledger import MemoryLedger

SENT = datetime(2026, 11, 20, 23, 59, tzinfo=UTC)
NOW = datetime(2026, 11, 21, 8, tzinfo=UTC)


def message(queue: str = "gavel-local-outcomes", receive_count: int = 2) -> Message:
    return Message(
        id="m1",
        queue=queue,
        body="{oops",
        receipt="r1",
        receive_count=receive_count,
        sent_at=SENT,
        first_received_at=SENT + timedelta(seconds=1),
        group="tenant-a",
        attributes={"traceparent": "00-x"},
    )


def store(client: ScriptedClient, ledger: MemoryLedger) -> S3QuarantineStore:
    return S3QuarantineStore(client, "evidence", ledger, clock=lambda: NOW)


async def test_the_message_is_kept_whole_and_then_filed() -> None:
    client, ledger = ScriptedClient(put_object=[{}]), MemoryLedger()
    await store(client, ledger).file(message(), code="not-json", detail="begins with {oops", media_id=None)
    ((_, request),) = client.asked
    id_ = quarantine_id(message())
    assert (request["Bucket"], request["Key"]) == ("evidence", f"quarantine/2026/11/20/{id_}.json")
    assert json.loads(request["Body"]) == {
        "code": "not-json",
        "detail": "begins with {oops",
        "media_id": None,
        "queue": "gavel-local-outcomes",
        "message_id": "m1",
        "receive_count": 2,
        "sent_at": "2026-11-20T23:59:00Z",
        "first_received_at": "2026-11-20T23:59:01Z",
        "group": "tenant-a",
        "attributes": {"traceparent": "00-x"},
        "body": "{oops",
    }
    record = await ledger.record(f"quarantine#{id_}")
    assert record is not None
    assert record.summary.status is Status.QUARANTINED
    assert record.entries == (
        Quarantined(
            at=NOW,
            id=id_,
            queue="gavel-local-outcomes",
            code="not-json",
            detail="begins with {oops",
            receive_count=2,
            body_uri=f"s3://evidence/quarantine/2026/11/20/{id_}.json",
        ),
    )


async def test_filing_again_changes_nothing() -> None:
    client, ledger = ScriptedClient(put_object=[{}, {}]), MemoryLedger()
    for receive_count in (2, 3):
        await store(client, ledger).file(message(receive_count=receive_count), code="c", detail="", media_id="m")
    assert len({request["Key"] for _, request in client.asked}) == 1
    assert len(ledger.items["m"].entries) == 1


async def test_the_same_message_from_the_dead_letter_queue_is_the_same_entry() -> None:
    assert quarantine_id(message()) == quarantine_id(message("gavel-local-outcomes-dlq"))
    assert quarantine_id(message()) != quarantine_id(message("gavel-local-review-requests"))


async def test_nothing_is_filed_that_could_not_be_kept() -> None:
    client, ledger = ScriptedClient(put_object=[refusal("SlowDown", status=503)]), MemoryLedger()
    with pytest.raises(Transient) as caught:
        await store(client, ledger).file(message(), code="c", detail="", media_id=None)
    assert (caught.value.code, ledger.items) == ("s3-throttled", {})
