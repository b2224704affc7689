"""Flow definitions: what is accepted, what is described, what a loop needs of them."""

from datetime import timedelta
from typing import Any

import pytest
from gavel_emulator.a2i import flows, starting, task_uis, workteams
from gavel_emulator.a2i.conditions import EVERYTHING
from gavel_emulator.a2i.refusals import Refused

from tests.unit.emulator_a2i.accounts import ARN, Account

ONE_CONDITION = '{"Conditions":[{"ConditionType":"Sampling","ConditionParameters":{"RandomSamplingPercentage":5}}]}'


def flow_request(**changes: Any) -> dict[str, Any]:
    review = {
        "WorkteamArn": f"{ARN}workteam/private-crowd/team",
        "HumanTaskUiArn": f"{ARN}human-task-ui/ui",
        "TaskTitle": "Look",
        "TaskDescription": "Look at it",
        "TaskCount": 1,
    } | changes.pop("review", {})
    return {
        "FlowDefinitionName": "fd",
        "HumanLoopConfig": review,
        "OutputConfig": {"S3OutputPath": "s3://b/results"},
        "RoleArn": "arn:aws:iam::111122223333:role/flow",
    } | changes


def built_in(conditions: str | None = None, source: str = flows.REKOGNITION) -> dict[str, Any]:
    request: dict[str, Any] = {"HumanLoopRequestSource": {"AwsManagedHumanLoopRequestSource": source}}
    return request | with_conditions(conditions) if conditions is not None else request


def with_conditions(conditions: str) -> dict[str, Any]:
    config = {"HumanLoopActivationConditionsConfig": {"HumanLoopActivationConditions": conditions}}
    return {"HumanLoopActivationConfig": config}


def code_of(caught: pytest.ExceptionInfo[Refused]) -> str:
    return caught.value.code


def test_a_flow_definition_becomes_active_after_a_moment(account: Account) -> None:
    flows.create(account.with_team().plane, flow_request())
    created = account.plane.flows["fd"].created_at
    account.plane.clock = lambda: created + timedelta(milliseconds=199)
    assert flows.describe(account.plane, {"FlowDefinitionName": "fd"})["FlowDefinitionStatus"] == "Initializing"
    with pytest.raises(Refused, match="Initializing"):
        starting.find_flow(account.plane, f"{ARN}flow-definition/fd")
    account.plane.clock = lambda: created + timedelta(milliseconds=200)
    assert flows.describe(account.plane, {"FlowDefinitionName": "fd"})["FlowDefinitionStatus"] == "Active"


def test_a_flow_definition_is_described_as_it_was_asked_for(account: Account) -> None:
    request = flow_request(**built_in(ONE_CONDITION))
    flows.create(account.with_team().plane, request)
    described = flows.describe(account.plane, {"FlowDefinitionName": "fd"})
    assert {key: described[key] for key in request} == request


def test_a_name_is_taken_until_its_flow_definition_is_deleted(account: Account) -> None:
    flows.create(account.with_team().plane, flow_request())
    with pytest.raises(Refused) as caught:
        flows.create(account.plane, flow_request())
    assert code_of(caught) == "ResourceInUse"
    flows.delete(account.plane, {"FlowDefinitionName": "fd"})
    flows.create(account.plane, flow_request())


@pytest.mark.parametrize("operation", [flows.describe, flows.delete])
def test_a_missing_flow_definition_is_not_found(account: Account, operation: Any) -> None:
    with pytest.raises(Refused) as caught:
        operation(account.plane, {"FlowDefinitionName": "fd"})
    assert (caught.value.code, caught.value.status) == ("ResourceNotFound", 400)


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"HumanLoopConfig": None}, "Value null at 'humanLoopConfig'"),
        (
            {"review": {"WorkteamArn": f"{ARN}workteam/private-crowd/other"}},
            "The specified Workteam '.*other' does not",
        ),
        ({"review": {"HumanTaskUiArn": f"{ARN}human-task-ui/other"}}, "The specified HumanTaskUi"),
        ({"review": {"TaskAvailabilityLifetimeInSeconds": 864_001}}, "864000"),
        ({"review": {"TaskTimeLimitInSeconds": 28_801}}, "28800"),
        ({"OutputConfig": {"S3OutputPath": "https://nowhere.example/x"}}, "names no S3 bucket"),
        (with_conditions(ONE_CONDITION), "needs a HumanLoopRequestSource"),
        (built_in("{"), "HumanLoopActivationConditions are not valid"),
        (built_in('{"Conditions":[{"ConditionType":"X"}]}'), r"Conditions\[0\].ConditionType"),
        (built_in("{", "AWS/Textract/AnalyzeDocument/Forms/V1"), "HumanLoopActivationConditions are not valid"),
        (
            {"review": {"WorkteamArn": "arn:aws:sagemaker:us-east-1:394669845002:workteam/public-crowd/default"}},
            "PublicWorkforceTaskPrice",
        ),
    ],
)
def test_a_flow_definition_that_could_not_work_is_refused(
    account: Account, changes: dict[str, Any], complaint: str
) -> None:
    with pytest.raises(Refused, match=complaint) as caught:
        flows.create(account.with_team().plane, flow_request(**changes))
    assert code_of(caught) == "ValidationException"
    assert not account.plane.flows


def test_the_output_bucket_must_be_in_the_region_if_it_exists(account: Account) -> None:
    account.bucket_regions["b"] = "eu-west-1"
    with pytest.raises(Refused, match="eu-west-1"):
        flows.create(account.with_team().plane, flow_request())
    account.bucket_regions["b"] = "us-east-1"
    flows.create(account.plane, flow_request())


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("s3://b", ("b", "")),
        ("s3://b/", ("b", "")),
        ("s3://b/chapter4/a2i-results", ("b", "chapter4/a2i-results/")),
        ("s3://b/chapter4/a2i-results/", ("b", "chapter4/a2i-results/")),
        ("https://b.s3.amazonaws.com/results", ("b", "results/")),
        ("https://s3.eu-west-1.amazonaws.com/b/results", ("b", "results/")),
    ],
)
def test_the_output_goes_under_the_path_that_was_given(account: Account, path: str, place: tuple[str, str]) -> None:
    flows.create(account.with_team().plane, flow_request(OutputConfig={"S3OutputPath": path}))
    review = flows.review(account.plane, account.plane.flows["fd"])
    assert (review.output_bucket, review.output_prefix) == place


def test_what_is_left_out_has_a_default(account: Account) -> None:
    flows.create(account.with_team().plane, flow_request())
    review = flows.review(account.plane, account.plane.flows["fd"])
    assert (review.lifetime, review.time_limit) == (timedelta(days=10), timedelta(hours=1))


def test_a_built_in_source_without_conditions_reviews_everything(account: Account) -> None:
    flows.create(account.with_team().plane, flow_request(**built_in()))
    assert account.plane.flows["fd"].conditions == EVERYTHING


def test_a_hundred_flow_definitions_are_the_limit(account: Account) -> None:
    account.with_team()
    for number in range(100):
        flows.create(account.plane, flow_request(FlowDefinitionName=f"fd-{number}"))
    with pytest.raises(Refused) as caught:
        flows.create(account.plane, flow_request())
    assert code_of(caught) == "ResourceLimitExceeded"


@pytest.mark.parametrize(
    ("arn", "complaint"),
    [
        ("fd", "not the ARN of a flow definition"),
        (f"{ARN}workteam/private-crowd/team", "not the ARN of a flow definition"),
        ("arn:aws:sagemaker:eu-west-1:111122223333:flow-definition/fd", "this account and region"),
        ("arn:aws:sagemaker:us-east-1:999999999999:flow-definition/fd", "this account and region"),
        (f"{ARN}flow-definition/fd", "does not exist"),
    ],
)
def test_a_loop_needs_a_flow_definition_of_its_account_and_region(account: Account, arn: str, complaint: str) -> None:
    with pytest.raises(Refused, match=complaint):
        starting.find_flow(account.plane, arn)


@pytest.mark.parametrize("gone", ["ui", "team"])
def test_no_loop_starts_when_the_task_ui_or_the_team_is_gone(account: Account, gone: str) -> None:
    flows.create(account.with_team().plane, flow_request())
    if gone == "ui":
        task_uis.delete(account.plane, {"HumanTaskUiName": "ui"})
    else:
        workteams.delete(account.plane, {"WorkteamName": "team"})
    with pytest.raises(Refused, match="does not exist"):
        flows.review(account.plane, account.plane.flows["fd"])
