"""The ledger's table as the program of infra/ makes it."""

from typing import Any


async def create_ledger_table(client: Any, name: str) -> None:
    keys = {"pk", "sk", "status_day", "updated_at", "content_key"}
    await client.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in sorted(keys)],
        KeySchema=_keys("pk", "sk"),
        GlobalSecondaryIndexes=[
            {"IndexName": index, "KeySchema": _keys(key, "updated_at"), "Projection": {"ProjectionType": "ALL"}}
            for index, key in (("by_status", "status_day"), ("by_content", "content_key"))
        ],
    )


def _keys(partition: str, sort: str) -> list[dict[str, str]]:
    return [{"AttributeName": partition, "KeyType": "HASH"}, {"AttributeName": sort, "KeyType": "RANGE"}]
