"""Metrics by name: AWS's own, and ours as the collector hands them to CloudWatch."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pulumi

from infra.collector import namespace
from infra.config import StackConfig
from shared.telemetry.instruments import Metric


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One metric of one thing, and what is asked of it in each period."""

    namespace: str
    metric: str
    statistic: str
    dimensions: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    label: str = ""


def of_queue(name: pulumi.Input[str], metric: str, *, label: str = "", statistic: str = "Maximum") -> Series:
    dimensions = {"QueueName": name}
    return Series(namespace="AWS/SQS", metric=metric, statistic=statistic, dimensions=dimensions, label=label)


def of_table(name: pulumi.Input[str], metric: str) -> Series:
    return Series(namespace="AWS/DynamoDB", metric=metric, statistic="Sum", dimensions={"TableName": name})


def of_requests(table: pulumi.Input[str], metric: str, operation: str) -> Series:
    dimensions = {"TableName": table, "Operation": operation}
    label = f"{operation} {metric}"
    return Series(namespace="AWS/DynamoDB", metric=metric, statistic="Sum", dimensions=dimensions, label=label)


def of_service(cluster: pulumi.Input[str], service: str, metric: str, *, statistic: str = "Average") -> Series:
    dimensions = {"ClusterName": cluster, "ServiceName": service}
    return Series(namespace="AWS/ECS", metric=metric, statistic=statistic, dimensions=dimensions, label=metric)


def of_rekognition(metric: str, operation: str) -> Series:
    """Of the whole account in this region: Rekognition knows no stacks."""
    return Series(
        namespace="AWS/Rekognition",
        metric=metric,
        statistic="Sum",
        dimensions={"Operation": operation},
        label=f"{operation} {metric}",
    )


def own(
    config: StackConfig,
    metric: Metric,
    *,
    statistic: str,
    of: Mapping[str, pulumi.Input[str]] | None = None,
    label: str = "",
) -> Series:
    """`of` are the attributes that tell one series of the metric: a set of those in `infra.collector.EXPORTED`."""
    return Series(
        namespace=namespace(config), metric=metric.name, statistic=statistic, dimensions=of or {}, label=label
    )
