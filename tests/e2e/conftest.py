"""One local stack for all end-to-end tests: the same program as deployed, on the emulator, with the services as tasks.

`pipeline` is what tests use (see `tests/e2e/pipeline.py`). The stack is shared: a test makes its own media under random
keys, and takes back the faults it set.
"""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest
import pytest_asyncio

from cli.connection import connect, point_to_local
from cli.local import LocalStack, local_stack
from shared.contracts.cloudevents import decode
from shared.contracts.messages import ALERT_RAISED, AlertRaised
from tests.e2e.pipeline import Pipeline, Verdicts
from tests.e2e.reviews import DESK_TENANT, add_desk_tenant
from tests.e2e.silent import make_silent_bucket, with_silent_bucket
from tests.e2e.verified import add_learning_tenant


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStack]:
    before = dict(os.environ)
    with local_stack(tmp_path_factory.mktemp("stack"), settings=with_silent_bucket()) as stack:
        point_to_local(stack.state)
        add_desk_tenant(stack)
        make_silent_bucket(stack)
        add_learning_tenant(stack)
        yield stack
    for name in set(os.environ) - set(before):
        del os.environ[name]


@dataclass(frozen=True, kw_only=True)
class Inboxes:
    """Real subscribers: the addresses of their queues, and what they got so far."""

    verdict_queue: str
    alert_queue: str
    verdicts: Verdicts
    alerts: dict[str, list[str]]


@pytest.fixture(scope="session")
def inboxes(stack: LocalStack) -> Inboxes:
    tenants = {"tenant": ["default", "marketplace", DESK_TENANT], "verdict": ["approve", "restrict", "reject"]}
    return Inboxes(
        verdict_queue=_subscribed(stack, "verdicts", tenants),
        alert_queue=_subscribed(stack, "alerts", {"severity": ["critical"]}),
        verdicts=Verdicts(),
        alerts={},
    )


@pytest.fixture
def alerts(inboxes: Inboxes) -> dict[str, list[str]]:
    """The codes of critical alerts by media id, one for each alert whatever its repeats."""
    return inboxes.alerts


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def pipeline(stack: LocalStack, inboxes: Inboxes) -> AsyncIterator[Pipeline]:
    async with connect("local") as connection:
        listening = [
            asyncio.create_task(_listen(connection.sqs, inboxes.verdict_queue, inboxes.verdicts.take)),
            asyncio.create_task(_listen(connection.sqs, inboxes.alert_queue, _AlertReader(inboxes.alerts).take)),
        ]
        yield Pipeline(stack=stack, connection=connection, verdicts=inboxes.verdicts)
        for task in listening:
            task.cancel()
        await asyncio.gather(*listening, return_exceptions=True)


@pytest.fixture(autouse=True)
def _faults_are_taken_back(stack: LocalStack) -> Iterator[None]:
    yield
    stack.control("faults", method="DELETE")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All of these tests share one event loop, and so their clients: making them anew costs most of a second."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


class _AlertReader:
    def __init__(self, alerts: dict[str, list[str]]) -> None:
        self._alerts = alerts
        self._seen: set[str] = set()

    def take(self, message: Mapping[str, Any]) -> None:
        event = decode(message["Body"], ALERT_RAISED, AlertRaised)
        if event.id not in self._seen:
            self._seen.add(event.id)
            self._alerts.setdefault(event.subject, []).append(event.data.code)


def _subscribed(stack: LocalStack, topic: str, filter_policy: Mapping[str, list[str]]) -> str:
    """A new queue that gets what the filter policy lets through, raw."""
    aws = {"endpoint_url": stack.state.endpoint, "region_name": stack.state.region}
    sqs, sns = boto3.client("sqs", **aws), boto3.client("sns", **aws)
    # A test's end cuts off its last long poll, and what that had just received must come back for the next test.
    url: str = sqs.create_queue(QueueName=f"e2e-{topic}", Attributes={"VisibilityTimeout": "1"})["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sns.subscribe(
        TopicArn=stack.outputs["topics"][topic],
        Protocol="sqs",
        Endpoint=arn,
        Attributes={"RawMessageDelivery": "true", "FilterPolicy": json.dumps(filter_policy)},
    )
    return url


async def _listen(sqs: Any, url: str, take: Callable[[Mapping[str, Any]], None]) -> None:
    while True:
        answer = await sqs.receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=2, MessageAttributeNames=["All"]
        )
        for message in answer.get("Messages", []):
            take(message)
            await sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
