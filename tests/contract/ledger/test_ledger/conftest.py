"""The ledgers that are held to the contract."""

from uuid import uuid4

import pytest

from shared.aws.ledger import DynamoLedger
from shared.ledger.port import Ledger
from tests.contract.ledger.conftest import NOW
from tests.fakes.dynamodb import Table
from tests.fakes.ledger import MemoryLedger


@pytest.fixture(params=["memory", "metered", "dynamodb"])
def ledger(request: pytest.FixtureRequest) -> Ledger:
    """Besides the two, the real one over the DynamoDB in memory that tests meter its requests with."""
    if request.param == "memory":
        return MemoryLedger()
    if request.param == "metered":
        return DynamoLedger(Table(), "ledger", clock=lambda: NOW)
    ledger: Ledger = request.getfixturevalue("dynamo_ledger")
    return ledger


@pytest.fixture
def media_id() -> str:
    return uuid4().hex[:26]
