"""What every user of a DynamoDB table does alike: read a query to its end, and learn whether a condition held."""

from collections.abc import AsyncIterator, Awaitable, Mapping
from typing import Any, Final, Protocol

from botocore.exceptions import ClientError

from shared.aws.attributes import Attribute, to_item
from shared.aws.errors import error_code, translated
from shared.errors import Transient

PASSING: Final = frozenset({"None", "TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"})
"""What a transaction is cancelled for that doesn't last, "None" of the writes that are not to blame
(https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html)."""

CONFLICT: Final = "ledger-conflict"


class Queried(Protocol):
    async def query(self, **request: Any) -> dict[str, Any]: ...


async def rows(
    client: Queried, table: str, condition: str, values: Mapping[str, object], **options: object
) -> AsyncIterator[dict[str, Attribute]]:
    """All items under the key condition, page by page, 1 MB each. Raises Transient when DynamoDB can't be reached."""
    page: dict[str, Any] = {}
    while True:
        with translated("ledger"):
            page = await client.query(
                TableName=table,
                KeyConditionExpression=condition,
                ExpressionAttributeValues=to_item(values),
                **options,
                **({"ExclusiveStartKey": page["LastEvaluatedKey"]} if page else {}),
            )
        for item in page["Items"]:
            yield item
        if not page.get("LastEvaluatedKey"):
            return


async def was_met(write: Awaitable[dict[str, Any]]) -> bool:
    """Whether the condition of a conditional write, or of a transaction of some, held. A transaction that met another
    one raises Transient."""
    try:
        with translated("ledger"):
            await write
    except ClientError as error:
        if error_code(error) == "ConditionalCheckFailedException":
            return False
        reasons = {str(reason.get("Code")) for reason in error.response.get("CancellationReasons", ())}
        if "ConditionalCheckFailed" in reasons:
            return False
        if reasons and reasons <= PASSING:
            raise Transient(CONFLICT, ", ".join(sorted(reasons))) from error
        raise
    return True
