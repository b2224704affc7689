import json

import pytest
from typer.testing import CliRunner

from cli.main import app
from cli.plan.command import WrongMix, shares
from cli.screen import Exit, duration


def test_a_mix_is_shares() -> None:
    assert shares("video:1, review:2.5") == (0.01, 0.0, 0.025)


@pytest.mark.parametrize("mix", ["sound:3", "video:many", "video:101", "video"])
def test_a_mix_that_makes_no_sense_is_refused(mix: str) -> None:
    with pytest.raises(WrongMix):
        shares(mix)
    assert CliRunner().invoke(app, ["plan", "--mix", mix]).exit_code == Exit.USAGE


def test_durations_are_told_in_their_own_unit() -> None:
    assert [duration(each) for each in (0.0123, 3.21, 600, 10_000, 400_000)] == [
        "12 ms", "3.2 s", "10 min", "3 h", "4.6 days",
    ]  # fmt: skip


def test_a_day_is_told_for_people_and_for_programs() -> None:
    asked = ["plan", "--items-per-day", "2e3", "--items-per-day", "4e3", "--quota", "0.1"]
    told = CliRunner().invoke(app, [*asked, "--json"])
    days = json.loads(told.stdout)["days"]
    assert [each["items_per_day"] for each in days] == [2e3, 4e3]
    assert days[1]["first_to_break"] == "Rekognition's image quota"
    shown = CliRunner().invoke(app, asked)
    assert shown.exit_code == Exit.OK
    assert "Rekognition's image quota would break first" in " ".join(shown.stdout.split())
