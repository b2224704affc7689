"""The ECS cluster that the services run in, and what of Fargate they run on."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws import ecs

from infra.config import StackConfig


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
        ecs.ClusterCapacityProviders(
            f"{name}-capacity",
            cluster_name=cluster.name,
            capacity_providers=["FARGATE", "FARGATE_SPOT"],
            opts=child,
        )
        self.register_outputs({"name": self.name})

    def strategies(self, config: StackConfig) -> Sequence[ecs.ServiceCapacityProviderStrategyArgs]:
        """Tasks on Spot and not, as the configuration shares them out; a provider without any weight is left out."""
        on_demand = ecs.ServiceCapacityProviderStrategyArgs(
            capacity_provider="FARGATE", base=config.on_demand_base, weight=100 - config.spot_percent
        )
        spot = ecs.ServiceCapacityProviderStrategyArgs(capacity_provider="FARGATE_SPOT", weight=config.spot_percent)
        has_on_demand = config.spot_percent < 100 or config.on_demand_base > 0
        return [*([on_demand] if has_on_demand else []), *([spot] if config.spot_percent else [])]
