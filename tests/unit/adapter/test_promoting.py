"""Adapters go into policies and out again: deployed as policies are, and nothing without a word in the ledger."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from cli.adapter.promoting import Promotion, promote_adapter, roll_back, users
from cli.adapter.promotion import CannotPromote, NothingToCompare
from shared.errors import Permanent
from shared.ledger.adapters import AdapterEntry, AdapterPromoted, AdapterRolledBack, AdapterVoided
from shared.policy.load import load
from tests.fakes.adapters import MemoryAdapterHistory
from tests.unit.adapter.sessions import AT, OPERATOR, POLICY, Stack, stack


async def promote(
    on: Stack, name: str = "v1", *, force: bool = False, threshold: float | None = None, file: Path | None = None,
    hours: int = 0,
) -> AdapterPromoted:  # fmt: skip
    wanted = Promotion(
        adapter=await on.session.adapter(f"smokers/{name}"),
        policy="standard",
        margin=0.02,
        threshold=threshold,
        is_forced=force,
        file=file,
    )
    return (await promote_adapter(wanted, on.session, AT + timedelta(hours=hours))).entry


async def test_a_promotion_deploys_a_version_with_the_adapter_and_the_ledger_says_all_of_it() -> None:
    here = stack()
    before, told = here.deploy(POLICY), await here.trained()
    entry = await promote(here)
    arn = told["ProjectVersionArn"]
    deployed = here.s3.objects[f"policies/standard/{here.in_force}.yaml"].decode()
    assert deployed == POLICY.replace("standard\n", f"standard\nadapter: {arn}\n")
    assert load(deployed, origin="deployed").version == here.in_force == entry.after
    assert here.s3.puts == [f"policies/standard/{entry.after}.yaml", "policies/standard/current"]
    assert here.history.entries == [entry]
    assert (entry.by, entry.before, entry.adapter, entry.replaced, entry.forced) == (OPERATOR, before, arn, None, ())
    assert entry.figures is not None
    assert entry.figures.gain == pytest.approx(8 / 9 - 0.4)
    assert entry.figures.compared.base_model.false_negative == 30
    assert await users(here.session) == {arn: ["standard"]}


async def test_what_does_not_beat_the_base_model_is_refused_and_forced_only_with_the_reason_in_the_ledger() -> None:
    here = stack()
    here.deploy(POLICY)
    await here.trained(adapter=(10, 60, 0, 30))
    with pytest.raises(CannotPromote) as caught:
        await promote(here)
    assert caught.value.can_be_forced
    assert (here.s3.puts, here.history.entries) == ([], [])
    entry = await promote(here, force=True)
    assert entry.forced == caught.value.problems
    assert here.in_force == entry.after


async def test_an_expired_adapter_is_refused_whatever_the_force() -> None:
    here = stack()
    here.deploy(POLICY)
    (await here.trained())["Status"] = "EXPIRED"
    with pytest.raises(CannotPromote, match="EXPIRED"):
        await promote(here, force=True)


async def test_a_threshold_at_which_nothing_was_measured_is_told_with_those_that_were() -> None:
    here = stack()
    here.deploy(POLICY)
    await here.trained()
    assert (await promote(here, threshold=85)).figures is not None
    await here.trained("v2")
    with pytest.raises(NothingToCompare, match="nothing was measured at 52; the thresholds are 5, 10,"):
        await promote(here, "v2", threshold=52)


async def test_the_policys_file_is_written_too_and_must_say_what_is_in_force(tmp_path: Path) -> None:
    here, file = stack(), tmp_path / "standard.yaml"
    here.deploy(POLICY)
    told = await here.trained()
    file.write_text(POLICY.replace("90", "80"))
    with pytest.raises(CannotPromote, match="deploy it first"):
        await promote(here, file=file)
    file.write_text(f"# Another remark.\n{POLICY}")
    entry = await promote(here, file=file)
    assert file.read_text() == f"# Another remark.\n{POLICY}".replace(
        "standard\n", f"standard\nadapter: {told['ProjectVersionArn']}\n"
    )
    assert here.s3.objects[f"policies/standard/{entry.after}.yaml"] == file.read_bytes()


async def test_a_rollback_writes_the_file_too_so_that_the_next_deployment_does_not_undo_it(tmp_path: Path) -> None:
    here, file = stack(), tmp_path / "standard.yaml"
    first = here.deploy(POLICY)
    await here.trained()
    file.write_text(POLICY)
    await promote(here, file=file)
    await roll_back("standard", here.session, AT + timedelta(hours=1), is_forced=False, file=file)
    assert file.read_text() == POLICY
    assert here.deploy(file.read_text()) == here.in_force == first


async def test_a_rollback_leaves_a_file_that_says_what_is_to_be_in_force_already(tmp_path: Path) -> None:
    here, file = stack(), tmp_path / "standard.yaml"
    here.deploy(POLICY)
    await here.trained()
    file.write_text(f"# Another remark.\n{POLICY}")
    await promote(here)
    await roll_back("standard", here.session, AT + timedelta(hours=1), is_forced=False, file=file)
    assert file.read_text() == f"# Another remark.\n{POLICY}"


async def test_a_rollback_does_not_write_over_a_file_that_says_anything_else(tmp_path: Path) -> None:
    here, file = stack(), tmp_path / "standard.yaml"
    here.deploy(POLICY)
    await here.trained()
    promoted = await promote(here)
    file.write_text(POLICY.replace("90", "80"))
    with pytest.raises(CannotPromote, match="deploy it first"):
        await roll_back("standard", here.session, AT + timedelta(hours=1), is_forced=True, file=file)
    assert (here.in_force, here.history.entries) == (promoted.after, [promoted])


async def test_promotions_are_taken_back_one_after_the_other() -> None:
    here = stack()
    first = here.deploy(POLICY)
    arns = [(await here.trained(name))["ProjectVersionArn"] for name in ("v1", "v2")]
    second = (await promote(here, "v1")).after
    third = (await promote(here, "v2", hours=1)).after
    back = await roll_back("standard", here.session, AT + timedelta(hours=2), is_forced=False)
    assert (back.before, back.after, back.adapter, back.replaced) == (third, second, arns[0], arns[1])
    assert (back.by, back.undone, here.in_force) == (OPERATOR, AT + timedelta(hours=1), second)
    back = await roll_back("standard", here.session, AT + timedelta(hours=3), is_forced=False)
    assert (back.after, back.adapter, here.in_force) == (first, None, first)
    assert [type(each) for each in await here.history.of("standard")] == [
        AdapterRolledBack, AdapterRolledBack, AdapterPromoted, AdapterPromoted,
    ]  # fmt: skip
    with pytest.raises(CannotPromote, match="wasn't put in force by a promotion"):
        await roll_back("standard", here.session, AT + timedelta(hours=4), is_forced=True)


async def test_an_adapter_is_used_by_a_policy_whose_canary_names_it() -> None:
    here = stack()
    arn = (await here.trained())["ProjectVersionArn"]
    here.deploy(f"{POLICY}canary:\n  percent: 5\n  adapter: {arn}\n")
    assert await users(here.session) == {arn: ["standard"]}


async def test_what_was_deployed_since_a_promotion_is_not_undone_with_it() -> None:
    here = stack()
    here.deploy(POLICY)
    await here.trained()
    await promote(here)
    since = here.deploy(POLICY.replace("90", "80"))
    with pytest.raises(CannotPromote, match=since):
        await roll_back("standard", here.session, AT + timedelta(hours=1), is_forced=True)
    assert here.in_force == since


async def test_going_back_to_an_expired_adapter_takes_force() -> None:
    here = stack()
    here.deploy(POLICY)
    first = await here.trained("v1")
    await here.trained("v2")
    await promote(here, "v1")
    await promote(here, "v2", hours=1)
    first["Status"] = "EXPIRED"
    with pytest.raises(CannotPromote, match="can't be used") as caught:
        await roll_back("standard", here.session, AT + timedelta(hours=2), is_forced=False)
    assert caught.value.can_be_forced
    back = await roll_back("standard", here.session, AT + timedelta(hours=2), is_forced=True)
    assert back.forced == caught.value.problems


class DeployedMeanwhile(MemoryAdapterHistory):
    """Somebody deploys this text once the ledger was told the first time."""

    def __init__(self, here: Stack, text: str) -> None:
        super().__init__()
        self._here, self._text = here, text

    async def add(self, entry: AdapterEntry) -> bool:
        if not self.entries:
            self._here.deploy(self._text)
        return await super().add(entry)


async def test_who_deploys_meanwhile_is_not_overwritten_and_the_ledger_says_that_it_came_to_nothing() -> None:
    here = stack()
    here.deploy(POLICY)
    await here.trained()
    other = POLICY.replace("90", "80")
    history = DeployedMeanwhile(here, other)
    here.session = replace(here.session, history=history)
    with pytest.raises(Permanent, match="policy-changed"):
        await promote(here)
    assert here.in_force == load(other, origin="other").version
    void, promoted = await history.of("standard")
    assert isinstance(void, AdapterVoided)
    assert (void.voids, void.after) == (promoted.at, promoted.after)
