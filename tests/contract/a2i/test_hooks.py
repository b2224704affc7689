"""The emulator's own routes, for whoever plays the workers."""

import urllib.request
from typing import Any

import pytest

from tests.conftest import REGION
from tests.contract.a2i.studio import TEMPLATE, Studio


def listed(studio: Studio, **query: str) -> dict[str, Any]:
    """This account's loops by name; the route tells everybody's."""
    text = "&".join(f"{key}={value}" for key, value in query.items())
    status, told = studio.control("GET", f"/_gavel/human-loops?{text}")
    assert status == 200
    return {loop["name"]: loop for loop in told["humanLoops"] if loop["accountId"] == studio.account}


def test_loops_are_told_with_all_that_a_worker_needs(studio: Studio) -> None:
    flow = studio.flow(review={"TaskCount": 2})
    studio.start(flow, content='{"mediaId": "ü"}')
    studio.answer(workerId="ef7294f850a3d9d1", answerContent={"ruling": "reject"})
    told = listed(studio)["loop"]
    (answer,) = told.pop("answers")
    assert (answer["workerId"], answer["answerContent"]) == ("ef7294f850a3d9d1", {"ruling": "reject"})
    assert told.pop("created") < told.pop("expires")
    assert told == {
        "name": "loop",
        "accountId": studio.account,
        "region": REGION,
        "status": "InProgress",
        "failureCode": None,
        "failureReason": None,
        "flowDefinition": "fd",
        "flowDefinitionArn": flow,
        "humanTaskUiArn": studio.arn("human-task-ui/ui"),
        "workteamArn": studio.arn("workteam/private-crowd/team"),
        "source": None,
        "taskTitle": "Is this picture all right?",
        "taskCount": 2,
        "timeLimitInSeconds": 3600,
        "holds": [],
        "inputContent": {"mediaId": "ü"},
        "outputS3Uri": studio.describe()["HumanLoopOutput"]["OutputS3Uri"],
    }


def test_a_loop_keeps_the_template_that_it_started_with(studio: Studio) -> None:
    studio.start(studio.flow())
    studio.sagemaker.delete_human_task_ui(HumanTaskUiName="ui")
    address = f"{studio.emulator.endpoint}/_gavel/human-loops/loop/template?account={studio.account}&region={REGION}"
    with urllib.request.urlopen(address, timeout=120) as response:  # noqa: S310 (the emulator's)
        assert response.read().decode() == TEMPLATE
    assert studio.control("GET", f"/_gavel/human-loops/nobody/template?account={studio.account}")[0] == 404


def test_loops_are_found_by_status_and_flow_definition(studio: Studio) -> None:
    flow, other = studio.flow(), studio.flow(FlowDefinitionName="other")
    studio.start(flow, "running")
    studio.start(other, "stopped")
    studio.a2i.stop_human_loop(HumanLoopName="stopped")
    assert listed(studio, status="InProgress").keys() == {"running"}
    assert listed(studio, status="Stopped").keys() == {"stopped"}
    assert listed(studio, flowDefinition="other").keys() == {"stopped"}
    assert listed(studio, flowDefinition=flow).keys() == {"running"}
    assert studio.control("GET", "/_gavel/human-loops?status=Sleeping")[0] == 400


def test_a_loop_is_found_by_its_name_alone_unless_two_have_it(studio: Studio) -> None:
    name = studio.unique("loop")
    studio.start(studio.flow(), name)
    status, told = studio.control("POST", f"/_gavel/human-loops/{name}/answers", {"answerContent": {}})
    assert (status, told["status"]) == (200, "Completed")
    assert studio.control("GET", f"/_gavel/human-loops/{name}")[1]["status"] == "Completed"
    assert studio.control("GET", f"/_gavel/human-loops/{name}?region=eu-west-1")[0] == 404


def test_a_name_in_two_accounts_needs_the_account(studio: Studio) -> None:
    name = studio.unique("loop")
    studio.start(studio.flow(), name)
    other = Studio(
        account=studio.account[::-1],
        session=studio.session,
        emulator=studio.emulator,
        eventually=studio.eventually,
        unique=studio.unique,
    )
    other.furnish()
    other.start(other.flow(), name)
    status, told = studio.control("GET", f"/_gavel/human-loops/{name}")
    assert status == 409
    assert studio.account in told["error"]
    assert studio.control("GET", f"/_gavel/human-loops/{name}?account={studio.account}")[0] == 200


def test_a_loop_that_is_not_there_is_404(studio: Studio) -> None:
    for act in ("answers", "hold", "release", "complete-empty", "expire", "fail"):
        status, told = studio.hook(act, "nobody", answerContent={}, workerId="w")
        assert status == 404
        assert "nobody" in told["error"]


def test_a_loop_that_is_over_is_409(studio: Studio) -> None:
    studio.start(studio.flow())
    studio.answer()
    for act in ("answers", "hold", "complete-empty", "expire", "fail"):
        status, told = studio.hook(act, answerContent={})
        assert status == 409
        assert told["error"] == "loop is Completed"


def test_the_same_worker_twice_is_409(studio: Studio) -> None:
    studio.start(studio.flow(review={"TaskCount": 3}))
    studio.answer(workerId="one")
    status, told = studio.hook("answers", workerId="one", answerContent={})
    assert status == 409
    assert "distinct" in told["error"]
    assert studio.answer()["answers"][0]["workerId"] != studio.answer()["answers"][2]["workerId"]
    assert studio.status() == "Completed"


def test_a_task_is_held_and_given_back(studio: Studio) -> None:
    studio.start(studio.flow())
    status, told = studio.hook("hold", workerId="one")
    assert (status, len(told["holds"])) == (200, 1)
    assert studio.hook("answers", workerId="two", answerContent={})[0] == 409
    assert studio.hook("release", workerId="two")[0] == 409
    assert studio.hook("release")[1]["holds"] == []
    assert studio.hook("release")[0] == 409
    studio.answer(workerId="two")


@pytest.mark.parametrize(
    ("act", "document"),
    [
        ("answers", {}),
        ("answers", {"answerContent": []}),
        ("answers", {"answerContent": "reject"}),
        ("answers", {"answerContent": {}, "workerId": 5}),
        ("answers", {"answerContent": {}, "workerId": ""}),
        ("answers", {"answerContent": {}, "timeSpentInSeconds": -1}),
        ("answers", {"answerContent": {}, "timeSpentInSeconds": "long"}),
        ("fail", {"failureCode": "BadMood"}),
        ("fail", {"failureReason": 5}),
        ("fail", {"failureReason": "x" * 1025}),
    ],
)
def test_a_request_that_makes_no_sense_is_400_and_changes_nothing(
    studio: Studio, act: str, document: dict[str, Any]
) -> None:
    studio.start(studio.flow())
    status, told = studio.hook(act, **document)
    assert status == 400
    assert told["error"]
    assert listed(studio)["loop"]["answers"] == []
    assert studio.status() == "InProgress"


def test_settings_are_told_and_reset(studio: Studio) -> None:
    path = "/_gavel/human-loops-settings"
    flow = studio.arn("flow-definition/fd")
    changed = {"inFlightQuota": None, "eventCopies": 0}
    assert studio.control("POST", path, {"flowDefinitionArn": flow, "eventCopies": 0}) == (200, changed)
    assert studio.control("GET", f"{path}?flowDefinitionArn={flow}") == (200, changed)
    assert studio.control("DELETE", f"{path}?flowDefinitionArn={flow}") == (204, None)
    unchanged = {"inFlightQuota": None, "eventCopies": 1}
    assert studio.control("GET", f"{path}?flowDefinitionArn={flow}") == (200, unchanged)


@pytest.mark.parametrize("setting", [{"eventCopies": -1}, {"eventCopies": True}, {"quota": 5}, {"inFlightQuota": "5"}])
def test_settings_that_make_no_sense_are_400(studio: Studio, setting: dict[str, Any]) -> None:
    flow = studio.arn("flow-definition/fd")
    status, told = studio.control("POST", "/_gavel/human-loops-settings", setting | {"flowDefinitionArn": flow})
    assert status == 400
    assert told["error"]
