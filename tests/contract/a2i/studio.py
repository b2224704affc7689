"""An account of a test's own with everything that human review needs, and its clients."""

import http.client
import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

import boto3
from botocore.config import Config

from tests.conftest import REGION, Eventually
from tests.contract.model import validating
from tests.emulator import Emulator

BUILT_IN = "AWS/Rekognition/DetectModerationLabels/Image/V3"
COGNITO = {"UserPool": "us-east-1_AbCdEfGhI", "ClientId": "1example23456789"}
TEMPLATE = "<script src='https://assets.crowd.aws/crowd-html-elements.js'></script><crowd-form></crowd-form>"
RULE_PATTERN = {"source": ["aws.sagemaker"], "detail-type": ["SageMaker A2I HumanLoop Status Change"]}


@dataclass(kw_only=True)
class Studio:
    """Its SageMaker, A2I and Rekognition clients hold every answer against the service model."""

    account: str
    session: boto3.session.Session
    """Shared by all tests: reading SageMaker's model takes longer than a test."""
    emulator: Emulator
    eventually: Eventually
    unique: Callable[[str], str]
    bucket: str = ""
    queue_url: str = ""

    @cached_property
    def sagemaker(self) -> Any:
        return validating(self.client("sagemaker"))

    @cached_property
    def a2i(self) -> Any:
        return validating(self.client("sagemaker-a2i-runtime"))

    @cached_property
    def rekognition(self) -> Any:
        return validating(self.client("rekognition"))

    @cached_property
    def s3(self) -> Any:
        return self.client("s3")

    def client(self, service: str, *, region: str = REGION, account: str | None = None) -> Any:
        """Sends what it is told, valid or not, and never retries."""
        return self.session.client(
            service,
            endpoint_url=self.emulator.endpoint,
            region_name=region,
            aws_access_key_id=account or self.account,
            aws_secret_access_key="test",  # noqa: S106 (LocalStack takes any)
            config=Config(parameter_validation=False, retries={"total_max_attempts": 1}, max_pool_connections=32),
        )

    def arn(self, resource: str) -> str:
        return f"arn:aws:sagemaker:{REGION}:{self.account}:{resource}"

    def furnish(self) -> None:
        """A workforce, its team, a task UI, and a bucket for what comes out."""
        self.bucket = self.unique("results")
        self.s3.create_bucket(Bucket=self.bucket)
        self.sagemaker.create_workforce(WorkforceName="people", CognitoConfig=COGNITO)
        self.sagemaker.create_workteam(
            WorkteamName="team",
            Description="Who looks at pictures",
            MemberDefinitions=[{"CognitoMemberDefinition": COGNITO | {"UserGroup": "reviewers"}}],
        )
        self.sagemaker.create_human_task_ui(HumanTaskUiName="ui", UiTemplate={"Content": TEMPLATE})

    def flow_request(self, **changes: Any) -> dict[str, Any]:
        """CreateFlowDefinition's; `review` changes its HumanLoopConfig, `conditions` makes it a built-in one."""
        review = {
            "WorkteamArn": self.arn("workteam/private-crowd/team"),
            "HumanTaskUiArn": self.arn("human-task-ui/ui"),
            "TaskTitle": "Is this picture all right?",
            "TaskDescription": "Choose all that applies",
            "TaskCount": 1,
        } | changes.pop("review", {})
        conditions = changes.pop("conditions", None)
        request = {
            "FlowDefinitionName": "fd",
            "HumanLoopConfig": review,
            "OutputConfig": {"S3OutputPath": f"s3://{self.bucket}/chapter4/a2i-results"},
            "RoleArn": f"arn:aws:iam::{self.account}:role/flow",
        } | changes
        if conditions is not None:
            request["HumanLoopRequestSource"] = {"AwsManagedHumanLoopRequestSource": BUILT_IN}
            request["HumanLoopActivationConfig"] = {
                "HumanLoopActivationConditionsConfig": {"HumanLoopActivationConditions": json.dumps(conditions)}
            }
        return {key: value for key, value in request.items() if value is not None}

    def flow(self, **changes: Any) -> str:
        """The ARN of an active flow definition."""
        request = self.flow_request(**changes)
        arn: str = self.sagemaker.create_flow_definition(**request)["FlowDefinitionArn"]
        name = request["FlowDefinitionName"]
        self.eventually(lambda: self.describe_flow(name)["FlowDefinitionStatus"] == "Active")
        return arn

    def describe_flow(self, name: str) -> Any:
        return self.sagemaker.describe_flow_definition(FlowDefinitionName=name)

    def start(self, flow_arn: str, name: str = "loop", content: str = '{"mediaId":"m"}', **more: Any) -> Any:
        return self.a2i.start_human_loop(
            HumanLoopName=name, FlowDefinitionArn=flow_arn, HumanLoopInput={"InputContent": content}, **more
        )

    def describe(self, name: str = "loop") -> Any:
        return self.a2i.describe_human_loop(HumanLoopName=name)

    def status(self, name: str = "loop") -> str:
        status: str = self.describe(name)["HumanLoopStatus"]
        return status

    def hook(self, act: str, name: str = "loop", **document: Any) -> tuple[int, Any]:
        """`act` on a loop over the emulator's own route: status and JSON."""
        path = f"/_gavel/human-loops/{name}/{act}?account={self.account}&region={REGION}"
        return self.control("POST", path, document)

    def control(self, method: str, path: str, document: Any = None) -> tuple[int, Any]:
        """Status and JSON, None where there is none, of one of the emulator's own routes."""
        connection = http.client.HTTPConnection(urlsplit(self.emulator.endpoint).netloc, timeout=120)
        try:
            connection.request(method, path, None if document is None else json.dumps(document))
            response = connection.getresponse()
            body = response.read()
        finally:
            connection.close()
        return response.status, json.loads(body) if body else None

    def answer(self, name: str = "loop", **document: Any) -> Any:
        status, told = self.hook("answers", name, **{"answerContent": {}} | document)
        assert status == 200, told
        return told

    def output(self, name: str = "loop") -> Any:
        """The object at the URI that DescribeHumanLoop tells."""
        uri = self.describe(name)["HumanLoopOutput"]["OutputS3Uri"]
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        return json.loads(self.s3.get_object(Bucket=bucket, Key=key)["Body"].read())

    def listen(self) -> None:
        """From now on the events of this account's loops go to a queue, through a rule."""
        sqs, events = self.client("sqs"), self.client("events")
        name = self.unique("human-loop-events")
        self.queue_url = sqs.create_queue(QueueName=name)["QueueUrl"]
        events.put_rule(Name="loops", EventPattern=json.dumps(RULE_PATTERN))
        queue_arn = f"arn:aws:sqs:{REGION}:{self.account}:{name}"
        events.put_targets(Rule="loops", Targets=[{"Id": "queue", "Arn": queue_arn}])

    def events(self, *, wait_s: int = 1) -> list[Any]:
        """What has arrived in the queue since the last look."""
        sqs = self.client("sqs")
        messages = sqs.receive_message(QueueUrl=self.queue_url, MaxNumberOfMessages=10, WaitTimeSeconds=wait_s)
        received = messages.get("Messages", [])
        for message in received:
            sqs.delete_message(QueueUrl=self.queue_url, ReceiptHandle=message["ReceiptHandle"])
        return [json.loads(message["Body"]) for message in received]
