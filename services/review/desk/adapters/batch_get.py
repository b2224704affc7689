"""Many items of a DynamoDB table in one request."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Protocol

from shared.aws.errors import translated
from shared.errors import Transient

ITEMS_LIMIT: Final = 100
"""BatchGetItem, Keys."""
ATTEMPTS: Final = 5
"""A request gives up to 16 MB at a time, and leaves out what is throttled."""


class BatchGet(Protocol):
    async def batch_get_item(self, **request: Any) -> dict[str, Any]: ...


async def items(dynamodb: BatchGet, table: str, keys: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Those that there are, consistently read, in no order. No key may come twice. Raises Transient."""
    found: list[dict[str, Any]] = []
    for first in range(0, len(keys), ITEMS_LIMIT):
        wanted: Any = {table: {"Keys": keys[first : first + ITEMS_LIMIT], "ConsistentRead": True}}
        for _ in range(ATTEMPTS):
            with translated("desk-table"):
                answer = await dynamodb.batch_get_item(RequestItems=wanted)
            found += answer["Responses"].get(table, [])
            wanted = answer.get("UnprocessedKeys")
            if not wanted:
                break
        else:
            raise Transient("desk-table-throttled")
    return found
