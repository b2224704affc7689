from collections.abc import AsyncIterator, Callable

import pytest

from tests.contract.clients import Clients
from tests.contract.desk.place import Place


@pytest.fixture
async def place(clients: Clients, unique: Callable[[str], str]) -> AsyncIterator[Place]:
    name = unique("desk")
    async with clients("dynamodb", "s3", "events") as opened:
        await opened["dynamodb"].create_table(
            TableName=name,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[
                {"AttributeName": key, "AttributeType": "S"} for key in ("pk", "sk", "shelf", "waits")
            ],
            KeySchema=_keys("pk", "sk"),
            GlobalSecondaryIndexes=[
                {
                    "IndexName": "by_urgency",
                    "KeySchema": _keys("shelf", "waits"),
                    "Projection": {"ProjectionType": "KEYS_ONLY"},
                }
            ],
        )
        await opened["s3"].create_bucket(Bucket=name)
        yield Place(opened, name)
        await opened["dynamodb"].delete_table(TableName=name)


def _keys(partition: str, sort: str) -> list[dict[str, str]]:
    return [{"AttributeName": partition, "KeyType": "HASH"}, {"AttributeName": sort, "KeyType": "RANGE"}]
