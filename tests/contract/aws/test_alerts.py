"""Alerts on the real wire: counted by DynamoDB, published by SNS, and the event itself for queues."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from shared.alerts import Alerts
from shared.aws.alert_counts import DynamoAlertCounts
from shared.aws.sns import SnsTopic
from shared.contracts.cloudevents import CloudEvent
from shared.contracts.messages import ALERT_RAISED, AlertRaised
from shared.contracts.words import Severity
from tests.contract.clients import Clients
from tests.contract.ledger.table import create_ledger_table

HOUR = datetime(2026, 11, 21, 14, tzinfo=UTC)
NEXT_HOUR = datetime(2026, 11, 21, 15, tzinfo=UTC)


@pytest.fixture
async def opened(clients: Clients) -> AsyncIterator[dict[str, Any]]:
    async with clients("dynamodb", "sns", "sqs") as found:
        yield found


@pytest.fixture
async def counts(opened: dict[str, Any], unique: Callable[[str], str]) -> AsyncIterator[DynamoAlertCounts]:
    table = unique("ledger")
    await create_ledger_table(opened["dynamodb"], table)
    yield DynamoAlertCounts(opened["dynamodb"], table)
    await opened["dynamodb"].delete_table(TableName=table)


async def test_of_alerts_at_once_each_has_a_number_of_its_own(counts: DynamoAlertCounts) -> None:
    numbers = await asyncio.gather(*(counts.count("policy-alert#shop", HOUR) for _ in range(10)))
    assert sorted(numbers) == list(range(1, 11))


async def test_kinds_and_hours_are_counted_apart(counts: DynamoAlertCounts) -> None:
    await counts.count("policy-alert#shop", HOUR)
    assert await counts.count("policy-alert#blog", HOUR) == 1
    assert await counts.count("policy-alert#shop", NEXT_HOUR) == 1


async def test_a_queue_gets_the_event_and_not_the_mail(
    opened: dict[str, Any], counts: DynamoAlertCounts, unique: Callable[[str], str]
) -> None:
    sqs, sns = opened["sqs"], opened["sns"]
    topic = (await sns.create_topic(Name=unique("alerts")))["TopicArn"]
    url = (await sqs.create_queue(QueueName=unique("inbox")))["QueueUrl"]
    arn = (await sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"]))["Attributes"]["QueueArn"]
    await sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"})
    alert = AlertRaised(code="policy-alert", severity=Severity.CRITICAL, text="m1 got reject.", media_id="m1")
    event = CloudEvent(id="a1", source="t", type=ALERT_RAISED, subject="m1", time=HOUR, data=alert)
    alerts = Alerts(
        topic=SnsTopic(sns, topic),
        counts=counts,
        clock=lambda: HOUR,
        stack="test",
        singly=5,
        console_url="https://console.example.org",
    )
    await alerts.publish(event, attributes={"code": "policy-alert"}, group="shop")
    (message,) = (await sqs.receive_message(QueueUrl=url, WaitTimeSeconds=20))["Messages"]
    told = json.loads(message["Body"])
    assert (told["id"], told["type"], told["data"]["text"]) == ("a1", ALERT_RAISED, "m1 got reject.")
    assert told["data"]["link"] == "https://console.example.org/media/m1"
