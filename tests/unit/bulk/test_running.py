"""How runs stand, as any other process sees them."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import msgspec
import pytest
from typer.testing import CliRunner

from cli.bulk import running
from cli.bulk.plan import Mode, Plan
from cli.bulk.running import Teller, Way, results
from cli.bulk.shapes import Answer, Label
from cli.bulk.sources import Line
from cli.bulk.standing import DONE, LISTED, PLAN, cancel, standing, standings, state_path
from cli.bulk.state import Stage, State, Told
from cli.connection import Connection
from cli.main import app
from cli.runs import NothingThere, alone
from cli.screen import Exit
from shared.clock import utc_now

PLAN_OF_AUTUMN = Plan(run="autumn", source="s3://shop/", mode=Mode.FAN_OUT, stack="dev", min_confidence=50)
SMOKES = Answer(moderation_labels=(Label(confidence=88.1, name="Smoking"),), moderation_model_version="7.0")


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


def test_an_adapter_that_was_ignored_is_told(folder: Path) -> None:
    def told() -> str:
        return CliRunner().invoke(app, ["bulk", "results", "autumn", "--state", str(folder)]).stdout

    assert "adapter ignored" not in told()
    with State(state_path(folder, "autumn")) as state:
        state.keep_fact(PLAN, msgspec.structs.replace(PLAN_OF_AUTUMN, adapter="arn"))
    assert "adapter ignored: 1 of them" in told()


def test_files_are_whole_or_as_they_were_before(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    results(folder, "autumn", folder / "autumn", price_usd=0.001)
    before = {path.name: path.read_bytes() for path in (folder / "autumn").glob("*.json*")}
    with State(state_path(folder, "autumn")) as state:
        state.answered(state.images(Stage.NEW)[0], SMOKES, None)
    seen: list[bytes] = []

    class Full(Exception):
        pass

    def told(self: State) -> Iterator[Told]:
        for one in read(self):
            seen.append((folder / "autumn" / "results.jsonl").read_bytes())
            yield one
        raise Full

    read = State.told
    monkeypatch.setattr(State, "told", told)
    with pytest.raises(Full):
        results(folder, "autumn", folder / "autumn", price_usd=0.001)
    assert seen == [before["results.jsonl"]] * 2
    assert {path.name: path.read_bytes() for path in (folder / "autumn").glob("*.json*")} == before


def test_a_run_counts_once_a_second_however_often_it_moves(folder: Path) -> None:
    told: list[tuple[str, int]] = []
    tenths = iter(range(1000))
    with State(state_path(folder, "autumn")) as state:
        teller = Teller(
            state=state,
            watch=lambda phase, counts: told.append((phase, counts.done)),
            clock_s=lambda: next(tenths) / 10,
        )
        for _ in range(30):
            teller.tell("asking")
    assert told == [("asking", 1)] * 3


def test_what_is_told_is_of_one_moment_while_a_run_goes_on(folder: Path) -> None:
    with State(state_path(folder, "autumn")) as state, State(state_path(folder, "autumn")) as going_on:
        with state.unchanging():
            assert state.counts().done == 1
            going_on.answered(going_on.images(Stage.NEW)[0], SMOKES, None)
            assert state.counts().done == 1
        assert state.counts().done == 2


async def test_a_run_is_done_when_its_files_are_there(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def asked(*_: object) -> None:
        with State(state_path(folder, "autumn")) as state:
            for image in state.images(Stage.NEW):
                state.answered(image, SMOKES, None)

    monkeypatch.setattr(running, "_ask", asked)
    with State(state_path(folder, "autumn")) as state:
        state.keep_fact(LISTED, utc_now())
    in_the_way = folder / "autumn" / "results.jsonl"
    in_the_way.mkdir()
    way, nobody = Way(folder=folder, price_usd=0.001, calls_per_s=5), cast("Connection", None)
    with pytest.raises(IsADirectoryError):
        await running.resume("autumn", nobody, way)
    assert standing(folder, "autumn").status == "interrupted"
    in_the_way.rmdir()
    assert (await running.resume("autumn", nobody, way)).results == 2
    assert standing(folder, "autumn").status == "done"


def test_a_run_that_is_not_there_is_told_by_every_command(folder: Path) -> None:
    with pytest.raises(NothingThere):
        standing(folder, "winter")
    for command in ("status", "watch", "results", "cancel", "resume"):
        told = CliRunner().invoke(app, ["bulk", command, "winter", "--state", str(folder)])
        assert (told.exit_code, "no run" in told.stderr) == (Exit.NOT_FOUND, True), command


def test_a_cancellation_says_what_a_run_that_goes_on_does_with_it(folder: Path) -> None:
    with alone(state_path(folder, "autumn").with_name("lock")):
        told = CliRunner().invoke(app, ["bulk", "cancel", "autumn", "--state", str(folder)])
    assert (told.exit_code, "nothing more begins" in told.stdout) == (Exit.OK, True)


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
