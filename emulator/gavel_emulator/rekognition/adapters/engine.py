"""The operations on projects and adapters, and their trainings as time goes on."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from gavel_emulator.rekognition.adapters.answers import describe_project, describe_version
from gavel_emulator.rekognition.adapters.book import AdapterBook
from gavel_emulator.rekognition.adapters.knobs import Knobs
from gavel_emulator.rekognition.adapters.pages import page
from gavel_emulator.rekognition.adapters.versions import Feature, Outcome, Project, Status, Version
from gavel_emulator.rekognition.board import Board
from gavel_emulator.rekognition.errors import adapter_not_ready, invalid_parameters, not_emulated
from gavel_emulator.rekognition.job_book import Place
from gavel_emulator.rekognition.scene import Picture, Scene

if TYPE_CHECKING:
    from gavel_emulator.rekognition.adapters.model import Model

DEFECT = "Internal server error"
"""The StatusMessage of a training that a defect of the emulator's has ended."""

Request = Mapping[str, Any]
Response = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    book: AdapterBook
    board: Board[Knobs]
    clock: Callable[[], datetime]
    train: Callable[[Version], Outcome]
    check_output: Callable[[Place, str], None]
    """Whether results can be written to this bucket. Raises RekognitionError."""
    call_at: Callable[[datetime, Callable[[], None]], None]
    """Has the function called at that time or soon after, in another thread."""


def create_project(ports: Ports, place: Place, request: Request) -> Response:
    feature = Feature(request.get("Feature", Feature.CUSTOM_LABELS))
    # AutoUpdate is for adapters, and an adapter's project must say it (API reference).
    if (feature is Feature.CONTENT_MODERATION) != ("AutoUpdate" in request):
        raise invalid_parameters()

    def make(arn: str, at: datetime) -> Project:
        return Project(
            arn=arn,
            name=request["ProjectName"],
            place=place,
            feature=feature,
            auto_update=request.get("AutoUpdate"),
            created_at=at,
        )

    project = ports.book.add_project(make, place, request["ProjectName"], request.get("Tags", {}))
    return {"ProjectArn": project.arn}


def describe_projects(ports: Ports, place: Place, request: Request) -> Response:
    """Custom Labels' projects, where no Features are named (API reference)."""
    features = request.get("Features", [Feature.CUSTOM_LABELS])
    names = request.get("ProjectNames")
    chosen, more = page(
        [
            project
            for project in ports.book.projects(place)
            if project.feature in features and (names is None or project.name in names)
        ],
        request,
    )
    return {"ProjectDescriptions": [describe_project(project) for project in chosen], **more}


def delete_project(ports: Ports, place: Place, request: Request) -> Response:
    ports.book.remove_project(place, request["ProjectArn"])
    return {"Status": "DELETING"}


def create_project_version(ports: Ports, place: Place, request: Request) -> Response:
    project = ports.book.project(place, request["ProjectArn"])
    if project.feature is not Feature.CONTENT_MODERATION:
        raise not_emulated("CreateProjectVersion of a Custom Labels project")
    _check_data(request)
    ports.check_output(place, request["OutputConfig"]["S3Bucket"])
    knobs = ports.board.knobs

    def make(arn: str, at: datetime) -> Version:
        return Version(
            arn=arn,
            name=request["VersionName"],
            project=project,
            request=request,
            created_at=at,
            due_at=at + timedelta(seconds=knobs.training_min_s),
        )

    version = ports.book.add_version(
        make, project, request["VersionName"], request.get("Tags", {}), most_training=knobs.max_trainings
    )
    ports.call_at(version.created_at, lambda: _train(ports, version))
    return {"ProjectVersionArn": version.arn}


def describe_project_versions(ports: Ports, place: Place, request: Request) -> Response:
    project = ports.book.project(place, request["ProjectArn"])
    names = request.get("VersionNames")
    chosen, more = page(
        [version for version in ports.book.versions(project) if names is None or version.name in names], request
    )
    return {"ProjectVersionDescriptions": [describe_version(version) for version in chosen], **more}


def delete_project_version(ports: Ports, place: Place, request: Request) -> Response:
    ports.book.remove_version(place, request["ProjectVersionArn"])
    return {"Status": "DELETING"}


def tag_resource(ports: Ports, place: Place, request: Request) -> Response:
    ports.book.tag(place, request["ResourceArn"], request["Tags"])
    return {}


def untag_resource(ports: Ports, place: Place, request: Request) -> Response:
    ports.book.untag(place, request["ResourceArn"], request["TagKeys"])
    return {}


def list_tags_for_resource(ports: Ports, place: Place, request: Request) -> Response:
    return {"Tags": dict(ports.book.tags(place, request["ResourceArn"]))}


OPERATIONS: Mapping[str, Callable[[Ports, Place, Request], Response]] = {
    "CreateProject": create_project,
    "DescribeProjects": describe_projects,
    "DeleteProject": delete_project,
    "CreateProjectVersion": create_project_version,
    "DescribeProjectVersions": describe_project_versions,
    "DeleteProjectVersion": delete_project_version,
    "TagResource": tag_resource,
    "UntagResource": untag_resource,
    "ListTagsForResource": list_tags_for_resource,
}


@dataclass(frozen=True, slots=True)
class TrainedAdapter:
    arn: str
    model: "Model"

    def adapt(self, picture: Picture, scene: Scene) -> Scene:
        from gavel_emulator.rekognition.adapters.features import features  # numpy: not before an adapter is used

        return self.model.adapt(features(picture.pixels), scene)


@dataclass(frozen=True, slots=True)
class Shelf:
    """The adapters that a request may name (see `port.Adapters`)."""

    book: AdapterBook

    def find(self, place: Place, arn: str) -> TrainedAdapter | None:
        version = self.book.version(place, arn)
        if version.learned is None:
            raise adapter_not_ready(arn)
        return None if version.status is Status.EXPIRED else TrainedAdapter(arn, version.learned.model)


def release(ports: Ports) -> None:
    """Trainings that were held end, if their time has passed."""
    for version in ports.book.versions():
        _end_in_time(ports, version.arn)


def _check_data(request: Request) -> None:
    """Training and test data go together; the test data are given or made of the training data."""
    training, testing = request.get("TrainingData", {}), request.get("TestingData", {})
    given = testing.get("Assets", [])
    if not training.get("Assets") or bool(given) == testing.get("AutoCreate", False):
        raise invalid_parameters()
    for asset in (*training["Assets"], *given):
        place = asset.get("GroundTruthManifest", {}).get("S3Object", {})
        if not place.get("Bucket") or not place.get("Name"):
            raise invalid_parameters()


def _train(ports: Ports, version: Version) -> None:
    try:
        outcome = ports.train(version)
    except Exception:
        # It must not stay in progress for ever, in one of the account's two places.
        _settle(ports, version, Outcome(message=DEFECT))
        raise
    _settle(ports, version, outcome)


def _settle(ports: Ports, version: Version, outcome: Outcome) -> None:
    ports.book.settle(version.arn, outcome)
    ports.call_at(version.due_at, lambda: _end_in_time(ports, version.arn))


def _end_in_time(ports: Ports, arn: str) -> None:
    if not ports.board.knobs.held:
        ports.book.end_if_due(arn)
