"""Starts a task's containers: log streams, secrets, environment, processes."""

import json
from collections.abc import Callable
from typing import Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from gavel_emulator.aws_calls import client
from gavel_emulator.ecs.definition import ContainerPlan
from gavel_emulator.ecs.host import TaskHost
from gavel_emulator.ecs.logs import LogShipper, LogStream, TaskFile
from gavel_emulator.ecs.process import ContainerProcess
from gavel_emulator.ecs.records import Container, Task


class CannotStart(Exception):
    """The text is what ECS would give as the task's `stoppedReason`."""


class Watcher(Protocol):
    """Is told what becomes of a container; from the container's threads."""

    def container_started(self, task: Task, container: Container, pid: int) -> None: ...
    def container_ended(self, task: Task, container: Container, code: int | None, reason: str | None) -> None: ...


def start(task: Task, file: TaskFile, *, host: TaskHost, shipper: LogShipper, watcher: Watcher) -> None:
    """Start every container that has a program here; `container.process` is set for each that was started.

    Raises CannotStart with containers started before still running: the caller ends them.
    """
    if task.main is None:
        images = ", ".join(container.plan.image for container in task.containers)
        raise CannotStart(
            "CannotPullContainerError: this emulator has programs for images of the account's own registry "
            f"and for bare names, not for {images}"
        )
    for container in task.containers:
        if not container.plan.runs:
            file.write(f"[emulator] container {container.plan.name} isn't run: no program for {container.plan.image}")
            continue
        container.process = _start(task, container, file, host, shipper, watcher)


def _start(
    task: Task, container: Container, file: TaskFile, host: TaskHost, shipper: LogShipper, watcher: Watcher
) -> ContainerProcess:
    plan = container.plan
    if not plan.command:
        raise CannotStart(f"CannotStartContainerError: container {plan.name} has no command")
    environment = host.environment(account_id=task.home.account_id, region=task.home.region, task_id=task.id)
    write = _writer(task, plan, file, shipper)
    try:
        return ContainerProcess(
            command=plan.command,
            environment=environment | dict(plan.environment) | _secrets(task, plan),
            folder=host.folder,
            started=lambda pid: watcher.container_started(task, container, pid),
            wrote=write,
            ended=lambda code, reason: watcher.container_ended(task, container, code, reason),
        )
    except OSError as error:
        raise CannotStart(f"CannotStartContainerError: {host.folder}: {error.strerror}") from error


def _writer(task: Task, plan: ContainerPlan, file: TaskFile, shipper: LogShipper) -> Callable[[str], None]:
    """Takes a line to the task's file and, with awslogs, to its stream. ECS doesn't start a task without its stream."""
    if plan.log is None:
        return file.write
    stream = LogStream(task.home.account_id, plan.log.region, plan.log.group, plan.log.stream(plan.name, task.id))
    try:
        shipper.open(stream, create_group=plan.log.create_group)
    except (BotoCoreError, ClientError) as error:
        raise CannotStart(
            f"ResourceInitializationError: failed to validate logger args: failed to create Cloudwatch log stream "
            f"{stream.name} in {stream.group}: {error}"
        ) from error

    def write(line: str) -> None:
        file.write(line)
        shipper.write(stream, line)

    return write


def _secrets(task: Task, plan: ContainerPlan) -> dict[str, str]:
    """The values behind `secrets`: from Secrets Manager by ARN, from Parameter Store by ARN or name."""
    values = {}
    for variable, source in plan.secrets.items():
        try:
            values[variable] = _secret(source, account_id=task.home.account_id, region=task.home.region)
        except (BotoCoreError, ClientError, LookupError, ValueError) as error:
            raise CannotStart(
                f"ResourceInitializationError: unable to pull secrets: {variable} from {source}: {error}"
            ) from error
    return values


def _secret(source: str, **where: Any) -> str:
    if source.startswith("arn:") and ":secretsmanager:" in source:
        # arn:aws:secretsmanager:<region>:<account>:secret:<name>[:<key in the secret's JSON>[:…]]
        parts = source.split(":")
        text = client("secretsmanager", **where).get_secret_value(SecretId=":".join(parts[:7]))["SecretString"]
        key = parts[7] if len(parts) > 7 else ""
        return str(json.loads(text)[key]) if key else text
    name = source.partition(":parameter")[2] if source.startswith("arn:") else source
    return client("ssm", **where).get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"]
