"""Looks up how an adapter stands, which Rekognition tells only to whoever asks."""

from collections.abc import Mapping
from typing import Any, Final, Protocol

from shared.aws.errors import translated
from shared.custom_moderation.projects import VersionStatus, project_name

FEATURES: Final = ["CONTENT_MODERATION"]
"""Left out, DescribeProjects tells of Custom Labels' projects alone (API reference)."""
GONE: Final = {"ResourceNotFoundException": "adapter-missing"}


class RekognitionClient(Protocol):
    async def describe_projects(self, **request: Any) -> dict[str, Any]: ...
    async def describe_project_versions(self, **request: Any) -> dict[str, Any]: ...


class AdapterStatuses:
    def __init__(self, client: RekognitionClient) -> None:
        self._client = client

    async def status(self, arn: str) -> VersionStatus | None:
        """None for one that isn't there (any more). A project's ARN can't be made of its versions', so it takes two
        requests, each of an operation of which 5 a second are allowed."""
        version = arn.partition("/version/")[2].partition("/")[0]
        with translated("rekognition", GONE):
            answer = await self._client.describe_projects(ProjectNames=[project_name(arn)], Features=FEATURES)
            for project in answer.get("ProjectDescriptions", ()):
                found = await self._client.describe_project_versions(
                    ProjectArn=project["ProjectArn"], VersionNames=[version]
                )
                if (described := _of(found, arn)) is not None:
                    return VersionStatus(described["Status"])
        return None


def _of(answer: Mapping[str, Any], arn: str) -> Mapping[str, Any] | None:
    versions: list[Mapping[str, Any]] = answer.get("ProjectVersionDescriptions", [])
    return next((each for each in versions if each["ProjectVersionArn"] == arn), None)
