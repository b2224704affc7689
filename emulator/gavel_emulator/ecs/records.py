"""What the emulator keeps of tasks and services beside moto's records; guarded by the supervisor's lock."""

import secrets
import uuid
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from gavel_emulator.ecs.definition import ContainerPlan, plans
from gavel_emulator.ecs.process import ContainerProcess

PENDING, RUNNING, STOPPING, STOPPED = "PENDING", "RUNNING", "STOPPING", "STOPPED"


def now() -> datetime:
    return datetime.now(UTC)


@dataclass(slots=True, kw_only=True)
class Container:
    plan: ContainerPlan
    status: str = PENDING
    pid: int | None = None
    exit_code: int | None = None
    reason: str | None = None
    process: ContainerProcess | None = None
    runtime_id: str = field(default_factory=lambda: secrets.token_hex(16))


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """Where a task or a service belongs. `cluster` is moto's record."""

    account_id: str
    region: str
    cluster: Any

    def arn(self, kind: str, name: str) -> str:
        return f"arn:aws:ecs:{self.region}:{self.account_id}:{kind}/{name}"


@dataclass(slots=True, kw_only=True)
class Task:
    """`definition` is moto's record of the task definition; `deployment_id` is None for RunTask's tasks."""

    home: Home
    definition: Any
    group: str
    containers: list[Container]
    launch: dict[str, Any]
    started_by: str | None = None
    deployment_id: str | None = None
    overrides: dict[str, Any] = field(default_factory=dict)
    tags: list[dict[str, str]] = field(default_factory=list)
    id: str = field(default_factory=lambda: uuid.uuid4().hex)
    status: str = PENDING
    desired: str = RUNNING
    stop_code: str | None = None
    stopped_reason: str | None = None
    created_at: datetime = field(default_factory=now)
    started_at: datetime | None = None
    stopping_at: datetime | None = None
    stopped_at: datetime | None = None
    starting: bool = True
    """Until the supervisor has tried every container: before that the end of one isn't the end of all."""
    kill_after: float | None = None
    """On the monotonic clock: when SIGKILL follows the SIGTERM that was sent."""

    @property
    def arn(self) -> str:
        return self.home.arn("task", f"{self.home.cluster.name}/{self.id}")

    @property
    def name(self) -> str:
        """The service, or the family of a task that has none: for people and file names."""
        return self.group.partition(":")[2]

    @property
    def main(self) -> Container | None:
        """The container that the task lives and dies with."""
        return next((container for container in self.containers if container.plan.runs), None)

    def lived_s(self) -> float:
        if self.started_at is None:
            return 0.0
        return ((self.stopped_at or now()) - self.started_at).total_seconds()


def new_task(home: Home, definition: Any, **said: Any) -> Task:
    """A task of `definition` that hasn't been started; `said`: the other fields of Task."""
    planned = plans(definition.container_definitions, said.get("overrides") or {}, region=home.region)
    containers = [Container(plan=plan) for plan in planned]
    return Task(home=home, definition=definition, containers=containers, **said)


@dataclass(slots=True, kw_only=True)
class Deployment:
    """One revision of a service being brought up, or up. The first of a service's deployments is the PRIMARY one."""

    definition: Any
    id: str = field(default_factory=lambda: f"ecs-svc/{secrets.randbelow(10**19):019}")
    created_at: datetime = field(default_factory=now)
    updated_at: datetime = field(default_factory=now)
    completed: bool = False
    failed_tasks: int = 0


@dataclass(slots=True, kw_only=True)
class Service:
    """`record` is moto's; `request` what CreateService and UpdateService said and moto doesn't keep."""

    home: Home
    record: Any
    request: dict[str, Any]
    deployments: list[Deployment]
    created_at: datetime = field(default_factory=now)
    events: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=100))
    steady: bool = False
    short_lives: int = 0
    start_after: float = 0.0
    """On the monotonic clock: no task is started before, while the service is in a crash loop."""
    restarts: int = 0

    @property
    def name(self) -> str:
        return self.record.name

    @property
    def group(self) -> str:
        return f"service:{self.record.name}"

    def task(self, deployment: Deployment) -> Task:
        return new_task(
            self.home,
            deployment.definition,
            group=self.group,
            launch=self.request,
            started_by=deployment.id,
            deployment_id=deployment.id,
        )

    def percentages(self) -> dict[str, int]:
        configuration = self.request.get("deploymentConfiguration") or {}
        return {
            "minimum_percent": configuration.get("minimumHealthyPercent", 100),
            "maximum_percent": configuration.get("maximumPercent", 200),
        }

    def tell(self, text: str) -> None:
        """Add an event; DescribeServices shows the newest first."""
        event = {"id": str(uuid.uuid4()), "createdAt": now(), "message": f"(service {self.name}) {text}"}
        self.events.appendleft(event)
