"""The page of a policy's adapters: what the ledger has of them, with the plots of what was measured."""

from datetime import timedelta

import msgspec

from services.results.console.domain.plots import points
from shared.custom_moderation.evaluation import Curve, panels, read_evaluation
from shared.ledger.adapters import AdapterPromoted, AdapterRolledBack, Figures, voided
from tests.fakes.console import NOW, ConsoleWorld
from tests.unit.adapter.evaluations import evaluation_json
from tests.unit.console.visiting import visiting

ARN = "arn:aws:rekognition:us-east-1:000000000000:project/smokers/version/v1/1791000000000"
OPERATOR = "arn:aws:iam::000000000000:user/operator"
POLICY = "name: standard\nrules:\n  Violence: approve\n"
EVALUATION = read_evaluation(evaluation_json((10, 60, 0, 30), (36, 55, 5, 4)))


def promoted(world: ConsoleWorld) -> AdapterPromoted:
    """A version with an adapter in force, and the entry that says how it came."""
    before = world.history.deploy(POLICY, NOW - timedelta(days=2))
    after = world.history.deploy(f"{POLICY}adapter: {ARN}\n", NOW - timedelta(days=1))
    figures = Figures(
        threshold=50,
        training_images=300,
        testing_images=100,
        compared=EVALUATION.given.aggregated_evaluation_results,
        gain=0.489,
    )
    return AdapterPromoted(
        at=NOW - timedelta(days=1), by=OPERATOR, policy="standard", before=before.version, after=after.version,
        adapter=ARN, margin=0.02, figures=figures, panels=tuple(panels(EVALUATION)), forced=("it is <DEPRECATED>",),
    )  # fmt: skip


async def test_a_promotion_is_told_with_its_figures_and_plots() -> None:
    world = ConsoleWorld()
    entry = promoted(world)
    await world.adapters.add(entry)
    async with visiting(world=world) as visitor:
        page = await visitor.page("/policies/standard/adapters")
        assert f'<code>{entry.after}</code> <span class="tag good">in force</span>, by <code>{OPERATOR}</code>' in page
        assert f"<code>{ARN}</code> in place of <code>the base model</code>" in page
        assert "F1 0.889, the base model's 0.400, a gain of +0.489 where 0.020 was wanted" in page
        assert '<span class="tag restrict">forced</span> it is &lt;DEPRECATED&gt;' in page
        assert page.count("<polyline") == 2 * 2 * 2
        assert f'class="base" points="{points(entry.panels[0].false_negatives["base"])}"' in page
        assert "Smoking: missed, by the confidence" in page
        assert "/console/policies/standard/adapters" in await visitor.page("/policies/standard")


async def test_a_rollback_is_told_and_what_is_not_in_force_any_more_is_not_said_to_be() -> None:
    world = ConsoleWorld()
    entry = promoted(world)
    world.history.deploy(POLICY, NOW)
    back = AdapterRolledBack(
        at=NOW, by=OPERATOR, policy="standard", before=entry.after, after=entry.before, replaced=ARN, undone=entry.at
    )
    for each in (entry, back):
        await world.adapters.add(each)
    async with visiting(world=world) as visitor:
        page = await visitor.page("/policies/standard/adapters")
        assert page.index("Taken back 2026") < page.index("Promoted 2026")
        assert page.count("in force</span>") == 1
        assert page.index("in force</span>") < page.index("Promoted 2026")


async def test_in_force_is_what_put_the_current_version_there_and_not_what_came_to_nothing_since() -> None:
    world = ConsoleWorld()
    entry = promoted(world)
    killed, refused = (
        msgspec.structs.replace(entry, at=NOW - timedelta(hours=hours), before=entry.after, after=str(hours) * 16)
        for hours in (3, 2)
    )
    for each in (entry, killed, refused, voided(refused)):
        await world.adapters.add(each)
    async with visiting(world=world) as visitor:
        page = await visitor.page("/policies/standard/adapters")
        assert page.count("Promoted 2026") == 3
        assert page.count("in force</span>") == 1
        assert f'<code>{entry.after}</code> <span class="tag good">in force</span>' in page
        assert page.count("no effect</span>") == 1
        assert f'<code>{refused.after}</code> <span class="tag restrict">no effect</span> somebody deployed' in page


async def test_a_policy_without_adapters_says_so_and_an_unknown_one_is_not_there() -> None:
    world = ConsoleWorld()
    world.history.deploy(POLICY, NOW)
    async with visiting(world=world) as visitor:
        assert "No adapter was ever promoted" in await visitor.page("/policies/standard/adapters")
        await visitor.page("/policies/nobody/adapters", status=404)


def test_points_go_from_left_to_right_and_up() -> None:
    assert points(Curve(thresholds=(5.0, 50.0, 100.0), shares=(0.0, 0.3333, 1.0))) == "5,100.00 50,66.67 100,0.00"
    assert points(Curve(thresholds=(), shares=())) == ""
