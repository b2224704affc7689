"""Adapters in memory: Rekognition's projects as far as the command line sees them, and the ledger's entries."""

from dataclasses import dataclass, field
from typing import Any

from shared.ledger.adapters import AdapterEntry
from tests.fakes.aws import refusal

ACCOUNT = "arn:aws:rekognition:us-east-1:000000000000"


class FakeRekognition:
    """Projects and versions in the shapes of the service's API. `status` is what a version has at first."""

    def __init__(self) -> None:
        self.projects: dict[str, dict[str, Any]] = {}
        self.versions: dict[str, list[dict[str, Any]]] = {}
        self.trainings: list[dict[str, Any]] = []
        self.now: Any = None
        self.status = "TRAINING_IN_PROGRESS"

    async def create_project(self, **request: Any) -> dict[str, Any]:
        name = request["ProjectName"]
        if name in self.projects:
            raise refusal("ResourceInUseException")
        arn = f"{ACCOUNT}:project/{name}/1"
        told = {"ProjectArn": arn, "CreationTimestamp": self.now, "Status": "CREATED"}
        self.projects[name] = told | {"Feature": request["Feature"], "AutoUpdate": request["AutoUpdate"]}
        self.versions[arn] = []
        return {"ProjectArn": arn}

    async def describe_projects(self, **request: Any) -> dict[str, Any]:
        names = request.get("ProjectNames", list(self.projects))
        return {"ProjectDescriptions": [self.projects[name] for name in names if name in self.projects]}

    async def delete_project(self, **request: Any) -> dict[str, Any]:
        if self.versions[request["ProjectArn"]]:
            raise refusal("ResourceInUseException")
        self.projects = {name: one for name, one in self.projects.items() if one["ProjectArn"] != request["ProjectArn"]}
        return {"Status": "DELETING"}

    async def create_project_version(self, **request: Any) -> dict[str, Any]:
        self.trainings.append(request)
        project, name = request["ProjectArn"], request["VersionName"]
        arn = f"{project.rpartition('/')[0]}/version/{name}/2"
        told = {"ProjectVersionArn": arn, "CreationTimestamp": self.now, "Status": self.status}
        self.versions[project].insert(0, told | {"FeatureConfig": request["FeatureConfig"]})
        return {"ProjectVersionArn": arn}

    async def describe_project_versions(self, **request: Any) -> dict[str, Any]:
        every = self.versions[request["ProjectArn"]]
        names = request.get("VersionNames")
        found = [each for each in every if not names or each["ProjectVersionArn"].split("/")[-2] in names]
        return {"ProjectVersionDescriptions": found}

    async def delete_project_version(self, **request: Any) -> dict[str, Any]:
        for project, every in self.versions.items():
            self.versions[project] = [e for e in every if e["ProjectVersionArn"] != request["ProjectVersionArn"]]
        return {"Status": "DELETING"}


@dataclass
class MemoryAdapterHistory:
    """`tests/contract/ledger/test_adapters.py` holds it to the same tests as the one in DynamoDB."""

    entries: list[AdapterEntry] = field(default_factory=list)

    async def add(self, entry: AdapterEntry) -> bool:
        is_new = all((each.policy, each.at) != (entry.policy, entry.at) for each in self.entries)
        if is_new:
            self.entries.append(entry)
        return is_new

    async def of(self, policy: str) -> tuple[AdapterEntry, ...]:
        return tuple(sorted((e for e in self.entries if e.policy == policy), key=lambda each: each.at, reverse=True))
