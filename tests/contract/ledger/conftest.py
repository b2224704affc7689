"""The ledgers that the contract is held against, each empty at the start of a test."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from shared.aws.ledger import DynamoLedger
from shared.ledger.port import Ledger
from tests.contract.clients import Clients
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
def table(unique: Callable[[str], str]) -> str:
    return unique("ledger")


@pytest.fixture
async def dynamodb(clients: Clients, table: str) -> AsyncIterator[Counted]:
    async with clients("dynamodb") as opened:
        await create_ledger_table(opened["dynamodb"], table)
        yield Counted(opened["dynamodb"])
        await opened["dynamodb"].delete_table(TableName=table)


@pytest.fixture
def dynamo_ledger(dynamodb: Counted, table: str) -> DynamoLedger:
    return DynamoLedger(dynamodb, table, clock=lambda: NOW)


@pytest.fixture(params=["memory", "dynamodb"])
def ledger(request: pytest.FixtureRequest) -> Ledger:
    if request.param == "memory":
        return MemoryLedger()
    ledger: Ledger = request.getfixturevalue("dynamo_ledger")
    return ledger
