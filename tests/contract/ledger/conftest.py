"""The ledgers that the contract is held against, each empty at the start of a test."""

import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from shared.aws.clients import open_clients
from shared.aws.ledger import DynamoLedger
from shared.ledger.port import Ledger
from tests.contract.ledger.table import create_ledger_table
from tests.fakes.ledger import MemoryLedger

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)


class Counted:
    """A DynamoDB client that counts its calls."""

    def __init__(self, client: Any) -> None:
        self.calls: list[str] = []
        self._client = client

    def __getattr__(self, operation: str) -> Any:
        self.calls.append(operation)
        return getattr(self._client, operation)


@pytest.fixture
def table() -> str:
    return f"ledger-{uuid4().hex[:12]}"


@pytest.fixture
def endpoint(monkeypatch: pytest.MonkeyPatch) -> str:
    url = os.environ["GAVEL_TRY_ENDPOINT"]
    for name, value in (("AWS_ACCESS_KEY_ID", "test"), ("AWS_SECRET_ACCESS_KEY", "test"), ("AWS_ENDPOINT_URL", url)):
        monkeypatch.setenv(name, value)
    return url


@pytest.fixture
async def dynamodb(endpoint: str, table: str) -> AsyncIterator[Counted]:
    async with open_clients("dynamodb", region="us-east-1") as clients:
        await create_ledger_table(clients["dynamodb"], table)
        yield Counted(clients["dynamodb"])
        await clients["dynamodb"].delete_table(TableName=table)


@pytest.fixture
def dynamo_ledger(dynamodb: Counted, table: str) -> DynamoLedger:
    return DynamoLedger(dynamodb, table, clock=lambda: NOW)


@pytest.fixture(params=["memory", "dynamodb"])
def ledger(request: pytest.FixtureRequest) -> Ledger:
    if request.param == "memory":
        return MemoryLedger()
    ledger: Ledger = request.getfixturevalue("dynamo_ledger")
    return ledger
