"""A cluster of each test's own, and task definitions whose program is a few lines of Python."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.conftest import Aws, Eventually
from tests.contract.model import validating
from tests.emulator import Emulator

SLEEP = "import time; time.sleep(600)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """An ECS cluster with what a test does to it. Every answer is held against botocore's model."""

    ecs: Any
    name: str
    emulator: Emulator
    eventually: Eventually

    def define(self, program: str, *, family: str = "", **container: Any) -> str:
        """Register a task definition with one container that runs `program`; its ARN."""
        definition = {
            "name": "main",
            "image": "000000000000.dkr.ecr.us-east-1.amazonaws.com/gavel:1",
            "command": ["python", "-u", "-c", program],
            "stopTimeout": 10,
            **container,
        }
        answer = self.ecs.register_task_definition(
            family=family or self.name, memory="512", containerDefinitions=[definition]
        )
        arn: str = answer["taskDefinition"]["taskDefinitionArn"]
        return arn

    def serve(self, definition: str, *, desired: int = 1, **said: Any) -> str:
        """Create a service; its name."""
        name = f"service-of-{self.name}"
        self.ecs.create_service(
            cluster=self.name, serviceName=name, taskDefinition=definition, desiredCount=desired, **said
        )
        return name

    def running(self, service: str, *, count: int = 1) -> list[dict[str, Any]]:
        """The service's tasks, once exactly `count` are RUNNING and none is anything else."""

        def look() -> list[dict[str, Any]] | None:
            tasks = self.tasks(service)
            return tasks if [task["lastStatus"] for task in tasks] == ["RUNNING"] * count else None

        if count == 0:
            self.eventually(lambda: not self.tasks(service))
            return []
        return self.eventually(look) or []

    def tasks(self, service: str) -> list[dict[str, Any]]:
        """The service's tasks that haven't stopped."""
        arns = [
            arn
            for status in ("RUNNING", "STOPPED")
            for arn in self.ecs.list_tasks(cluster=self.name, serviceName=service, desiredStatus=status)["taskArns"]
        ]
        tasks = self.ecs.describe_tasks(cluster=self.name, tasks=arns)["tasks"] if arns else []
        return [task for task in tasks if task["lastStatus"] != "STOPPED"]

    def task(self, arn: str) -> dict[str, Any]:
        (task,) = self.ecs.describe_tasks(cluster=self.name, tasks=[arn])["tasks"]
        return dict(task)

    def stopped(self, arn: str) -> dict[str, Any]:
        """The task, once it is STOPPED."""
        self.eventually(lambda: self.task(arn)["lastStatus"] == "STOPPED")
        return self.task(arn)

    def service(self, name: str) -> dict[str, Any]:
        (service,) = self.ecs.describe_services(cluster=self.name, services=[name])["services"]
        return dict(service)

    def output(self, task: dict[str, Any]) -> str:
        """What the task has written so far, from its file."""
        group = task["group"].partition(":")[2]
        return (self.emulator.log_dir / f"{group}-{task['taskArn'].rpartition('/')[2]}.log").read_text()


@pytest.fixture
def cluster(aws: Aws, emulator: Emulator, eventually: Eventually, unique: Callable[[str], str]) -> Iterator[Cluster]:
    name = unique("cluster")
    cluster = Cluster(ecs=validating(aws("ecs")), name=name, emulator=emulator, eventually=eventually)
    cluster.ecs.create_cluster(clusterName=name)
    yield cluster
    for service in cluster.ecs.list_services(cluster=name)["serviceArns"]:
        cluster.ecs.delete_service(cluster=name, service=service, force=True)
    for arn in cluster.ecs.list_tasks(cluster=name)["taskArns"]:
        cluster.ecs.stop_task(cluster=name, task=arn)
