"""The command as it is typed: what it brings along, and what it says when something isn't as it should be."""

import subprocess
import sys
from pathlib import Path

import pytest
from botocore.exceptions import ClientError, NoCredentialsError

from cli.bulk.plan import Mode, Plan
from cli.bulk.standing import PLAN, state_path
from cli.bulk.state import State
from cli.main import run
from cli.screen import Exit


def test_no_command_waits_for_the_library_of_plots() -> None:
    asked = [sys.executable, "-c", "import sys, cli.main; print('matplotlib' in sys.modules)"]
    told = subprocess.run(asked, capture_output=True, text=True, check=True)  # noqa: S603  this project's own program
    assert told.stdout == "False\n"


def test_a_file_that_cannot_be_written_is_told_in_a_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = Plan(run="autumn", source="s3://shop/", mode=Mode.FAN_OUT, stack="dev", min_confidence=50)
    with State(state_path(tmp_path, "autumn")) as state:
        state.keep_fact(PLAN, plan)
    taken = tmp_path / "taken"
    taken.write_text("a file, where a folder should be")
    monkeypatch.setattr(
        sys, "argv", ["gavel", "bulk", "results", "autumn", "--state", str(tmp_path), "--out", str(taken)]
    )
    with pytest.raises(SystemExit) as ended:
        run()
    assert (ended.value.code, capsys.readouterr().err) == (Exit.FAILED, f"{taken}: File exists\n")


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (NoCredentialsError(), "AWS can't be asked: Unable to locate credentials\n"),
        (
            ClientError({"Error": {"Code": "AccessDenied", "Message": "no [right]"}}, "GetParameter"),
            "AWS refuses: An error occurred (AccessDenied) when calling the GetParameter operation: no [right]\n",
        ),
    ],
)
def test_what_aws_has_to_do_with_it_is_told_in_a_line(
    error: Exception, told: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def failing() -> None:
        raise error

    monkeypatch.setattr("cli.main.app", failing)
    with pytest.raises(SystemExit) as ended:
        run()
    assert (ended.value.code, capsys.readouterr().err) == (Exit.FAILED, told)
