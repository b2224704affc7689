"""Words that meet others on their way into the verified set."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from shared.aws import verified
from shared.aws.verified import ATTEMPTS, DynamoWords
from shared.errors import Transient
from tests.fakes.aws import ScriptedClient
from tests.unit.verification.pictures import image, word

WORD = word(image("gun.jpg", "Weapons"), right=["Weapons"])


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verified, "LONGEST_PAUSE_S", 0)


def cancelled(*codes: str) -> ClientError:
    told: Any = {
        "Error": {"Code": "TransactionCanceledException"},
        "CancellationReasons": [{"Code": code} for code in codes],
    }
    return ClientError(told, "TransactWriteItems")


def meeting(*answers: dict[str, Any] | Exception) -> ScriptedClient:
    return ScriptedClient(
        batch_get_item=[{"Responses": {"verified": []}} for _ in answers], transact_write_items=list(answers)
    )


def tries(client: ScriptedClient) -> int:
    return [operation for operation, _ in client.asked].count("transact_write_items")


async def test_words_that_met_others_at_the_counts_are_tried_again() -> None:
    client = meeting(cancelled("None", "None", "TransactionConflict"), cancelled("ConditionalCheckFailed", "None"), {})
    (state,) = (await DynamoWords(client, "verified").save([WORD])).values()
    assert state.said == {WORD.by: WORD.said}
    assert tries(client) == 3


async def test_words_that_always_lose_are_somebody_elses_to_repeat() -> None:
    client = meeting(*(cancelled("TransactionConflict") for _ in range(ATTEMPTS)))
    with pytest.raises(Transient, match="verified-contended"):
        await DynamoWords(client, "verified").save([WORD])


async def test_words_that_can_never_be_written_are_a_defect_at_once() -> None:
    client = meeting(cancelled("ValidationError", "None"))
    with pytest.raises(ClientError):
        await DynamoWords(client, "verified").save([WORD])
    assert tries(client) == 1
