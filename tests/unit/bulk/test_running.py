"""How runs stand, as any other process sees them."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cli.bulk.plan import Mode, Plan
from cli.bulk.running import DONE, PLAN, cancel, results, standing, standings, state_path
from cli.bulk.shapes import Answer
from cli.bulk.sources import Line
from cli.bulk.state import Stage, State
from cli.main import app
from cli.runs import NothingThere, alone
from cli.screen import Exit
from shared.clock import utc_now

PLAN_OF_AUTUMN = Plan(run="autumn", source="s3://shop/", mode=Mode.FAN_OUT, stack="dev", min_confidence=50)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """With a run of two images, one of them answered."""
    with State(state_path(tmp_path, "autumn")) as state:
        state.keep_fact(PLAN, PLAN_OF_AUTUMN)
        state.add_lines([Line(number=number, ref=f"s3://shop/{number}.jpg") for number in (1, 2)])
        state.answered(state.images(Stage.NEW)[0], Answer(moderation_labels=(), moderation_model_version="7.0"), None)
    return tmp_path


def test_a_run_is_interrupted_running_cancelled_or_done(folder: Path) -> None:
    assert standing(folder, "autumn").status == "interrupted"
    with alone(state_path(folder, "autumn").with_name("lock")):
        assert standing(folder, "autumn").status == "running"
    assert cancel(folder, "autumn").status == "cancelled"
    with State(state_path(folder, "autumn")) as state:
        state.keep_fact(DONE, utc_now())
    assert [(one.run, one.status) for one in standings(folder)] == [("autumn", "done")]
    assert cancel(folder, "autumn").status == "done"


def test_results_are_there_as_far_as_the_run_has_come(folder: Path, tmp_path: Path) -> None:
    summary = results(folder, "autumn", tmp_path / "out", price_usd=0.001)
    assert (summary.results, summary.waiting, summary.clean, summary.cost_usd) == (1, 1, 1, 0.001)
    assert json.loads((tmp_path / "out" / "summary.json").read_text())["results"] == 1


def test_a_run_that_is_not_there_is_told_by_every_command(folder: Path) -> None:
    with pytest.raises(NothingThere):
        standing(folder, "winter")
    for command in ("status", "watch", "results", "cancel", "resume"):
        told = CliRunner().invoke(app, ["bulk", command, "winter", "--state", str(folder)])
        assert (told.exit_code, "no run" in told.stderr) == (Exit.NOT_FOUND, True), command


def test_scripts_read_json_and_exit_codes(folder: Path) -> None:
    def told(*arguments: str) -> tuple[int, Any]:
        done = CliRunner().invoke(app, ["bulk", *arguments, "--state", str(folder), "--json"])
        return done.exit_code, json.loads(done.stdout)

    code, runs = told("list")
    assert (code, [run["run"] for run in runs]) == (Exit.OK, ["autumn"])
    assert told("watch", "autumn")[0] == Exit.FAILED
    assert told("results", "autumn")[0] == Exit.FAILED
    with State(state_path(folder, "autumn")) as state:
        state.failed(2, "INVALID_S3_OBJECT", "There is no such object.")
    assert told("results", "autumn")[0] == Exit.QUARANTINED
