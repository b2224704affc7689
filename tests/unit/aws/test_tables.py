"""Whether the condition of a write held; a transaction tells it of each of its writes."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from shared.aws.tables import was_met
from shared.errors import Transient
from tests.fakes.aws import ScriptedClient, refusal


def cancelled(*codes: str) -> ClientError:
    told: Any = {
        "Error": {"Code": "TransactionCanceledException"},
        "CancellationReasons": [{"Code": code} for code in codes],
    }
    return ClientError(told, "TransactWriteItems")


def write(answer: dict[str, Any] | Exception) -> Any:
    return ScriptedClient(transact_write_items=[answer]).transact_write_items()


async def test_a_condition_that_does_not_hold_is_an_answer() -> None:
    assert await was_met(write({}))
    assert not await was_met(write(refusal("ConditionalCheckFailedException")))
    assert not await was_met(write(cancelled("None", "ConditionalCheckFailed")))


@pytest.mark.parametrize("error", [cancelled("TransactionConflict", "None"), refusal("TransactionConflictException")])
async def test_writes_that_met_another_transaction_are_tried_again(error: ClientError) -> None:
    with pytest.raises(Transient):
        await was_met(write(error))


@pytest.mark.parametrize("error", [cancelled("ValidationError", "None"), refusal("ValidationException")])
async def test_a_write_that_can_never_be_made_is_a_defect(error: ClientError) -> None:
    with pytest.raises(ClientError):
        await was_met(write(error))
