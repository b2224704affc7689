from collections.abc import AsyncIterator, Callable

import pytest

from tests.contract.clients import Clients
from tests.contract.desk.place import Place, made_table


@pytest.fixture
async def place(clients: Clients, unique: Callable[[str], str]) -> AsyncIterator[Place]:
    async with clients("dynamodb", "s3", "events") as opened, made_table(opened["dynamodb"], unique("desk")) as name:
        await opened["s3"].create_bucket(Bucket=name)
        yield Place(opened, name)
