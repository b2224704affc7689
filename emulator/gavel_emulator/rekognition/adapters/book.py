"""All projects and adapters of this emulator, with their tags."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from gavel_emulator.rekognition.adapters.versions import (
    Outcome,
    Project,
    Status,
    Version,
    is_at,
    project_arn,
    version_arn,
)
from gavel_emulator.rekognition.errors import (
    name_taken,
    not_while_training,
    project_not_empty,
    too_many_of,
    too_many_tags,
    unknown_adapter,
    unknown_project,
    unknown_resource,
)
from gavel_emulator.rekognition.job_book import Place

MAX_PROJECTS = 100
MAX_VERSIONS = 100
"""Of a project (AWS General Reference, "Amazon Rekognition endpoints and quotas")."""
MAX_TAGS = 50

Tags = Mapping[str, str]


class AdapterBook:
    """Safe to use from many threads. Whatever is named by an ARN raises RekognitionError (ResourceNotFoundException)
    where the account and region have no such thing.
    """

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._last_at = datetime.min.replace(tzinfo=UTC)
        self._projects: dict[str, Project] = {}
        self._versions: dict[str, Version] = {}
        self._tags: dict[str, dict[str, str]] = {}

    def add_project(self, make: Callable[[str, datetime], Project], place: Place, name: str, tags: Tags) -> Project:
        """The project that `make` makes for this ARN and time. Raises RekognitionError for a name that is taken and
        for too many.
        """
        with self._lock:
            here = [project for project in self._projects.values() if project.place == place]
            if any(project.name == name for project in here):
                raise name_taken(name)
            if len(here) >= MAX_PROJECTS:
                raise too_many_of("projects", MAX_PROJECTS)
            at = self._later()
            project = make(project_arn(place, name, at), at)
            self._tag(project.arn, tags)
            self._projects[project.arn] = project
            return project

    def project(self, place: Place, arn: str) -> Project:
        with self._lock:
            return self._project(place, arn)

    def projects(self, place: Place) -> list[Project]:
        """The newest first."""
        with self._lock:
            return [project for project in reversed(self._projects.values()) if project.place == place]

    def remove_project(self, place: Place, arn: str) -> None:
        """Raises RekognitionError (ResourceInUseException) for one that has adapters."""
        with self._lock:
            project = self._project(place, arn)
            if self._of(project):
                raise project_not_empty(arn)
            del self._projects[arn]
            self._tags.pop(arn, None)

    def add_version(
        self, make: Callable[[str, datetime], Version], project: Project, name: str, tags: Tags, *, most_training: int
    ) -> Version:
        """As `add_project`; also for too many trainings at once in the project's account and region."""
        with self._lock:
            self._project(project.place, project.arn)
            here = self._of(project)
            if any(version.name == name for version in here):
                raise name_taken(name)
            if len(here) >= MAX_VERSIONS:
                raise too_many_of("versions of a project", MAX_VERSIONS)
            if self._training(project.place) >= most_training:
                raise too_many_of("concurrent trainings", most_training)
            at = self._later()
            version = make(version_arn(project, name, at), at)
            self._tag(version.arn, tags)
            self._versions[version.arn] = version
            return version

    def version(self, place: Place, arn: str) -> Version:
        with self._lock:
            return self._version(place, arn)

    def versions(self, project: Project | None = None) -> list[Version]:
        """Of a project, or all; the newest first."""
        with self._lock:
            return self._of(project) if project else list(reversed(self._versions.values()))

    def settle(self, arn: str, outcome: Outcome) -> None:
        """The training has come to its end; nobody is told yet."""
        with self._lock:
            self._versions[arn] = replace(self._versions[arn], outcome=outcome)

    def end_if_due(self, arn: str) -> None:
        """From now on the training's outcome is known, if there is one and its time has come."""
        with self._lock:
            version, now = self._versions[arn], self._clock()
            if version.outcome and version.ended_at is None and version.due_at <= now:
                self._versions[arn] = replace(version, ended_at=now)

    def grow_old(self, arn: str, age: Status) -> Version | None:
        """The version, which from now on has that of the statuses `AGES`; None where no such version is trained."""
        with self._lock:
            version = self._versions.get(arn)
            if version is None or version.status in (Status.TRAINING_IN_PROGRESS, Status.TRAINING_FAILED):
                return None
            self._versions[arn] = replace(version, age=age)
            return self._versions[arn]

    def remove_version(self, place: Place, arn: str) -> None:
        """Raises RekognitionError (ResourceInUseException) for one that is training."""
        with self._lock:
            if self._version(place, arn).status is Status.TRAINING_IN_PROGRESS:
                raise not_while_training(arn)
            del self._versions[arn]
            self._tags.pop(arn, None)

    def tag(self, place: Place, arn: str, tags: Tags) -> None:
        with self._lock:
            self._known(place, arn)
            self._tag(arn, tags)

    def untag(self, place: Place, arn: str, keys: list[str]) -> None:
        with self._lock:
            self._known(place, arn)
            for key in keys:
                self._tags.get(arn, {}).pop(key, None)

    def tags(self, place: Place, arn: str) -> Tags:
        with self._lock:
            self._known(place, arn)
            return dict(self._tags.get(arn, {}))

    def _tag(self, arn: str, tags: Tags) -> None:
        together = self._tags.get(arn, {}) | dict(tags)
        if len(together) > MAX_TAGS:
            raise too_many_tags(MAX_TAGS)
        self._tags[arn] = together

    def _known(self, place: Place, arn: str) -> None:
        if not is_at(place, arn) or arn not in self._projects.keys() | self._versions.keys():
            raise unknown_resource(arn)

    def _project(self, place: Place, arn: str) -> Project:
        if not is_at(place, arn) or arn not in self._projects:
            raise unknown_project(arn)
        return self._projects[arn]

    def _version(self, place: Place, arn: str) -> Version:
        if not is_at(place, arn) or arn not in self._versions:
            raise unknown_adapter(arn)
        return self._versions[arn]

    def _of(self, project: Project) -> list[Version]:
        return [version for version in reversed(self._versions.values()) if version.project.arn == project.arn]

    def _training(self, place: Place) -> int:
        return sum(
            version.project.place == place and version.status is Status.TRAINING_IN_PROGRESS
            for version in self._versions.values()
        )

    def _later(self) -> datetime:
        """Now, and a millisecond after the last time: an ARN ends in the milliseconds."""
        now = self._clock()
        self._last_at = max(now, self._last_at + timedelta(milliseconds=1))
        return self._last_at
