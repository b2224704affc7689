"""Makes, trains, describes and deletes custom moderation adapters in Amazon Rekognition.

Its operations have a quota of 5 requests a second each, and are called now and then by a person: the SDK's own retries
do (`open_clients("rekognition")`).
"""

from collections.abc import AsyncIterator, Mapping
from typing import Any, Final, Protocol

from shared.aws.errors import translated
from shared.contracts.messages import MediaRef
from shared.custom_moderation.projects import Adapter, Project, VersionStatus, project_name
from shared.errors import Permanent

FEATURE: Final = "CONTENT_MODERATION"
PAGE: Final = 100
REFUSED: Final = {
    "ResourceInUseException": "adapter-in-use",
    "ResourceNotFoundException": "adapter-missing",
    "InvalidParameterException": "adapter-refused",
    "ServiceQuotaExceededException": "adapter-quota",
    # 100 projects, 100 versions of each, 2 trainings at a time: none of them passes in seconds.
    "LimitExceededException": "adapter-quota",
}


class RekognitionClient(Protocol):
    async def create_project(self, **request: Any) -> dict[str, Any]: ...
    async def describe_projects(self, **request: Any) -> dict[str, Any]: ...
    async def delete_project(self, **request: Any) -> dict[str, Any]: ...
    async def create_project_version(self, **request: Any) -> dict[str, Any]: ...
    async def describe_project_versions(self, **request: Any) -> dict[str, Any]: ...
    async def delete_project_version(self, **request: Any) -> dict[str, Any]: ...


class AdapterProjects:
    """Every method raises Permanent for what Rekognition refuses and Transient when it can't be asked."""

    def __init__(self, client: RekognitionClient) -> None:
        self._client = client

    async def create(self, name: str, *, auto_update: bool) -> str:
        """The new project's ARN. With `auto_update` Rekognition trains its adapters anew on new base models, "on a best
        effort basis". Raises Permanent `adapter-in-use` when the name is taken."""
        with translated("rekognition", REFUSED):
            answer = await self._client.create_project(
                ProjectName=name, Feature=FEATURE, AutoUpdate="ENABLED" if auto_update else "DISABLED"
            )
        return str(answer["ProjectArn"])

    async def project(self, name: str) -> Project | None:
        found = [each async for each in self._projects(ProjectNames=[name])]
        return next((each for each in found if each.name == name), None)

    async def projects(self) -> tuple[Project, ...]:
        return tuple([each async for each in self._projects()])

    async def adapters(self, project_arn: str) -> tuple[Adapter, ...]:
        """The newest first."""
        request: dict[str, Any] = {"ProjectArn": project_arn, "MaxResults": PAGE}
        found: list[Adapter] = []
        while True:
            with translated("rekognition", REFUSED):
                answer = await self._client.describe_project_versions(**request)
            found.extend(_adapter(each) for each in answer.get("ProjectVersionDescriptions", ()))
            if not answer.get("NextToken"):
                return tuple(found)
            request["NextToken"] = answer["NextToken"]

    async def adapter(self, project_arn: str, name: str) -> Adapter | None:
        """None for a version that isn't there."""
        with translated("rekognition", REFUSED):
            answer = await self._client.describe_project_versions(ProjectArn=project_arn, VersionNames=[name])
        found = (_adapter(each) for each in answer.get("ProjectVersionDescriptions", ()))
        return next((each for each in found if each.name == name), None)

    async def train(
        self, project_arn: str, name: str, *, training: MediaRef, testing: MediaRef, output: MediaRef, threshold: float
    ) -> str:
        """Begin, and return the new version's ARN. `output` is a bucket and the prefix under which results go.

        Raises Permanent `adapter-in-use` when the name is taken, or another training of the project is going on.
        """
        with translated("rekognition", REFUSED):
            answer = await self._client.create_project_version(
                ProjectArn=project_arn,
                VersionName=name,
                OutputConfig={"S3Bucket": output.bucket, "S3KeyPrefix": output.key},
                TrainingData={"Assets": [_manifest(training)]},
                TestingData={"Assets": [_manifest(testing)]},
                FeatureConfig={"ContentModeration": {"ConfidenceThreshold": threshold}},
            )
        return str(answer["ProjectVersionArn"])

    async def delete(self, adapter_arn: str) -> None:
        """Begin: it is DELETING for a while, then gone."""
        with translated("rekognition", REFUSED):
            await self._client.delete_project_version(ProjectVersionArn=adapter_arn)

    async def delete_project(self, project_arn: str) -> None:
        """Raises Permanent `adapter-in-use` while it has versions."""
        with translated("rekognition", REFUSED):
            await self._client.delete_project(ProjectArn=project_arn)

    async def _projects(self, **wanted: Any) -> AsyncIterator[Project]:
        request = {"Features": [FEATURE], "MaxResults": PAGE, **wanted}
        while True:
            try:
                with translated("rekognition", REFUSED):
                    answer = await self._client.describe_projects(**request)
            except Permanent as error:
                # A name that isn't there may be refused rather than left out: the API reference says neither.
                if error.code == "adapter-missing":
                    return
                raise
            for each in answer.get("ProjectDescriptions", ()):
                yield _project(each)
            if not answer.get("NextToken"):
                return
            request["NextToken"] = answer["NextToken"]


def _manifest(place: MediaRef) -> dict[str, Any]:
    return {"GroundTruthManifest": {"S3Object": {"Bucket": place.bucket, "Name": place.key}}}


def _project(told: Mapping[str, Any]) -> Project:
    return Project(
        arn=told["ProjectArn"],
        name=project_name(told["ProjectArn"]),
        status=told["Status"],
        created_at=told["CreationTimestamp"],
        auto_update=told.get("AutoUpdate") == "ENABLED",
    )


def _adapter(told: Mapping[str, Any]) -> Adapter:
    evaluation = told.get("EvaluationResult", {})
    place = evaluation.get("Summary", {}).get("S3Object")
    return Adapter(
        arn=told["ProjectVersionArn"],
        name=told["ProjectVersionArn"].partition("/version/")[2].partition("/")[0],
        status=VersionStatus(told["Status"]),
        created_at=told["CreationTimestamp"],
        trained_at=told.get("TrainingEndTimestamp"),
        message=told.get("StatusMessage", ""),
        base_model=told.get("BaseModelVersion"),
        threshold=told.get("FeatureConfig", {}).get("ContentModeration", {}).get("ConfidenceThreshold"),
        f1=evaluation.get("F1Score"),
        evaluation=place and MediaRef(bucket=place["Bucket"], key=place["Name"], version_id=place.get("Version")),
        billed_s=told.get("BillableTrainingTimeInSeconds"),
    )
