"""What the commands about adapters work with on AWS, and how they name adapters."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final
from uuid import uuid4

from cli.connection import Outputs, connect
from cli.dataset.asking import default_quota
from shared.aws.adapter_history import DynamoAdapterHistory
from shared.aws.adapter_projects import AdapterProjects
from shared.aws.clients import open_clients
from shared.aws.membership import DynamoMembership
from shared.aws.policy_deployments import PolicyDeployments
from shared.aws.rekognition import Rekognition
from shared.custom_moderation.projects import Adapter, Project, project_name
from shared.ledger.adapters import AdapterHistory
from shared.limiter import RateLimiter

GROUP: Final = "detect-moderation-labels"
"""Of MODERATE's tasks: with them the account's quota is shared."""
OPERATION: Final = "DetectModerationLabels"


class NoSuchAdapter(Exception):
    """The text says which."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    outputs: Outputs
    projects: AdapterProjects
    deployments: PolicyDeployments
    history: AdapterHistory
    s3: Any
    sts: Any
    dynamodb: Any

    @asynccontextmanager
    async def base_model(self, calls_per_s: float | None) -> AsyncIterator[tuple[Rekognition, RateLimiter]]:
        """Who is asked what is seen, and the quota for that, shared with the stack's services; AWS's default for the
        region if not given."""
        membership = DynamoMembership(self.dynamodb, self.outputs.ledger_table, GROUP)
        per_s = calls_per_s or default_quota(self.outputs.region)
        # Every attempt must be seen by the limiter.
        async with (
            open_clients("rekognition", region=self.outputs.region, retries=0) as asked,
            RateLimiter(per_s, member=uuid4().hex, membership=membership, operation=OPERATION) as quota,
        ):
            yield Rekognition(asked["rekognition"]), quota

    async def who(self) -> str:
        """Who runs this, as AWS knows them."""
        return str((await self.sts.get_caller_identity())["Arn"])

    async def project(self, name: str) -> Project:
        """Raises NoSuchAdapter."""
        found = await self.projects.project(name)
        if found is None:
            raise NoSuchAdapter(f"there is no project {name}; `gavel adapter create {name}` makes it")
        return found

    async def adapter(self, named: str) -> Adapter:
        """By `project/version` or by ARN. Raises NoSuchAdapter."""
        project, version = parted(named)
        if version is None:
            raise NoSuchAdapter(f"{named} is a project; name an adapter as project/version")
        found = await self.projects.adapter((await self.project(project)).arn, version)
        if found is None:
            raise NoSuchAdapter(f"there is no adapter {project}/{version}; `gavel adapter list` lists them")
        return found


def parted(named: str) -> tuple[str, str | None]:
    """The project's name, and the version's where it says one."""
    if named.startswith("arn:"):
        return project_name(named), named.partition("/version/")[2].partition("/")[0] or None
    project, _, version = named.partition("/")
    return project, version or None


@asynccontextmanager
async def open_session(stack: str) -> AsyncIterator[Session]:
    """Raises ConnectionProblem when the stack isn't there."""
    async with connect(stack) as connection:
        outputs = connection.outputs
        async with open_clients("rekognition", "sts", region=outputs.region) as clients:
            yield Session(
                outputs=outputs,
                projects=AdapterProjects(clients["rekognition"]),
                deployments=PolicyDeployments(connection.s3, outputs.policy_bucket),
                history=DynamoAdapterHistory(connection.dynamodb, outputs.ledger_table),
                s3=connection.s3,
                sts=clients["sts"],
                dynamodb=connection.dynamodb,
            )
