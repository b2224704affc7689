"""What is DynamoDB's own: how it looks there, what it costs, where it ends."""

from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from shared.aws.ledger import DynamoLedger
from shared.contracts.words import Action, Status
from shared.errors import Permanent, Transient
from shared.ledger.record import content_key
from tests.contract.ledger.conftest import NOW, Counted
from tests.contract.ledger.entries import FINDINGS, NOON, POLICY, after, evidence, submission, verdict


async def raw(dynamodb: Counted, table: str, pk: str, sk: str) -> dict[str, dict[str, object]]:
    answer = await dynamodb.get_item(TableName=table, Key={"pk": {"S": pk}, "sk": {"S": sk}})
    item: dict[str, dict[str, object]] = answer["Item"]
    return item


async def test_entries_are_native_maps_with_exact_numbers(
    dynamo_ledger: DynamoLedger, dynamodb: Counted, table: str
) -> None:
    await dynamo_ledger.add("m", evidence(*FINDINGS, at=after(1.5)))
    item = await raw(dynamodb, table, "m", "evidence#rekognition-image")
    assert item["type"] == {"S": "evidence"}
    assert item["at"] == {"S": "2026-03-10T12:00:01.500000Z"}
    found = item["evidence"]["M"]
    assert isinstance(found, dict)
    assert found["content_types"]["L"][0]["M"]["confidence"] == {"N": "93.9000015258789"}
    assert "adapter_used" not in found


async def test_only_summaries_are_in_the_indexes(dynamo_ledger: DynamoLedger, dynamodb: Counted, table: str) -> None:
    await dynamo_ledger.open("m", submission())
    await dynamo_ledger.add("m", verdict(1))
    summary = await raw(dynamodb, table, "m", "summary")
    assert summary["status_day"] == {"S": "received#2026-03-10"}
    assert summary["updated_at"] == {"S": "2026-03-10T12:00:00.000000Z"}
    assert "content_key" not in summary
    for key in ("submission", "verdict#0001"):
        assert {"status_day", "updated_at", "content_key"}.isdisjoint(await raw(dynamodb, table, "m", key))


async def test_an_automatic_decision_costs_these_requests(dynamo_ledger: DynamoLedger, dynamodb: Counted) -> None:
    await dynamo_ledger.open("m", submission())
    await dynamo_ledger.add("m", evidence(*FINDINGS))
    await dynamo_ledger.advance("m", Status.MODERATED, after(1))
    await dynamo_ledger.add("m", verdict(1))
    await dynamo_ledger.advance("m", Status.DONE, after(2), verdict=Action.APPROVE, verdict_number=1)
    await dynamo_ledger.record("m")
    assert dynamodb.calls == ["put_item", "put_item", "put_item", "update_item", "put_item", "update_item", "query"]


async def test_a_verdict_is_found_with_two_queries(dynamo_ledger: DynamoLedger, dynamodb: Counted) -> None:
    content = content_key("default", "ab" * 32, POLICY)
    await dynamo_ledger.open("m", submission())
    await dynamo_ledger.add("m", verdict(1))
    await dynamo_ledger.advance(
        "m", Status.DONE, after(1), verdict=Action.APPROVE, verdict_number=1, content_key=content
    )
    dynamodb.calls.clear()
    assert await dynamo_ledger.verdict_for(content) is not None
    assert dynamodb.calls == ["query", "query"]


async def test_a_status_is_looked_back_for_as_many_days_as_said(dynamodb: Counted, table: str) -> None:
    ledger = DynamoLedger(dynamodb, table, clock=lambda: NOW, look_back_days=7)
    for days in (7, 8):
        await ledger.open(f"{days} days", submission(NOON - timedelta(days=days)))
    dynamodb.calls.clear()
    assert [one.media_id async for one in ledger.by_status(Status.RECEIVED)] == ["7 days"]
    assert dynamodb.calls == ["query"] * 8


async def test_a_record_and_a_status_come_in_pages(dynamodb: Counted, table: str) -> None:
    class SmallPages(Counted):
        def query(self, **request: Any) -> Any:
            self.calls.append("query")
            return dynamodb.query(**request, Limit=2)

    pages = SmallPages(dynamodb)
    ledger = DynamoLedger(pages, table, clock=lambda: NOW, look_back_days=0)
    for number in range(4):
        await ledger.open(f"m{number}", submission(after(number)))
        await ledger.add("m0", verdict(number))
    pages.calls.clear()
    record = await ledger.record("m0")
    assert record is not None
    assert len(record.entries) == 5
    assert len(pages.calls) >= 3
    assert [one.media_id async for one in ledger.by_status(Status.RECEIVED)] == ["m0", "m1", "m2", "m3"]


async def test_evidence_beyond_the_item_limit_is_refused_before_it_is_sent(
    dynamo_ledger: DynamoLedger, dynamodb: Counted
) -> None:
    with pytest.raises(Permanent) as refused:
        await dynamo_ledger.add("m", evidence(*(FINDINGS * 5_000)))
    assert refused.value.code == "ledger-entry-too-large"
    assert dynamodb.calls == []


async def test_an_entry_of_a_newer_version_waits(dynamo_ledger: DynamoLedger, dynamodb: Counted, table: str) -> None:
    fields = {"pk": "m", "sk": "novelty", "type": "novelty", "at": "2026-03-10T12:00:00.000000Z"}
    await dynamodb.put_item(TableName=table, Item={name: {"S": value} for name, value in fields.items()})
    with pytest.raises(Transient) as unreadable:
        await dynamo_ledger.entry("m", "novelty")
    assert unreadable.value.code == "ledger-entry-unreadable"


async def test_a_lease_is_cleared_away_by_dynamodb(dynamo_ledger: DynamoLedger, dynamodb: Counted, table: str) -> None:
    await dynamo_ledger.lease("sweep", "a", now=NOON, ttl_s=10)
    item = await raw(dynamodb, table, "lease#sweep", "lease")
    assert int(str(item["expires_at"]["N"])) == int(NOON.timestamp()) + 11


async def test_a_missing_table_is_a_defect_not_a_wait(dynamodb: Counted) -> None:
    with pytest.raises(ClientError):
        await DynamoLedger(dynamodb, "nowhere", clock=lambda: NOW).record("m")
