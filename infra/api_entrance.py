"""The results API's and the console's way in: their paths of the desk's domain, by its load balancer and firewall."""

from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi_aws import ec2, lb, vpc

from infra.config import StackConfig
from infra.entrance import DRAIN_S, HEALTH_PATH, DeskEntrance, targets_name
from infra.network import Network
from services.results.console.ports import ROOT

PATHS: Final = ("/v1/*", ROOT, f"{ROOT}/*")
"""What `services.results.api.web` and `services.results.console` serve; the desk has nothing there."""
PRIORITY: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiEntranceArgs:
    config: StackConfig
    network: Network
    desk: DeskEntrance


class ApiEntrance(pulumi.ComponentResource):
    """As of `DeskEntrance`: what the API's tasks are registered as, what CloudWatch calls that, and who may call
    them."""

    targets_metric_name: pulumi.Output[str]
    target_group_arn: pulumi.Output[str]
    task_security_group_id: pulumi.Output[str]
    port: int

    def __init__(self, name: str, args: ApiEntranceArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("gavel:infra:ApiEntrance", name, None, opts)
        self._args, self._child = args, pulumi.ResourceOptions(parent=self)
        self.port = args.config.api_port
        targets = lb.TargetGroup(
            "api-targets",
            name=targets_name(args.config.prefix, "api", self.port),
            vpc_id=args.network.vpc_id,
            target_type="ip",
            protocol="HTTP",
            port=self.port,
            deregistration_delay=DRAIN_S,
            health_check=lb.TargetGroupHealthCheckArgs(
                path=HEALTH_PATH, matcher="200", interval=15, timeout=5, healthy_threshold=2, unhealthy_threshold=3
            ),
            opts=self._child,
        )
        lb.ListenerRule(
            "api-paths",
            listener_arn=args.desk.listener_arn,
            priority=PRIORITY,
            conditions=[
                lb.ListenerRuleConditionArgs(path_pattern=lb.ListenerRuleConditionPathPatternArgs(values=list(PATHS)))
            ],
            actions=[lb.ListenerRuleActionArgs(type="forward", target_group_arn=targets.arn)],
            opts=self._child,
        )
        self.target_group_arn, self.targets_metric_name = targets.arn, targets.arn_suffix
        self.task_security_group_id = self._let_through()
        self.register_outputs({})

    def _let_through(self) -> pulumi.Output[str]:
        group = ec2.SecurityGroup(
            "api-tasks",
            name=f"{self._args.config.prefix}-api-tasks",
            description="The results API's tasks: only the load balancer calls them",
            vpc_id=self._args.network.vpc_id,
            tags={"Name": f"{self._args.config.prefix}-api-tasks"},
            opts=self._child,
        )
        balancer = self._args.desk.security_group_id
        vpc.SecurityGroupEgressRule(
            "desk-entrance-to-api",
            security_group_id=balancer,
            description="HTTP to the results API's tasks",
            ip_protocol="tcp",
            from_port=self.port,
            to_port=self.port,
            referenced_security_group_id=group.id,
            opts=self._child,
        )
        vpc.SecurityGroupIngressRule(
            "api-tasks-from-entrance",
            security_group_id=group.id,
            description="HTTP from the load balancer",
            ip_protocol="tcp",
            from_port=self.port,
            to_port=self.port,
            referenced_security_group_id=balancer,
            opts=self._child,
        )
        return group.id
