"""The verified sets that the contract is held against, each empty at the start of a test."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from shared.aws.verified import DynamoVerified
from shared.verification.port import Verified
from tests.contract.clients import Clients
from tests.fakes.verified import MemoryVerified


@pytest.fixture
async def dynamo_verified(clients: Clients, unique: Callable[[str], str]) -> AsyncIterator[DynamoVerified]:
    name = unique("verified")
    async with clients("dynamodb") as opened:
        await create_table(opened["dynamodb"], name)
        yield DynamoVerified(opened["dynamodb"], name)
        await opened["dynamodb"].delete_table(TableName=name)


@pytest.fixture(params=["memory", "dynamodb"])
def verified(request: pytest.FixtureRequest) -> Verified:
    if request.param == "memory":
        return MemoryVerified()
    found: Verified = request.getfixturevalue("dynamo_verified")
    return found


async def create_table(client: Any, name: str) -> None:
    """As the program of infra/ makes it."""
    await client.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in ("pk", "sk")],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
    )
