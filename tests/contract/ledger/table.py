"""The ledger's table as the program of infra/ makes it."""

from typing import Any


async def create_ledger_table(client: Any, name: str) -> None:
    keys = {"pk", "sk", "status_day", "updated_at", "content_key", "tenant_day", "received_at"}
    await client.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in sorted(keys)],
        KeySchema=_keys("pk", "sk"),
        GlobalSecondaryIndexes=[
            _index("by_status", "status_day", "updated_at", "ALL"),
            _index("by_content", "content_key", "updated_at", "KEYS_ONLY"),
            _index("by_tenant", "tenant_day", "received_at", "KEYS_ONLY"),
        ],
    )


def _index(name: str, partition: str, sort: str, projection: str) -> dict[str, Any]:
    return {"IndexName": name, "KeySchema": _keys(partition, sort), "Projection": {"ProjectionType": projection}}


def _keys(partition: str, sort: str) -> list[dict[str, str]]:
    return [{"AttributeName": partition, "KeyType": "HASH"}, {"AttributeName": sort, "KeyType": "RANGE"}]
