"""Pages of a listing, and task UIs in them."""

import json
from datetime import datetime

import pytest
from gavel_emulator.a2i import task_uis
from gavel_emulator.a2i.refusals import Refused

from tests.unit.emulator_a2i.accounts import Account


def test_a_listing_goes_page_by_page_while_items_come_and_go(account: Account) -> None:
    for number in range(5):
        task_uis.create(account.plane, {"HumanTaskUiName": f"ui-{number}", "UiTemplate": {"Content": "<p>"}})
    first = task_uis.list_(account.plane, {"MaxResults": 2, "SortOrder": "Ascending"})
    task_uis.delete(account.plane, {"HumanTaskUiName": "ui-1"})
    task_uis.create(account.plane, {"HumanTaskUiName": "ui-5", "UiTemplate": {"Content": "<p>"}})
    rest = task_uis.list_(account.plane, {"SortOrder": "Ascending", "NextToken": first["NextToken"]})
    assert [ui["HumanTaskUiName"] for ui in first["HumanTaskUiSummaries"]] == ["ui-0", "ui-1"]
    assert [ui["HumanTaskUiName"] for ui in rest["HumanTaskUiSummaries"]] == ["ui-2", "ui-3", "ui-4", "ui-5"]
    assert rest["NextToken"] is None


def test_the_newest_come_first_unless_told_otherwise(account: Account) -> None:
    for number in range(3):
        task_uis.create(account.plane, {"HumanTaskUiName": f"ui-{number}", "UiTemplate": {"Content": "<p>"}})
    first = task_uis.list_(account.plane, {"MaxResults": 2})
    rest = task_uis.list_(account.plane, {"NextToken": first["NextToken"]})
    names = [ui["HumanTaskUiName"] for page in (first, rest) for ui in page["HumanTaskUiSummaries"]]
    assert names == ["ui-2", "ui-1", "ui-0"]


def test_times_of_creation_limit_a_listing_from_inclusive_to_exclusive(account: Account) -> None:
    for number in range(3):
        task_uis.create(account.plane, {"HumanTaskUiName": f"ui-{number}", "UiTemplate": {"Content": "<p>"}})
    created = account.plane.task_uis["ui-1"].created_at

    def named(**limits: datetime) -> list[str]:
        return [ui["HumanTaskUiName"] for ui in task_uis.list_(account.plane, limits)["HumanTaskUiSummaries"]]

    assert named(CreationTimeAfter=created) == ["ui-2", "ui-1"]
    assert named(CreationTimeBefore=created) == ["ui-0"]
    assert named(CreationTimeAfter=created.replace(tzinfo=None)) == ["ui-2", "ui-1"]


@pytest.mark.parametrize("token", ["x", "e30=", "W10=", "bnVsbA==", json.dumps(["a", "b"])])
def test_a_token_of_somebody_else_is_refused(account: Account, token: str) -> None:
    with pytest.raises(Refused, match="NextToken"):
        task_uis.list_(account.plane, {"NextToken": token})


def test_a_task_ui_tells_its_digest_and_not_its_content(account: Account) -> None:
    task_uis.create(account.plane, {"HumanTaskUiName": "ui", "UiTemplate": {"Content": "<p>ü</p>"}})
    assert task_uis.describe(account.plane, {"HumanTaskUiName": "ui"})["UiTemplate"] == {
        "ContentSha256": "3f08d999915773475441df32aaf6d7f773b76fe587502b36fb6fcf45aee9e5cc",
        "Url": "http://localhost:4566/_gavel/human-task-uis/111122223333/us-east-1/ui",
    }
