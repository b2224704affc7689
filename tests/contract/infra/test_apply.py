"""The Pulumi program, applied to the emulator in an account of its own, without tasks."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from infra.config import API, DESK, SERVICES, stack_file
from infra.local.apply import MAKERS, NOT_MADE, Applied, ApplyError, applied
from infra.local.engine import run
from tests.conftest import Aws, Eventually
from tests.emulator import Emulator
from tests.fakes.pulumi_engine import RecordingEngine

NONE: Mapping[str, Any] = {"cpu": 1024, "memory_mib": 2048, "min_tasks": 0}
NO_TASKS: Mapping[str, Any] = dict.fromkeys((*SERVICES, DESK, API), NONE)
Client = Callable[[str], Any]
Apply = Callable[..., Applied]


@pytest.fixture(scope="module")
def account() -> str:
    return f"{uuid4().int % 10**11:012d}"


@pytest.fixture(scope="module")
def apply(emulator: Emulator, account: str) -> Apply:
    def to_emulator(**overrides: Any) -> Applied:
        own = {"account_id": account, "account_in_bucket_names": True, "services": NO_TASKS}
        return applied(emulator.endpoint, overrides=own | overrides)

    return to_emulator


@pytest.fixture(scope="module")
def first(apply: Apply) -> Applied:
    return apply()


@pytest.fixture(scope="module")
def client(aws: Aws, account: str) -> Client:
    return lambda service: aws(service, account=account)


def test_everything_that_the_program_declares_is_made_or_on_the_list(first: Applied) -> None:
    engine = RecordingEngine()
    run(engine, stack="local", values=stack_file("local") | {"services": NO_TASKS})
    declared = [each.type for each in engine.resources if not each.type.startswith("gavel:")]
    assert first.resources == {type_: declared.count(type_) for type_ in set(declared) - set(NOT_MADE)}
    assert set(first.resources) <= set(MAKERS)


def test_applying_again_changes_nothing_and_tells_the_same(first: Applied, apply: Apply) -> None:
    again = apply()
    assert again.changes == {}
    assert again.outputs == first.outputs
    assert list(again.told())[-1] == "nothing has changed"


def test_a_stack_for_aws_is_made_as_well_and_stays_as_it_is(emulator: Emulator) -> None:
    """With collectors, floors by the hour, Spot, NAT gateways and endpoints in three zones, and the desk's entrance."""
    own = {
        "account_id": f"{uuid4().int % 10**11:012d}",
        "services": NO_TASKS,
        "image_tag": "0123abc",
        "desk_serves_a2i": True,
        "desk_entrance": {
            "domain": "desk.example.com",
            "certificate_arn": "arn:aws:acm:us-east-1:111122223333:certificate/1234",
        },
        "alarm_email": "oncall@example.com",
    }
    made = applied(emulator.endpoint, stack="prod", overrides=own)
    assert made.resources["aws:appautoscaling/scheduledAction:ScheduledAction"] == 2 * len(SERVICES)
    assert made.resources["aws:ec2/natGateway:NatGateway"] == 3
    assert made.resources["aws:cloudwatch/metricAlarm:MetricAlarm"] > 40
    assert applied(emulator.endpoint, stack="prod", overrides=own).changes == {}


def test_a_change_changes_what_depends_on_it_and_nothing_else(first: Applied, apply: Apply) -> None:
    wanted = {"sqs:SetQueueAttributes": 20, "ecs:RegisterTaskDefinition": 4, "ecs:UpdateService": 4}
    assert apply(visibility_s=30).changes == wanted
    assert apply().changes == wanted, "and back again"


def test_what_somebody_has_changed_is_put_right(first: Applied, apply: Apply, client: Client) -> None:
    url = first.outputs["queues"]["outcomes"]
    client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"Policy": "", "VisibilityTimeout": "1"})
    client("s3").delete_bucket_cors(Bucket=first.outputs["media_bucket"])
    assert apply().changes == {"sqs:SetQueueAttributes": 2, "s3:PutBucketCors": 1}


def test_services_start_with_as_many_tasks_as_the_configuration_wants(first: Applied, client: Client) -> None:
    described = client("ecs").describe_services(cluster="gavel-local", services=list(SERVICES))["services"]
    assert {each["serviceName"]: each["desiredCount"] for each in described} == dict.fromkeys(SERVICES, 0)
    bounds = client("application-autoscaling").describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"]
    assert {each["ResourceId"]: (each["MinCapacity"], each["MaxCapacity"]) for each in bounds} == {
        f"service/gavel-local/{service}": (0, 3 if service == "moderate" else 4) for service in (*SERVICES, API)
    }


def test_the_command_line_finds_the_outputs_in_ssm(first: Applied, client: Client) -> None:
    parameter = client("ssm").get_parameter(Name="/gavel/local/outputs")["Parameter"]
    assert json.loads(parameter["Value"]) == first.outputs


def test_an_upload_arrives_in_media_events(first: Applied, client: Client, eventually: Eventually) -> None:
    client("s3").put_object(Bucket=first.outputs["media_bucket"], Key="a b+ü.jpg", Body=b"picture")
    sqs, url = client("sqs"), first.outputs["queues"]["media-events"]

    def keys() -> list[str]:
        messages = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=0, MaxNumberOfMessages=10).get("Messages", [])
        records = [record for each in messages for record in json.loads(each["Body"]).get("Records", [])]
        return [record["s3"]["object"]["key"] for record in records]

    assert eventually(keys) == ["a+b%2B%C3%BC.jpg"]


def test_the_end_of_this_stacks_loops_arrives_in_human_loop_events_and_nobody_elses(
    first: Applied, client: Client, eventually: Eventually
) -> None:
    flow = first.outputs["flow_definitions"]["standard"]["custom"]

    def ended(name: str, flow_arn: str) -> dict[str, str]:
        return {
            "Source": "aws.sagemaker",
            "DetailType": "SageMaker A2I HumanLoop Status Change",
            "Detail": json.dumps({"humanLoopName": name, "flowDefinitionArn": flow_arn}),
        }

    theirs = flow.replace("gavel-local-", "gavel-other-")
    client("events").put_events(Entries=[ended("theirs", theirs), ended("ours", flow)])
    sqs, url = client("sqs"), first.outputs["queues"]["human-loop-events"]
    messages = eventually(lambda: sqs.receive_message(QueueUrl=url, WaitTimeSeconds=0).get("Messages"))
    assert [json.loads(each["Body"])["detail"]["humanLoopName"] for each in messages] == ["ours"]


def test_flow_definitions_are_ready_and_ask_the_stacks_team(first: Applied, client: Client) -> None:
    for arns in first.outputs["flow_definitions"].values():
        for arn in arns.values():
            flow = client("sagemaker").describe_flow_definition(FlowDefinitionName=arn.rpartition("/")[2])
            assert flow["FlowDefinitionStatus"] == "Active"
            assert flow["HumanLoopConfig"]["WorkteamArn"].endswith("/gavel-local-moderators")


def test_reviewers_can_be_invited_into_the_group(first: Applied, client: Client) -> None:
    cognito, pool = client("cognito-idp"), first.outputs["user_pool_id"]
    name = f"{uuid4().hex}@example.com"
    cognito.admin_create_user(UserPoolId=pool, Username=name, MessageAction="SUPPRESS")
    cognito.admin_add_user_to_group(UserPoolId=pool, Username=name, GroupName=first.outputs["reviewers_group"])
    described = cognito.describe_user_pool_client(UserPoolId=pool, ClientId=first.outputs["user_pool_client_id"])
    assert described["UserPoolClient"]["ClientSecret"]


def test_what_cannot_be_made_is_told_by_name(emulator: Emulator, account: str) -> None:
    workforce = {"name": "nobody", "user_pool_id": "us-east-1_none", "user_pool_client_id": "none"}
    own = {
        "account_id": account,
        "account_in_bucket_names": True,
        "services": NO_TASKS,
        "existing_workforce": workforce,
        "api": False,  # whose console would ask for the same pool
    }
    with pytest.raises(ApplyError, match=r"aws:cognito/userGroup:UserGroup team-moderators: .*ResourceNotFound"):
        applied(emulator.endpoint, overrides=own)


def test_the_command_writes_the_outputs_where_it_is_told(
    emulator: Emulator, account: str, first: Applied, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from infra.local.__main__ import main

    own = {"account_id": account, "account_in_bucket_names": True, "services": NO_TASKS}
    settings = [f"--set={field}={json.dumps(value)}" for field, value in own.items()]
    arguments = ["infra.local", "--endpoint", emulator.endpoint, "--outputs", str(tmp_path / "outputs.json"), *settings]
    monkeypatch.setattr("sys.argv", arguments)
    assert main() == 0
    assert json.loads((tmp_path / "outputs.json").read_text()) == first.outputs
