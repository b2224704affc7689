"""Tags of what human review is made of."""

import pytest
from gavel_emulator.a2i import tags, task_uis
from gavel_emulator.a2i.refusals import Refused

from tests.unit.emulator_a2i.accounts import ARN, Account


def test_tags_are_added_overwritten_listed_and_removed(account: Account) -> None:
    arn = {"ResourceArn": f"{ARN}human-task-ui/ui"}
    template = {"Content": "<p>"}
    given = [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "1"}]
    task_uis.create(account.plane, {"HumanTaskUiName": "ui", "UiTemplate": template, "Tags": given})
    tags.add(account.plane, arn | {"Tags": [{"Key": "b", "Value": "2"}]})
    tags.delete(account.plane, arn | {"TagKeys": ["a", "never there"]})
    assert tags.list_(account.plane, arn)["Tags"] == [{"Key": "b", "Value": "2"}]
    task_uis.delete(account.plane, {"HumanTaskUiName": "ui"})
    task_uis.create(account.plane, {"HumanTaskUiName": "ui", "UiTemplate": template})
    assert tags.list_(account.plane, arn)["Tags"] == []


def test_tags_have_limits(account: Account) -> None:
    arn = {"ResourceArn": f"{ARN}workteam/private-crowd/team"}
    tags.add(account.with_team().plane, arn | {"Tags": [{"Key": str(n), "Value": ""} for n in range(50)]})
    with pytest.raises(Refused, match="at most 50"):
        tags.add(account.plane, arn | {"Tags": [{"Key": "more", "Value": ""}]})
    with pytest.raises(Refused, match="reserved"):
        tags.add(account.plane, arn | {"Tags": [{"Key": "aws:more", "Value": ""}]})


@pytest.mark.parametrize(
    ("resource", "complaint"), [("workforce/people", "Invalid resource type"), ("model/x", "does not exist")]
)
def test_other_resources_have_no_tags_here(account: Account, resource: str, complaint: str) -> None:
    with pytest.raises(Refused, match=complaint):
        tags.list_(account.with_team().plane, {"ResourceArn": ARN + resource})
