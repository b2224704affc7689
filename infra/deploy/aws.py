"""What deploying asks of AWS, by boto3."""

import base64
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any, Final

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from infra.deploy.ports import Flow, Login, Page, Refused

CREDENTIALS: Final = "https://docs.aws.amazon.com/cli/latest/userguide/cli-chap-authentication.html"
OPEN: Final = ("InProgress", "Stopping")


class Aws:
    def __init__(self, region: str) -> None:
        self._session = boto3.Session(region_name=region)

    @cached_property
    def _ecr(self) -> Any:
        return self._session.client("ecr")

    def account(self) -> str:
        return str(_asked(self._session.client("sts").get_caller_identity)["Account"])

    def registry(self, repository: str) -> str | None:
        which = {"repositoryNames": [repository]}
        found = _asked(self._ecr.describe_repositories, missing="RepositoryNotFoundException", **which)
        return str(found["repositories"][0]["repositoryUri"]) if found else None

    def has_image(self, repository: str, tag: str) -> bool:
        which = {"repositoryName": repository, "imageIds": [{"imageTag": tag}]}
        return _asked(self._ecr.describe_images, missing="ImageNotFoundException", **which) is not None

    def login(self) -> Login:
        (granted,) = _asked(self._ecr.get_authorization_token)["authorizationData"]
        user, _, password = base64.b64decode(granted["authorizationToken"]).decode().partition(":")
        return Login(user=user, password=password, host=granted["proxyEndpoint"].removeprefix("https://"))


class AwsReviews:
    """Amazon A2I, as SageMaker keeps it."""

    def __init__(self, region: str) -> None:
        session = boto3.Session(region_name=region)
        self._sagemaker, self._ssm = session.client("sagemaker"), session.client("ssm")
        self._loops = session.client("sagemaker-a2i-runtime")

    def outputs(self, stack: str) -> str | None:
        found = _asked(self._ssm.get_parameter, missing="ParameterNotFound", Name=f"/gavel/{stack}/outputs")
        return str(found["Parameter"]["Value"]) if found else None

    def flows(self) -> Iterator[Flow]:
        for each in _listed(self._sagemaker, "list_flow_definitions", "FlowDefinitionSummaries"):
            yield Flow(name=each["FlowDefinitionName"], arn=each["FlowDefinitionArn"])

    def page_of(self, flow: Flow) -> str:
        told = _asked(self._sagemaker.describe_flow_definition, FlowDefinitionName=flow.name)
        return str(told["HumanLoopConfig"]["HumanTaskUiArn"])

    def is_worked_at(self, flow: Flow) -> bool:
        loops = _listed(self._loops, "list_human_loops", "HumanLoopSummaries", FlowDefinitionArn=flow.arn)
        return any(loop["HumanLoopStatus"] in OPEN for loop in loops)

    def pages(self) -> Iterator[Page]:
        for each in _listed(self._sagemaker, "list_human_task_uis", "HumanTaskUiSummaries"):
            yield Page(name=each["HumanTaskUiName"], arn=each["HumanTaskUiArn"])

    def delete_flow(self, flow: Flow) -> None:
        _asked(self._sagemaker.delete_flow_definition, FlowDefinitionName=flow.name)

    def delete_page(self, page: Page) -> None:
        _asked(self._sagemaker.delete_human_task_ui, HumanTaskUiName=page.name)


def _listed(client: Any, operation: str, key: str, **request: Any) -> list[Any]:
    pages = client.get_paginator(operation).paginate(**request)
    return [each for page in _asked(list, pages) for each in page[key]]


def _asked(call: Callable[..., Any], *given: Any, missing: str = "", **request: Any) -> Any:
    """The answer, or None when it is this error."""
    try:
        return call(*given, **request)
    except ClientError as error:
        if error.response["Error"]["Code"] == missing:
            return None
        raise Refused(f"AWS refuses: {error}") from error
    except BotoCoreError as error:
        raise Refused(f"AWS can't be asked ({error}): {CREDENTIALS}") from error
