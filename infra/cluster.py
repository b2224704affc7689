"""The ECS cluster that the services run in."""

from dataclasses import dataclass

import pulumi
from pulumi_aws import ecs


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterArgs:
    prefix: str


class Cluster(pulumi.ComponentResource):
    """Container Insights stay off: what scaling and alarms need is among the metrics that cost nothing."""

    name: pulumi.Output[str]
    arn: pulumi.Output[str]

    def __init__(self, name: str, args: ClusterArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("gavel:infra:Cluster", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        cluster = ecs.Cluster(
            name,
            name=args.prefix,
            settings=[ecs.ClusterSettingArgs(name="containerInsights", value="disabled")],
            opts=child,
        )
        self.name, self.arn = cluster.name, cluster.arn
        self.register_outputs({"name": self.name})
