"""Tasks and services as the ECS API shows them. The members are those of botocore's model, left out without a value."""

from collections.abc import Mapping, Sequence
from typing import Any

from gavel_emulator.ecs.records import PENDING, RUNNING, STOPPED, Container, Deployment, Service, Task

Answer = dict[str, Any]


def task_answer(task: Task, *, with_tags: bool = False) -> Answer:
    definition = task.definition
    return _said(
        taskArn=task.arn,
        clusterArn=task.home.cluster.arn,
        taskDefinitionArn=definition.arn,
        containers=[_container_answer(task, container) for container in task.containers],
        lastStatus=task.status,
        desiredStatus=task.desired,
        group=task.group,
        startedBy=task.started_by,
        cpu=definition.cpu,
        memory=definition.memory,
        connectivity="CONNECTED" if task.status == RUNNING else None,
        createdAt=task.created_at,
        startedAt=task.started_at,
        stoppingAt=task.stopping_at,
        stoppedAt=task.stopped_at,
        executionStoppedAt=task.stopped_at,
        stopCode=task.stop_code,
        stoppedReason=task.stopped_reason,
        healthStatus="UNKNOWN",
        overrides=task.overrides or {"containerOverrides": []},
        attachments=[],
        attributes=[],
        tags=task.tags if with_tags else [],
        version=1,
        platformFamily="Linux",
        availabilityZone=f"{task.home.region}a",
        **_launch_answer(task.launch),
    )


def _container_answer(task: Task, container: Container) -> Answer:
    skipped = not container.plan.runs
    return _said(
        containerArn=task.home.arn("container", f"{task.home.cluster.name}/{task.id}/{container.runtime_id}"),
        taskArn=task.arn,
        name=container.plan.name,
        image=container.plan.image,
        runtimeId=container.runtime_id if container.pid else None,
        lastStatus=STOPPED if skipped else container.status,
        reason="This emulator has no program for the image" if skipped else container.reason,
        exitCode=container.exit_code,
        healthStatus="UNKNOWN",
        networkInterfaces=[],
    )


def service_answer(from_moto: Mapping[str, Any], service: Service, tasks: Sequence[Task]) -> Answer:
    """Moto's answer with the counts, events and deployments as they are; `tasks` are all of the service's."""
    answer = dict(from_moto)
    answer.pop("launchType", None)  # moto says EC2 where a capacity provider strategy decides
    primary = service.deployments[0]
    return answer | _said(
        desiredCount=service.record.desired_count,
        runningCount=count(tasks, RUNNING),
        pendingCount=count(tasks, PENDING),
        taskDefinition=primary.definition.arn,
        deployments=[_deployment_answer(service, deployment, tasks) for deployment in service.deployments],
        events=list(service.events),
        createdAt=service.created_at,
        deploymentConfiguration=_percentages_answer(service),
        capacityProviderStrategy=service.request.get("capacityProviderStrategy"),
        healthCheckGracePeriodSeconds=service.request.get("healthCheckGracePeriodSeconds"),
        enableECSManagedTags=service.request.get("enableECSManagedTags", False),
        enableExecuteCommand=service.request.get("enableExecuteCommand", False),
        availabilityZoneRebalancing=service.request.get("availabilityZoneRebalancing"),
        **_launch_answer(service.request, of_service=True),
    )


def _percentages_answer(service: Service) -> Answer:
    percentages = service.percentages()
    return (service.request.get("deploymentConfiguration") or {}) | {
        "minimumHealthyPercent": percentages["minimum_percent"],
        "maximumPercent": percentages["maximum_percent"],
    }


def _deployment_answer(service: Service, deployment: Deployment, tasks: Sequence[Task]) -> Answer:
    own = [task for task in tasks if task.deployment_id == deployment.id]
    primary = deployment is service.deployments[0]
    state = "COMPLETED" if deployment.completed else "IN_PROGRESS"
    return _said(
        id=deployment.id,
        status="PRIMARY" if primary else "ACTIVE",
        taskDefinition=deployment.definition.arn,
        desiredCount=service.record.desired_count if primary else 0,
        runningCount=count(own, RUNNING),
        pendingCount=count(own, PENDING),
        failedTasks=deployment.failed_tasks,
        createdAt=deployment.created_at,
        updatedAt=deployment.updated_at,
        rolloutState=state,
        rolloutStateReason=f"ECS deployment {deployment.id} {state.lower().replace('_', ' ')}.",
        capacityProviderStrategy=service.request.get("capacityProviderStrategy"),
        networkConfiguration=service.request.get("networkConfiguration"),
        **_launch_answer(service.request, of_service=True),
    )


def _launch_answer(request: Mapping[str, Any], *, of_service: bool = False) -> Answer:
    """How the request says to launch: by a capacity provider, or by a launch type (EC2 when it says nothing)."""
    strategy = request.get("capacityProviderStrategy")
    platform = request.get("platformVersion")
    if strategy:
        provider = strategy[0]["capacityProvider"]
        named = {} if of_service else {"capacityProviderName": provider, "launchType": "FARGATE"}
        fargate = provider.startswith("FARGATE")
    else:
        named = {"launchType": request.get("launchType", "EC2")}
        fargate = named["launchType"] == "FARGATE"
    return named | ({"platformVersion": platform or "LATEST"} if fargate else {})


def count(tasks: Sequence[Task], status: str) -> int:
    return sum(task.status == status for task in tasks)


def _said(**members: Any) -> Answer:
    return {name: value for name, value in members.items() if value is not None}
