"""Reviewers are invited, listed and removed by the command line alone; everybody else knows pseudonyms."""

import asyncio
import json
import re
import uuid
from typing import Any

from typer.testing import CliRunner

from cli.main import app
from cli.screen import Exit
from tests.e2e.pipeline import Pipeline


async def test_a_reviewer_is_invited_into_the_team_and_listed_with_a_pseudonym(pipeline: Pipeline) -> None:
    email = f"{uuid.uuid4().hex}@example.com"
    invited = await _gavel("invite", email)
    assert re.fullmatch("[0-9a-f]{16}", invited["worker"])
    assert invited["status"] == "FORCE_CHANGE_PASSWORD"
    # Once more changes nothing but sends the invitation again.
    assert await _gavel("invite", email) == invited
    assert [each for each in await _gavel("list") if each["email"] == email] == [invited]


async def test_a_removed_reviewer_is_off_the_team_and_may_come_back(pipeline: Pipeline) -> None:
    email = f"{uuid.uuid4().hex}@example.com"
    invited = await _gavel("invite", email)
    assert (await _gavel("remove", email))["teams_left"] == []
    assert email not in [each["email"] for each in await _gavel("list")]
    again = await _gavel("invite", email)
    assert (again["worker"], again["is_enabled"]) == (invited["worker"], True)


async def test_who_is_not_there_or_a_team_that_is_not_there_is_told(pipeline: Pipeline) -> None:
    assert await _exit_code("remove", "nobody@example.com") == Exit.NOT_FOUND
    assert await _exit_code("list", "--team", "nonsense") == Exit.FAILED
    assert await _exit_code("list") == Exit.OK


async def _gavel(*arguments: str) -> Any:
    result = await asyncio.to_thread(CliRunner().invoke, app, ["reviewers", *arguments, "--json"])
    assert result.exit_code == Exit.OK, result.output
    return json.loads(result.stdout)


async def _exit_code(*arguments: str) -> int:
    return (await asyncio.to_thread(CliRunner().invoke, app, ["reviewers", *arguments])).exit_code
