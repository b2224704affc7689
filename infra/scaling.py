"""Keeps a service at as many tasks as its waiting messages call for, or its callers, and the hour."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi_aws import appautoscaling as scaling

from infra.fields import Floor

BUSY_PERCENT: Final = 60
"""Of its processors a service that answers callers uses at the most: a burst is answered before tasks are added."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScalingArgs:
    """Without queues a service is scaled by how busy its processors are."""

    prefix: str
    cluster_name: pulumi.Input[str]
    service_name: pulumi.Input[str]
    queue_names: Sequence[pulumi.Input[str]]
    backlog_per_task: int
    min_tasks: int
    max_tasks: int
    floors: Sequence[Floor] = ()


def scale(name: str, args: ScalingArgs, opts: pulumi.ResourceOptions) -> None:
    """Target tracking on messages waiting per running task, over all of the service's queues; or on CPU."""
    target = scaling.Target(
        f"{name}-scale",
        service_namespace="ecs",
        scalable_dimension="ecs:service:DesiredCount",
        resource_id=pulumi.Output.concat("service/", args.cluster_name, "/", args.service_name),
        min_capacity=args.min_tasks,
        max_capacity=args.max_tasks,
        opts=opts,
    )
    by = "backlog" if args.queue_names else "load"
    scaling.Policy(
        f"{name}-scale-by-{by}",
        name=f"{args.prefix}-{name}-{by}",
        policy_type="TargetTrackingScaling",
        service_namespace=target.service_namespace,
        scalable_dimension=target.scalable_dimension,
        resource_id=target.resource_id,
        target_tracking_scaling_policy_configuration=_by_backlog(args) if args.queue_names else _by_load(),
        opts=opts,
    )
    for floor in args.floors:
        _raise_floor(name, args, floor, target, opts)


def _by_backlog(args: ScalingArgs) -> scaling.PolicyTargetTrackingScalingPolicyConfigurationArgs:
    return scaling.PolicyTargetTrackingScalingPolicyConfigurationArgs(
        target_value=args.backlog_per_task,
        scale_out_cooldown=60,
        scale_in_cooldown=300,
        customized_metric_specification=(
            scaling.PolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationArgs(
                metrics=_backlog_per_task(args)
            )
        ),
    )


def _by_load() -> scaling.PolicyTargetTrackingScalingPolicyConfigurationArgs:
    return scaling.PolicyTargetTrackingScalingPolicyConfigurationArgs(
        target_value=BUSY_PERCENT,
        scale_out_cooldown=60,
        scale_in_cooldown=300,
        predefined_metric_specification=(
            scaling.PolicyTargetTrackingScalingPolicyConfigurationPredefinedMetricSpecificationArgs(
                predefined_metric_type="ECSServiceAverageCPUUtilization"
            )
        ),
    )


def _raise_floor(
    service: str, args: ScalingArgs, floor: Floor, target: scaling.Target, opts: pulumi.ResourceOptions
) -> None:
    scaling.ScheduledAction(
        f"{service}-from-{floor.name}",
        name=f"{args.prefix}-{service}-{floor.name}",
        service_namespace=target.service_namespace,
        scalable_dimension=target.scalable_dimension,
        resource_id=target.resource_id,
        schedule=floor.schedule,
        timezone=floor.timezone,
        scalable_target_action=scaling.ScheduledActionScalableTargetActionArgs(
            min_capacity=floor.min_tasks[service], max_capacity=args.max_tasks
        ),
        opts=opts,
    )


Metric = scaling.PolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationMetricArgs
MetricStat = scaling.PolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationMetricMetricStatArgs
MetricOf = scaling.PolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationMetricMetricStatMetricArgs
Dimension = scaling.PolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationMetricMetricStatMetricDimensionArgs  # noqa: E501  the SDK's name is that long


def _backlog_per_task(args: ScalingArgs) -> list[Metric]:
    """Every running task reports its CPU use once a minute, so the number of samples is the number of tasks: what
    Container Insights would charge for.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service_utilization.html
    """
    waiting = [
        _metric(f"waiting{position}", "AWS/SQS", "ApproximateNumberOfMessagesVisible", "Sum", {"QueueName": queue})
        for position, queue in enumerate(args.queue_names)
    ]
    of_service = {"ClusterName": args.cluster_name, "ServiceName": args.service_name}
    tasks = _metric("tasks", "AWS/ECS", "CPUUtilization", "SampleCount", of_service)
    total = "+".join(f"FILL(waiting{position}, 0)" for position in range(len(args.queue_names)))
    return [
        *waiting,
        tasks,
        Metric(id="backlog", label="waiting per task", expression=f"({total}) / FILL(tasks, 1)", return_data=True),
    ]


def _metric(id_: str, namespace: str, name: str, stat: str, dimensions: dict[str, pulumi.Input[str]]) -> Metric:
    of = MetricOf(
        namespace=namespace,
        metric_name=name,
        dimensions=[Dimension(name=key, value=value) for key, value in dimensions.items()],
    )
    return Metric(id=id_, metric_stat=MetricStat(metric=of, stat=stat), return_data=False)
