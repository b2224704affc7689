"""An adapter from a verified set to verdicts and back: trained, judged, promoted, used, expired, taken back."""

import json
from pathlib import Path
from typing import Any

import pytest

from cli.screen import Exit
from shared.contracts.words import Action, Status
from shared.ledger.entries import EvidenceFound, VerdictGiven
from shared.ledger.record import Record
from shared.ledger.views import only
from tests.e2e.pipeline import Pipeline, eventually
from tests.e2e.verified import POLICY, TENANT, UNTOLD, Learning, plant, snapshot


async def test_what_reviewers_verified_becomes_an_adapter_that_decides_until_it_expires(
    pipeline: Pipeline, alerts: dict[str, list[str]], tmp_path: Path, record_property: Any
) -> None:
    learning = await plant(pipeline, tmp_path)
    adapter, arn = await _trained(learning)
    figures = await _beats_the_base_model(learning, adapter, tmp_path / "plot.png")
    record_property("false negatives", json.dumps(figures))
    before = await _in_force(pipeline)

    refused = await learning.gavel("promote", adapter, "--policy", TENANT, "--margin", "0.99")
    assert refused.code == Exit.FAILED
    assert "a gain of" in refused.problems
    promoted = await learning.gavel("promote", adapter, "--policy", TENANT)
    assert promoted.code == Exit.OK, promoted.problems
    entry = promoted.told["promoted"]
    assert (entry["before"], entry["after"]) == (before, await _in_force(pipeline))
    assert (entry["adapter"], entry.get("forced", [])) == (arn, [])
    deployed = await _object(pipeline, f"policies/{TENANT}/{entry['after']}.yaml")
    assert deployed == POLICY.replace(f"name: {TENANT}\n", f"name: {TENANT}\nadapter: {arn}\n")
    assert (await learning.gavel("status", adapter)).told["used_by"] == [TENANT]
    kept = await learning.gavel("delete", adapter)
    assert kept.code == Exit.FAILED
    assert TENANT in kept.problems

    # New pictures, of which the base model says nothing.
    judged = [await _judged(pipeline, seed) for seed in range(1000, 1004)]
    used = [only(record, EvidenceFound) for record in judged]
    assert {found.evidence.adapter_used for found in used if found} == {arn}
    assert sum(_action(record) is Action.RESTRICT for record in judged) >= len(judged) / 2

    await pipeline.control("adapters", {"arn": arn, "status": "EXPIRED"})
    alone = only(await _judged(pipeline, 2000), EvidenceFound)
    assert alone is not None
    assert (alone.evidence.adapter_requested, alone.evidence.adapter_used) == (arn, None)
    assert all(finding.label != "Smoking" for finding in alone.evidence.findings)

    async def told() -> bool | None:
        return True if "adapter-ignored" in alerts.get(TENANT, ()) else None

    await eventually(told, what="the alert of an adapter that is ignored")
    listed = (await learning.gavel("list")).told["projects"]
    (own,) = (project for project in listed if project["project"]["name"] == learning.project)
    assert [(one["adapter"]["status"], one["used_by"]) for one in own["adapters"]] == [("EXPIRED", [TENANT])]

    back = await learning.gavel("rollback", TENANT)
    assert back.code == Exit.OK, back.problems
    assert await _in_force(pipeline) == before
    gone = await learning.gavel("delete", learning.project, "--all", "--every", "0.5")
    assert gone.code == Exit.OK, gone.problems
    assert (await learning.gavel("status", adapter)).code == Exit.NOT_FOUND


async def _trained(learning: Learning) -> tuple[str, str]:
    """Its name and ARN; along the way, that nothing is paid before it is agreed to, and nothing twice."""
    assert (await learning.gavel("create", learning.project)).code == Exit.OK
    asked = await _asked(learning.pipeline)
    dry = await learning.train("--dry-run")
    assert (dry.code, dry.told["unasked"]) == (Exit.OK, UNTOLD)
    assert dry.told["cost_usd"] == pytest.approx(UNTOLD / 1000)
    assert (await learning.train()).code == Exit.FAILED
    assert await _asked(learning.pipeline) == asked
    done = await learning.train("--yes", "--watch", "--every", "0.5")
    assert done.code == Exit.OK, done.problems
    assert (done.told["training"], done.told["testing"], done.told["is_new"]) == (192, 48, True)
    assert done.told["mistakes"]["Smoking"] == {"false_positives": 0, "false_negatives": 77}
    trained = done.told["adapter"]
    assert trained["status"] == "TRAINING_COMPLETED"
    again = await learning.train()
    assert (again.code, again.told["is_new"], again.told["adapter"]["arn"]) == (Exit.OK, False, trained["arn"])
    return f"{learning.project}/{trained['name']}", trained["arn"]


async def _beats_the_base_model(learning: Learning, adapter: str, plot: Path) -> dict[str, Any]:
    """False negatives of Smoking on the held-out images, before and after."""
    done = await learning.gavel("evaluate", adapter, "--plot", str(plot))
    assert done.code == Exit.OK, done.problems
    assert _is_png(plot)
    assert done.told["testing_images"] == 48
    (smoking,) = (each for each in done.told["labels"] if each["label"] == "Smoking")
    base, own = (smoking[model]["false_negatives"] for model in ("base", "adapter"))
    assert base["of"] == own["of"] == 24
    assert base["wrong"] > 15
    assert own["interval"][1] < base["interval"][0], (base, own)
    return {"base": base, "adapter": own, "false positives": smoking["adapter"]["false_positives"]}


async def _judged(pipeline: Pipeline, seed: int) -> Record:
    """The record of a picture with a disc that the base model sees nothing in."""
    media = await pipeline.upload(snapshot(seed, disc=True), key=f"{TENANT}/{seed}.jpg")
    return await pipeline.status(pipeline.id_of(media), Status.DONE)


def _is_png(file: Path) -> bool:
    return file.read_bytes().startswith(b"\x89PNG")


def _action(record: Record) -> Action | None:
    verdict = only(record, VerdictGiven)
    return verdict.action if verdict else None


async def _asked(pipeline: Pipeline) -> int:
    counts = (await pipeline.control("quotas"))["counts"]
    return sum(count["admitted"] for count in counts if count["operation"] == "DetectModerationLabels")


async def _in_force(pipeline: Pipeline) -> str:
    return (await _object(pipeline, f"policies/{TENANT}/current")).strip()


async def _object(pipeline: Pipeline, key: str) -> str:
    answer = await pipeline.connection.s3.get_object(Bucket=pipeline.connection.outputs.policy_bucket, Key=key)
    return str((await answer["Body"].read()).decode())
