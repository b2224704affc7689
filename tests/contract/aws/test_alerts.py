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


class Inbox:
    """A queue that is subscribed to a topic, and the alerts of that topic."""

    def __init__(self, opened: dict[str, Any], counts: DynamoAlertCounts, name: str) -> None:
        self._sqs, self._sns, self._name = opened["sqs"], opened["sns"], name
        self._counts = counts
        self._url = ""

    async def alerts(self) -> Alerts:
        topic = (await self._sns.create_topic(Name=self._name))["TopicArn"]
        self._url = (await self._sqs.create_queue(QueueName=self._name))["QueueUrl"]
        told = await self._sqs.get_queue_attributes(QueueUrl=self._url, AttributeNames=["QueueArn"])
        arn = told["Attributes"]["QueueArn"]
        raw = {"RawMessageDelivery": "true"}
        await self._sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes=raw)
        return Alerts(
            topic=SnsTopic(self._sns, topic),
            counts=self._counts,
            clock=lambda: HOUR,
            stack="test",
            singly=5,
            console_url="https://console.example.org",
        )

    async def got(self, number: int) -> list[Any]:
        """So many messages; fewer come within the wait only where there are fewer."""
        found: list[Any] = []
        while len(found) < number:
            answer = await self._sqs.receive_message(QueueUrl=self._url, WaitTimeSeconds=20, MaxNumberOfMessages=10)
            found += [json.loads(message["Body"]) for message in answer["Messages"]]
        return found

    async def is_empty(self) -> bool:
        return not (await self._sqs.receive_message(QueueUrl=self._url)).get("Messages")


def raised(number: int = 1) -> CloudEvent[AlertRaised]:
    name = f"m{number}"
    alert = AlertRaised(code="policy-alert", severity=Severity.CRITICAL, text=f"{name} got reject.", media_id=name)
    return CloudEvent(id=f"a{number}", source="t", type=ALERT_RAISED, subject=name, time=HOUR, data=alert)


async def test_a_queue_gets_the_event_and_not_the_mail(
    opened: dict[str, Any], counts: DynamoAlertCounts, unique: Callable[[str], str]
) -> None:
    inbox = Inbox(opened, counts, unique("alerts"))
    await (await inbox.alerts()).publish(raised(), attributes={"code": "policy-alert"}, group="shop")
    (told,) = await inbox.got(1)
    assert (told["id"], told["type"], told["data"]["text"]) == ("a1", ALERT_RAISED, "m1 got reject.")
    assert told["data"]["link"] == "https://console.example.org/items/m1"


async def test_of_a_storm_from_many_hands_at_once_subscribers_get_a_few(
    opened: dict[str, Any], counts: DynamoAlertCounts, unique: Callable[[str], str]
) -> None:
    inbox = Inbox(opened, counts, unique("alerts"))
    alerts = await inbox.alerts()
    attributes = {"code": "policy-alert"}
    await asyncio.gather(*(alerts.publish(raised(number), attributes=attributes, group="") for number in range(40)))
    assert sorted(each["data"].get("count", 1) for each in await inbox.got(7)) == [1, 1, 1, 1, 1, 6, 10]
    assert await inbox.is_empty()
