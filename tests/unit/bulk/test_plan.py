"""What a bulk run is asked for, and everything that is wrong with it at once."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cli.bulk.plan import DEFAULT_MIN_CONFIDENCE, Mode, Plan, judged_by, read_plan, resume_problems
from cli.dataset.plan import Place
from cli.runs import PlanProblems
from shared.policy.model import Policy

ADAPTER = "arn:aws:rekognition:us-east-1:111122223333:project/p/version/v/1700000000000"


def read(source: str = "s3://shop/catalogue", **more: Any) -> Plan:
    asked: dict[str, Any] = {
        "mode": Mode.FAN_OUT,
        "stack": "dev",
        "name": None,
        "min_confidence": None,
        "adapter": None,
        "policy": None,
    }
    return read_plan(source=source, **{**asked, **more})


def test_a_folder_is_a_place_and_a_file_a_manifest(tmp_path: Path) -> None:
    manifest = tmp_path / "images.jsonl"
    manifest.write_text("{}")
    assert read().place == Place(bucket="shop", prefix="catalogue/")
    assert (read(str(manifest)).place, read(str(manifest)).source) == (None, str(manifest))
    assert read().min_confidence == DEFAULT_MIN_CONFIDENCE


def test_a_run_s_name_follows_from_what_is_asked(tmp_path: Path) -> None:
    manifest = tmp_path / "images.jsonl"
    manifest.write_text("{}")
    plans = [
        read(), read(stack="prod"), read(mode=Mode.MEDIA_ANALYSIS), read(min_confidence=20), read(adapter=ADAPTER),
        read(policy="standard"), read("s3://shop"), read(str(manifest)),
    ]  # fmt: skip
    manifest.write_text("{}\n{}")
    plans.append(read(str(manifest)))
    assert len({plan.run for plan in plans}) == len(plans)
    assert read().run == plans[0].run
    assert read(name="autumn").run == "autumn"


def test_every_problem_is_told_at_once() -> None:
    with pytest.raises(PlanProblems) as found:
        read("no-such.jsonl", name="two words", min_confidence=101, adapter="adapter", policy="standard")
    assert len(found.value.problems) == 5
    with pytest.raises(PlanProblems, match="write s3://bucket"):
        read("s3://X")
    with pytest.raises(PlanProblems, match="no dot first"):
        read(name="..")


def test_a_run_goes_on_only_as_it_was_begun() -> None:
    assert resume_problems(read(), read()) == []
    (told,) = resume_problems(read(name="a"), read(name="a", min_confidence=20))
    assert told == "min-confidence: the run was begun with 50.0, not 20"


def test_a_policy_says_what_is_asked_for_unless_nobody_could_tell_who_has_answered() -> None:
    base = Policy(name="standard", version="9f2c1a7be0d4453c", min_confidence=30, rules=())
    adapted = replace(base, adapter=ADAPTER)
    fanned, analysed = read(policy="standard"), read(policy="standard", mode=Mode.MEDIA_ANALYSIS)
    assert (judged_by(fanned, adapted).min_confidence, judged_by(fanned, adapted).adapter) == (30, ADAPTER)
    assert (judged_by(analysed, base).min_confidence, judged_by(analysed, base).adapter) == (30, None)
    with pytest.raises(PlanProblems, match="--mode fan-out"):
        judged_by(analysed, adapted)
