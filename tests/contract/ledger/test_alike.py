"""The two ledgers, told the same things in the same order, say the same."""

from collections.abc import Awaitable, Callable
from uuid import uuid4

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.aws.ledger import DynamoLedger
from shared.contracts.words import Action, Status
from shared.ledger.port import Ledger
from tests.contract.ledger.entries import after, quarantined, submission, verdict
from tests.fakes.ledger import MemoryLedger

Step = Callable[[Ledger, str], Awaitable[object]]
SECONDS = st.integers(min_value=0, max_value=5)

opens = st.builds(lambda s: lambda ledger, id_: ledger.open(id_, submission(after(s))), SECONDS)
verdicts = st.builds(lambda n: lambda ledger, id_: ledger.add(id_, verdict(n)), st.integers(1, 3))
quarantines = st.builds(
    lambda name, s: lambda ledger, id_: ledger.quarantine(quarantined(name, id_, after(s))),
    st.sampled_from("ab"),
    SECONDS,
)
moves = st.builds(
    lambda status, s, number: (
        lambda ledger, id_: ledger.advance(
            id_, status, after(s), verdict=Action.REJECT if number else None, verdict_number=number
        )
    ),
    st.sampled_from(Status),
    SECONDS,
    st.none() | st.integers(1, 3),
)


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(opens | verdicts | quarantines | moves | moves, min_size=1, max_size=12))
async def test_memory_and_dynamodb_answer_alike(dynamo_ledger: DynamoLedger, steps: list[Step]) -> None:
    media_id, memory = uuid4().hex, MemoryLedger()
    for step in steps:
        assert await step(memory, media_id) == await step(dynamo_ledger, media_id)
        assert await memory.record(media_id) == await dynamo_ledger.record(media_id)
