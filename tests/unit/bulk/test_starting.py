"""What a run needs before it asks anybody, and that one which never asked leaves its name to another."""

import dataclasses
from pathlib import Path
from typing import Any, cast

import pytest
from msgspec.structs import replace

from cli.bulk import running
from cli.bulk.plan import Mode, Plan
from cli.bulk.running import Way
from cli.bulk.standing import LISTED, PLAN, standings, state_path
from cli.bulk.state import State
from cli.connection import Connection, Outputs
from cli.runs import NothingThere, PlanProblems, RunProblem
from shared.clock import utc_now
from shared.errors import Permanent
from shared.policy.load import load
from tests.fakes.aws import refusal
from tests.fakes.policy_bucket import MemoryS3

POLICY = "name: standard\nmin_confidence: 30\nrules:\n  Violence:\n    reject_at: 90\n"
OUTPUTS = Outputs(
    region="us-east-1", ledger_table="ledger", media_bucket="media", evidence_bucket="evidence",
    policy_bucket="policies", queues={}, dead_letters={}, topics={},
)  # fmt: skip


class Bucketless(MemoryS3):
    """Has the policies, and no bucket of anybody's images."""

    async def list_objects_v2(self, **request: Any) -> dict[str, Any]:
        raise refusal("NoSuchBucket", status=404)


@pytest.fixture
def connection() -> Connection:
    s3, nobody = Bucketless(), cast("Any", None)
    version = load(POLICY, origin="test").version
    s3.objects |= {f"policies/standard/{version}.yaml": POLICY.encode(), "policies/standard/current": version.encode()}
    return Connection(outputs=OUTPUTS, ledger=nobody, golden=nobody, s3=s3, sqs=nobody, dynamodb=nobody)


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    """Of a manifest that names no object, so that there is nobody to ask."""
    manifest = tmp_path / "manifest.jsonl"
    manifest.write_text("no object\n")
    return Plan(run="autumn", source=str(manifest), mode=Mode.MEDIA_ANALYSIS, stack="dev", min_confidence=50)


@pytest.fixture
def way(tmp_path: Path) -> Way:
    return Way(folder=tmp_path / "runs", price_usd=0.001, calls_per_s=5)


async def test_a_policy_that_is_not_there_is_told_before_anything_is_listed(
    plan: Plan, connection: Connection, way: Way
) -> None:
    misspelt = replace(plan, source="s3://shop/", policy="standrad")
    for begin in (running.forecast, running.start):
        with pytest.raises(PlanProblems, match="no such policy"):
            await begin(misspelt, connection, way)
    assert list(standings(way.folder)) == []


async def test_a_run_that_never_had_its_list_leaves_its_name_to_another(
    plan: Plan, connection: Connection, way: Way
) -> None:
    with pytest.raises(Permanent, match="source-missing"):
        await running.start(replace(plan, source="s3://shpo/"), connection, way)
    assert list(standings(way.folder)) == []
    with State(state_path(way.folder, "autumn")) as killed:
        killed.keep_fact(PLAN, replace(plan, source="s3://shpo/"))
    assert standings(way.folder)
    summary = await running.start(plan, connection, way)
    assert (summary.source, summary.errors) == (plan.source, {"INVALID_JSON_LINE": 1})


async def test_the_same_run_again_is_told_as_such_whatever_its_policy_asks_for(
    plan: Plan, connection: Connection, way: Way
) -> None:
    judged = replace(plan, policy="standard")
    with State(state_path(way.folder, "autumn")) as state:
        state.keep_fact(PLAN, replace(judged, min_confidence=30))
        state.keep_fact(LISTED, utc_now())
    with pytest.raises(RunProblem, match="resume autumn"):
        await running.start(judged, connection, way)
    with pytest.raises(PlanProblems, match="policy: the run was begun with standard, not None"):
        await running.start(plan, connection, way)


@pytest.mark.parametrize(("source", "is_hinted"), [("s3://shop/images.jsonl", True), ("s3://shop/2026", False)])
async def test_a_manifest_in_s3_is_told_from_a_folder_that_is_empty(
    plan: Plan, connection: Connection, way: Way, source: str, is_hinted: bool
) -> None:
    with pytest.raises(NothingThere) as told:
        await running.forecast(replace(plan, source=source), dataclasses.replace(connection, s3=MemoryS3()), way)
    assert ("files on this machine" in str(told.value)) is is_hinted
