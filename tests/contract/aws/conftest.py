from collections.abc import AsyncIterator, Callable

import pytest

from shared.aws.membership import DynamoMembership
from shared.aws.slots import DynamoSlotAccount
from shared.membership import Membership
from shared.slots import SlotAccount
from tests.contract.a2i.conftest import empty_studio, session, studio  # noqa: F401  fixtures
from tests.contract.clients import Clients
from tests.contract.ledger.table import create_ledger_table
from tests.fakes.membership import MemoryMembership
from tests.fakes.slots import MemorySlotAccount


@pytest.fixture
async def dynamo_membership(clients: Clients, unique: Callable[[str], str]) -> AsyncIterator[DynamoMembership]:
    table = unique("ledger")
    async with clients("dynamodb") as opened:
        await create_ledger_table(opened["dynamodb"], table)
        yield DynamoMembership(opened["dynamodb"], table, "rekognition")
        await opened["dynamodb"].delete_table(TableName=table)


@pytest.fixture
async def dynamo_slot_account(clients: Clients, unique: Callable[[str], str]) -> AsyncIterator[DynamoSlotAccount]:
    table = unique("ledger")
    async with clients("dynamodb") as opened:
        await create_ledger_table(opened["dynamodb"], table)
        yield DynamoSlotAccount(opened["dynamodb"], table, "video-jobs")
        await opened["dynamodb"].delete_table(TableName=table)


@pytest.fixture(params=["memory", "dynamodb"])
def slot_account(request: pytest.FixtureRequest) -> SlotAccount:
    if request.param == "memory":
        return MemorySlotAccount()
    found: SlotAccount = request.getfixturevalue("dynamo_slot_account")
    return found


@pytest.fixture(params=["memory", "dynamodb"])
def membership(request: pytest.FixtureRequest) -> Membership:
    if request.param == "memory":
        return MemoryMembership()
    found: Membership = request.getfixturevalue("dynamo_membership")
    return found
