from collections.abc import AsyncIterator, Callable

import pytest

from shared.aws.membership import DynamoMembership
from shared.membership import Membership
from tests.contract.a2i.conftest import empty_studio, session, studio  # noqa: F401  fixtures
from tests.contract.clients import Clients
from tests.contract.ledger.table import create_ledger_table
from tests.fakes.membership import MemoryMembership


@pytest.fixture
async def dynamo_membership(clients: Clients, unique: Callable[[str], str]) -> AsyncIterator[DynamoMembership]:
    table = unique("ledger")
    async with clients("dynamodb") as opened:
        await create_ledger_table(opened["dynamodb"], table)
        yield DynamoMembership(opened["dynamodb"], table, "rekognition")
        await opened["dynamodb"].delete_table(TableName=table)


@pytest.fixture(params=["memory", "dynamodb"])
def membership(request: pytest.FixtureRequest) -> Membership:
    if request.param == "memory":
        return MemoryMembership()
    found: Membership = request.getfixturevalue("dynamo_membership")
    return found
