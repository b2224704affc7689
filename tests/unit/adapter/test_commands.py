"""What the commands say without a stack: of files that can't be read, and of refusals."""

from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from cli.adapter.manifest import SetProblems
from cli.adapter.promotion import CannotPromote
from cli.adapter.session import NoSuchAdapter, parted
from cli.adapter.speaking import run
from cli.adapter.starting import lines_of_file
from cli.main import app
from cli.screen import Exit
from shared.errors import Permanent, Transient


def test_a_line_ends_where_json_lines_end_and_nowhere_else(tmp_path: Path) -> None:
    file = tmp_path / "verified.jsonl"
    file.write_text('{"a": "\u2028\x85"}\n{"b": 1}\n', encoding="utf-8")
    assert lines_of_file(str(file)) == ['{"a": "\u2028\x85"}', '{"b": 1}', ""]
    with pytest.raises(Permanent, match="manifest-unreadable"):
        lines_of_file(str(tmp_path / "nothing.jsonl"))


def test_adapters_are_named_by_project_and_version_or_by_arn() -> None:
    arn = "arn:aws:rekognition:us-east-1:000000000000:project/shop/version/3f9c/1791000000000"
    assert parted("shop/3f9c") == parted(arn) == ("shop", "3f9c")
    assert parted("shop") == parted("arn:aws:rekognition:us-east-1:000000000000:project/shop/1791000000000")
    assert parted("shop") == ("shop", None)


@pytest.mark.parametrize("margin", ["-1", "-0.01", "1.5"])
def test_a_margin_that_would_let_a_worse_adapter_pass_unforced_is_no_margin(margin: str) -> None:
    asked = ["adapter", "promote", "shop/3f9c", "--policy", "standard", "--margin", margin]
    assert CliRunner().invoke(app, asked).exit_code == Exit.USAGE


def test_a_project_s_name_that_rekognition_would_refuse_is_told_before() -> None:
    told = CliRunner().invoke(app, ["adapter", "create", "our shop"])
    assert (told.exit_code, "hyphens" in told.stderr) == (Exit.USAGE, True)


@pytest.mark.parametrize(
    ("error", "code", "told"),
    [
        (SetProblems(f"problem {number}" for number in range(50)), Exit.FAILED, "… and 10 more"),
        (CannotPromote("it is no better", can_be_forced=True), Exit.FAILED, "--force"),
        (NoSuchAdapter("there is no adapter"), Exit.NOT_FOUND, "there is no adapter"),
        (Transient("policy-missing", "there is no policy"), Exit.NOT_FOUND, "there is no policy"),
        (Permanent("adapter-in-use", "rekognition answered"), Exit.FAILED, "one of this name"),
        (Transient("rekognition-access-denied", "rekognition answered"), Exit.FAILED, "docs/adapters.md"),
    ],
)
def test_every_refusal_has_its_words_and_its_exit_code(
    error: Exception, code: Exit, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    async def refused() -> None:
        raise error

    with pytest.raises(typer.Exit) as caught:
        run(refused())
    assert caught.value.exit_code == code
    assert told in " ".join(capsys.readouterr().err.split())
