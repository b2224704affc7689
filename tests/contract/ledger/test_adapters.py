"""The contract of `shared.ledger.adapters.AdapterHistory`, in memory and in DynamoDB alike."""

from datetime import datetime, timedelta

import pytest

from shared.aws.adapter_history import DynamoAdapterHistory
from shared.custom_moderation.evaluation import MODELS, Compared, Counts, Curve, Panel
from shared.ledger.adapters import AdapterHistory, AdapterPromoted, AdapterRolledBack, Figures, promotion_to, voided
from tests.contract.ledger.conftest import NOW
from tests.fakes.adapters import MemoryAdapterHistory

ARN = "arn:aws:rekognition:us-east-1:000000000000:project/smokers/version/v1/1791000000000"
OPERATOR = "arn:aws:iam::000000000000:user/operator"


@pytest.fixture(params=["memory", "dynamodb"])
def history(request: pytest.FixtureRequest) -> AdapterHistory:
    if request.param == "memory":
        return MemoryAdapterHistory()
    table: str = request.getfixturevalue("table")
    return DynamoAdapterHistory(request.getfixturevalue("dynamodb"), table)


def panel(label: str | None) -> Panel:
    curves = {model: Curve(thresholds=(5.0, 10.0), shares=(0.3333, 0.0)) for model in MODELS}
    return Panel(label=label, false_positives=curves, false_negatives=curves)


def promoted(at: datetime = NOW, policy: str = "standard", after: str = "b" * 16) -> AdapterPromoted:
    counts = Compared(
        base_model=Counts(true_positive=10, true_negative=60, false_negative=30),
        adapter=Counts(true_positive=36, true_negative=55, false_positive=5, false_negative=4),
    )
    figures = Figures(threshold=52.5, training_images=300, testing_images=100, compared=counts, gain=0.488888888888889)
    return AdapterPromoted(
        at=at, by=OPERATOR, policy=policy, before="a" * 16, after=after, adapter=ARN, replaced=None,
        margin=0.02, figures=figures, panels=(panel(None), panel("Smoking")), forced=("it is DEPRECATED",),
    )  # fmt: skip


def rolled_back(at: datetime) -> AdapterRolledBack:
    return AdapterRolledBack(
        at=at, by=OPERATOR, policy="standard", before="b" * 16, after="a" * 16, adapter=None, replaced=ARN, undone=NOW
    )


async def test_entries_are_added_and_told_the_newest_first_by_policy(history: AdapterHistory) -> None:
    later = rolled_back(NOW + timedelta(seconds=1))
    assert await history.add(promoted())
    assert await history.add(later)
    assert await history.add(voided(later))
    assert await history.add(promoted(policy="other"))
    assert await history.of("standard") == (voided(later), later, promoted())
    assert await history.of("nobody") == ()


async def test_nothing_is_written_over(history: AdapterHistory) -> None:
    assert await history.add(promoted())
    assert not await history.add(promoted(after="c" * 16))
    assert await history.of("standard") == (promoted(),)


async def test_a_version_is_known_by_the_newest_promotion_to_it(history: AdapterHistory) -> None:
    newest = promoted(NOW + timedelta(hours=2))
    for entry in (promoted(), rolled_back(NOW + timedelta(hours=1)), newest):
        await history.add(entry)
    assert promotion_to("b" * 16, await history.of("standard")) == newest
    assert promotion_to("a" * 16, await history.of("standard")) is None
