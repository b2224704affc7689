"""SageMaker's operations for human review: every answer fits the model, every bad request is refused as by AWS."""

import json
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.contract.a2i.studio import BUILT_IN, COGNITO, TEMPLATE, Studio

SAMPLE_CONDITIONS = {
    "Conditions": [
        {
            "Or": [
                {
                    "ConditionType": "ModerationLabelConfidenceCheck",
                    "ConditionParameters": {
                        "ModerationLabelName": "Violence",
                        "ConfidenceGreaterThanEquals": 60,
                        "ConfidenceLessThan": 90,
                    },
                },
                {"ConditionType": "Sampling", "ConditionParameters": {"RandomSamplingPercentage": 5}},
            ]
        }
    ]
}
EVERYTHING: dict[str, Any] = {
    "review": {
        "TaskCount": 3,
        "TaskAvailabilityLifetimeInSeconds": 864_000,
        "TaskTimeLimitInSeconds": 28_800,
        "TaskKeywords": ["pictures", "content moderation"],
        "PublicWorkforceTaskPrice": {"AmountInUsd": {"Dollars": 0, "Cents": 3, "TenthFractionsOfACent": 6}},
    },
    "conditions": SAMPLE_CONDITIONS,
    "Tags": [{"Key": "team", "Value": "trust and safety"}],
}


def test_a_flow_definition_lives_from_initializing_to_not_found(studio: Studio, refusal: Any) -> None:
    request = studio.flow_request(**EVERYTHING)
    arn = studio.sagemaker.create_flow_definition(**request)["FlowDefinitionArn"]
    assert arn == studio.arn("flow-definition/fd")
    assert studio.describe_flow("fd")["FlowDefinitionStatus"] == "Initializing"
    studio.eventually(lambda: studio.describe_flow("fd")["FlowDefinitionStatus"] == "Active")
    described = studio.describe_flow("fd")
    assert {key: described[key] for key in request if key != "Tags"} == {
        key: value for key, value in request.items() if key != "Tags"
    }
    (summary,) = studio.sagemaker.list_flow_definitions()["FlowDefinitionSummaries"]
    assert (summary["FlowDefinitionArn"], summary["FlowDefinitionStatus"]) == (arn, "Active")
    studio.sagemaker.delete_flow_definition(FlowDefinitionName="fd")
    for operation in (studio.sagemaker.describe_flow_definition, studio.sagemaker.delete_flow_definition):
        assert refusal(operation, FlowDefinitionName="fd")[:2] == ("ResourceNotFound", 400)
    assert refusal(studio.a2i.list_human_loops, FlowDefinitionArn=arn)[:2] == ("ResourceNotFoundException", 404)


def test_a_loop_cannot_start_before_its_flow_definition_is_active(studio: Studio, refusal: Any) -> None:
    arn = studio.sagemaker.create_flow_definition(**studio.flow_request())["FlowDefinitionArn"]
    code, status, text = refusal(studio.start, flow_arn=arn)
    assert (code, status) == ("ValidationException", 400)
    assert "Initializing" in text


def test_a_task_ui_is_made_described_served_listed_and_deleted(empty_studio: Studio, refusal: Any) -> None:
    sagemaker = empty_studio.sagemaker
    template = "<p>Größe 大 {{ task.input.mediaId }}</p>"
    arn = sagemaker.create_human_task_ui(HumanTaskUiName="ui-1", UiTemplate={"Content": template})["HumanTaskUiArn"]
    described = sagemaker.describe_human_task_ui(HumanTaskUiName="ui-1")
    assert (described["HumanTaskUiArn"], described["HumanTaskUiStatus"]) == (arn, "Active")
    with urllib.request.urlopen(described["UiTemplate"]["Url"], timeout=120) as response:  # noqa: S310 (the emulator's)
        assert response.read().decode() == template
    assert [ui["HumanTaskUiName"] for ui in sagemaker.list_human_task_uis()["HumanTaskUiSummaries"]] == ["ui-1"]
    again = {"HumanTaskUiName": "ui-1", "UiTemplate": {"Content": template}}
    assert refusal(sagemaker.create_human_task_ui, **again)[:2] == ("ResourceInUse", 400)
    sagemaker.delete_human_task_ui(HumanTaskUiName="ui-1")
    for operation in (sagemaker.describe_human_task_ui, sagemaker.delete_human_task_ui):
        assert refusal(operation, HumanTaskUiName="ui-1")[:2] == ("ResourceNotFound", 400)


def test_a_workforce_and_its_team_are_made_changed_listed_and_deleted(studio: Studio, refusal: Any) -> None:
    sagemaker = studio.sagemaker
    workforce = sagemaker.describe_workforce(WorkforceName="people")["Workforce"]
    assert (workforce["Status"], workforce["CognitoConfig"]) == ("Active", COGNITO)
    source = {"Cidrs": ["10.0.0.0/16", "2001:db8:1234:1a00::/56"]}
    updated = sagemaker.update_workforce(WorkforceName="people", SourceIpConfig=source, IpAddressType="dualstack")
    assert updated["Workforce"]["SourceIpConfig"] == source
    assert [one["WorkforceName"] for one in sagemaker.list_workforces()["Workforces"]] == ["people"]
    presign = {"S3Presign": {"IamPolicyConstraints": {"SourceIp": "Enabled"}}}
    sagemaker.update_workteam(WorkteamName="team", Description="new", WorkerAccessConfiguration=presign)
    team = sagemaker.describe_workteam(WorkteamName="team")["Workteam"]
    assert (team["Description"], team["WorkforceArn"]) == ("new", workforce["WorkforceArn"])
    assert [one["WorkteamName"] for one in sagemaker.list_workteams()["Workteams"]] == ["team"]
    assert refusal(sagemaker.delete_workforce, WorkforceName="people")[0] == "ResourceInUse"
    assert sagemaker.delete_workteam(WorkteamName="team")["Success"] is True
    sagemaker.delete_workforce(WorkforceName="people")
    code, _, text = refusal(sagemaker.describe_workforce, WorkforceName="people")
    assert code == "ValidationException"
    assert text.startswith("No workforce")
    assert refusal(sagemaker.describe_workteam, WorkteamName="team")[2].startswith("The work team")


def test_an_oidc_workforce_has_groups_for_members_and_keeps_its_secret(empty_studio: Studio) -> None:
    sagemaker = empty_studio.sagemaker
    endpoint = "https://idp.example/here"
    oidc = dict.fromkeys(("AuthorizationEndpoint", "TokenEndpoint", "UserInfoEndpoint", "LogoutEndpoint"), endpoint)
    oidc |= {"ClientId": "client", "ClientSecret": "hidden", "Issuer": "https://idp.example", "JwksUri": endpoint}
    oidc_more = oidc | {"Scope": "openid email", "AuthenticationRequestExtraParams": {"prompt": "login"}}
    sagemaker.create_workforce(WorkforceName="people", OidcConfig=oidc_more)
    described = sagemaker.describe_workforce(WorkforceName="people")["Workforce"]["OidcConfig"]
    assert described == {key: value for key, value in oidc_more.items() if key != "ClientSecret"}
    members = [{"OidcMemberDefinition": {"Groups": ["reviewers"]}}]
    sagemaker.create_workteam(WorkteamName="team", Description="d", MemberDefinitions=members)
    assert sagemaker.describe_workteam(WorkteamName="team")["Workteam"]["MemberDefinitions"] == members


def test_tags_are_told_back_for_flow_definitions_task_uis_and_teams(studio: Studio) -> None:
    studio.flow(**EVERYTHING)
    for resource in ("flow-definition/fd", "human-task-ui/ui", "workteam/private-crowd/team"):
        arn = studio.arn(resource)
        studio.sagemaker.add_tags(ResourceArn=arn, Tags=[{"Key": "Größe", "Value": "大"}])
        assert {"Key": "Größe", "Value": "大"} in studio.sagemaker.list_tags(ResourceArn=arn)["Tags"]
        studio.sagemaker.delete_tags(ResourceArn=arn, TagKeys=["Größe"])
        assert "Größe" not in {tag["Key"] for tag in studio.sagemaker.list_tags(ResourceArn=arn)["Tags"]}
    assert studio.sagemaker.list_tags(ResourceArn=studio.arn("flow-definition/fd"))["Tags"] == EVERYTHING["Tags"]


def test_boto3s_paginators_read_every_page(empty_studio: Studio) -> None:
    for number in range(5):
        name = f"ui-{number}"
        empty_studio.sagemaker.create_human_task_ui(HumanTaskUiName=name, UiTemplate={"Content": TEMPLATE})
    pages = empty_studio.sagemaker.get_paginator("list_human_task_uis").paginate(PaginationConfig={"PageSize": 2})
    names = [[ui["HumanTaskUiName"] for ui in page["HumanTaskUiSummaries"]] for page in pages]
    assert names == [["ui-4", "ui-3"], ["ui-2", "ui-1"], ["ui-0"]]


def test_listings_take_times(empty_studio: Studio) -> None:
    empty_studio.sagemaker.create_human_task_ui(HumanTaskUiName="ui", UiTemplate={"Content": TEMPLATE})
    listing = empty_studio.sagemaker.list_human_task_uis
    assert listing(CreationTimeAfter=datetime(2020, 1, 1, tzinfo=UTC))["HumanTaskUiSummaries"]
    assert not listing(CreationTimeBefore=datetime(2020, 1, 1, tzinfo=UTC))["HumanTaskUiSummaries"]


def test_accounts_and_regions_know_nothing_of_each_other(studio: Studio) -> None:
    elsewhere = studio.client("sagemaker", region="eu-west-1")
    assert elsewhere.list_workteams()["Workteams"] == []
    somebody = studio.client("sagemaker", account=studio.account[::-1])
    assert somebody.list_workteams()["Workteams"] == []


def with_conditions(conditions: Any) -> dict[str, Any]:
    return {"conditions": conditions}


def check(**parameters: Any) -> dict[str, Any]:
    return {"ConditionType": "ModerationLabelConfidenceCheck", "ConditionParameters": parameters}


ACCEPTED: dict[str, dict[str, Any]] = {
    "everything there is": EVERYTHING,
    "a name of 63 characters": {"FlowDefinitionName": "a" * 63},
    "a name with hyphens": {"FlowDefinitionName": "a--b-9"},
    "a title with an umlaut": {"review": {"TaskTitle": "Größe"}},
    "the shortest times": {"review": {"TaskAvailabilityLifetimeInSeconds": 1, "TaskTimeLimitInSeconds": 30}},
    "a path over https": {"OutputConfig": {"S3OutputPath": "https://b.s3.amazonaws.com/x"}},
    "a key": {"OutputConfig": {"S3OutputPath": "s3://b", "KmsKeyId": "alias/reviews"}},
    "a bucket that isn't there": {"OutputConfig": {"S3OutputPath": "s3://nobody-made-this-bucket/x"}},
    "Textract": {
        "HumanLoopRequestSource": {"AwsManagedHumanLoopRequestSource": "AWS/Textract/AnalyzeDocument/Forms/V1"}
    },
    "a built-in source without conditions": {"HumanLoopRequestSource": {"AwsManagedHumanLoopRequestSource": BUILT_IN}},
    "any label": with_conditions({"Conditions": [check(ModerationLabelName="*", ConfidenceGreaterThanEquals=75)]}),
}
REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "no name": ({"FlowDefinitionName": None}, "Value null at 'flowDefinitionName'"),
    "a long name": ({"FlowDefinitionName": "a" * 64}, "less than or equal to 63"),
    "a capital": ({"FlowDefinitionName": "Fd"}, "regular expression pattern"),
    "a hyphen at the end": ({"FlowDefinitionName": "fd-"}, "regular expression pattern"),
    "no review": ({"HumanLoopConfig": None}, "'humanLoopConfig'"),
    "no team": ({"review": {"WorkteamArn": None}}, "'humanLoopConfig.workteamArn'"),
    "a flow for a team": (
        {"review": {"WorkteamArn": "arn:aws:sagemaker:us-east-1:111122223333:flow-definition/a2idemo"}},
        "1 validation error detected: Value 'arn:aws:sagemaker:us-east-1:111122223333:flow-definition/a2idemo' at "
        "'humanLoopConfig.workteamArn' failed to satisfy constraint: Member must satisfy regular expression pattern: "
        r"arn:aws[a-z\-]*:sagemaker:[a-z0-9\-]*:[0-9]{12}:workteam/.*",
    ),
    "another's team": (
        {"review": {"WorkteamArn": "arn:aws:sagemaker:us-east-1:111122223333:workteam/private-crowd/team"}},
        "does not exist or you do not have access to it",
    ),
    "no such task UI": (
        {"review": {"HumanTaskUiArn": "arn:aws:sagemaker:us-east-1:111122223333:human-task-ui/ui"}},
        "does not exist or you do not have access to it",
    ),
    "an empty title": ({"review": {"TaskTitle": ""}}, "'humanLoopConfig.taskTitle'"),
    "a long description": ({"review": {"TaskDescription": "d" * 256}}, "less than or equal to 255"),
    "no answer": ({"review": {"TaskCount": 0}}, "greater than or equal to 1"),
    "four answers": ({"review": {"TaskCount": 4}}, "less than or equal to 3"),
    "more than ten days": ({"review": {"TaskAvailabilityLifetimeInSeconds": 864_001}}, "864000"),
    "half a minute less one": ({"review": {"TaskTimeLimitInSeconds": 29}}, "greater than or equal to 30"),
    "more than eight hours": ({"review": {"TaskTimeLimitInSeconds": 28_801}}, "28800"),
    "six keywords": ({"review": {"TaskKeywords": list("abcdef")}}, "'humanLoopConfig.taskKeywords'"),
    "a keyword with two spaces": ({"review": {"TaskKeywords": ["a  b"]}}, "'humanLoopConfig.taskKeywords.1.member'"),
    "a dear task": (
        {"review": {"PublicWorkforceTaskPrice": {"AmountInUsd": {"Dollars": 3}}}},
        "'humanLoopConfig.publicWorkforceTaskPrice.amountInUsd.dollars'",
    ),
    "no output": ({"OutputConfig": None}, "'outputConfig'"),
    "a path on disk": ({"OutputConfig": {"S3OutputPath": "/tmp/x"}}, "'outputConfig.s3OutputPath'"),  # noqa: S108
    "no role": ({"RoleArn": None}, "'roleArn'"),
    "a user for a role": ({"RoleArn": "arn:aws:iam::111122223333:user/somebody"}, "'roleArn'"),
    "an unknown source": (
        {"HumanLoopRequestSource": {"AwsManagedHumanLoopRequestSource": "AWS/Rekognition/DetectLabels/Image/V1"}},
        "Member must satisfy enum value set",
    ),
    "conditions of a custom task": (
        {
            "HumanLoopActivationConfig": {
                "HumanLoopActivationConditionsConfig": {"HumanLoopActivationConditions": json.dumps(SAMPLE_CONDITIONS)}
            }
        },
        "HumanLoopRequestSource",
    ),
    "long conditions": (with_conditions({"Conditions": [], "": " " * 10_240}), "less than or equal to 10240"),
    "conditions of another kind": (with_conditions([]), "not a JSON object"),
    "an unknown condition": (with_conditions({"Conditions": [{"ConditionType": "Weather"}]}), "ConditionType"),
    "an unknown parameter": (
        with_conditions({"Conditions": [check(ModerationLabelName="Violence", ConfidenceAbove=5)]}),
        "ConfidenceAbove: unknown",
    ),
    "an unending tag": ({"Tags": [{"Key": "k", "Value": "v" * 257}]}, "'tags.1.member.value'"),
}


@pytest.mark.parametrize("changes", ACCEPTED.values(), ids=ACCEPTED)
def test_a_good_flow_definition_is_accepted(studio: Studio, changes: dict[str, Any]) -> None:
    studio.sagemaker.create_flow_definition(**studio.flow_request(**changes))


@pytest.mark.parametrize(("changes", "complaint"), REFUSED.values(), ids=REFUSED)
def test_a_bad_flow_definition_is_refused_with_the_reason(
    studio: Studio, refusal: Callable[..., tuple[str, int, str]], changes: dict[str, Any], complaint: str
) -> None:
    request = studio.flow_request(**changes)
    code, status, text = refusal(studio.sagemaker.create_flow_definition, **request)
    assert (code, status) == ("ValidationException", 400)
    assert complaint in text
    assert studio.sagemaker.list_flow_definitions()["FlowDefinitionSummaries"] == []


def test_the_output_bucket_must_be_in_the_same_region(studio: Studio, refusal: Any) -> None:
    bucket = studio.unique("elsewhere")
    place = {"LocationConstraint": "eu-west-1"}
    studio.client("s3", region="eu-west-1").create_bucket(Bucket=bucket, CreateBucketConfiguration=place)
    request = studio.flow_request(OutputConfig={"S3OutputPath": f"s3://{bucket}/x"})
    code, _, text = refusal(studio.sagemaker.create_flow_definition, **request)
    assert code == "ValidationException"
    assert "eu-west-1" in text


def test_a_template_has_at_most_128000_characters(empty_studio: Studio, refusal: Any) -> None:
    make = empty_studio.sagemaker.create_human_task_ui
    make(HumanTaskUiName="ui", UiTemplate={"Content": "ü" * 128_000})
    refused = refusal(make, HumanTaskUiName="more", UiTemplate={"Content": "ü" * 128_001})
    assert refused[0] == "ValidationException"
    assert refusal(make, HumanTaskUiName="none", UiTemplate={"Content": ""})[0] == "ValidationException"


def test_everything_else_of_sagemaker_says_that_it_is_not_emulated(empty_studio: Studio, refusal: Any) -> None:
    assert refusal(empty_studio.sagemaker.list_models) == ("NotEmulated", 501, "sagemaker.ListModels is not emulated.")
