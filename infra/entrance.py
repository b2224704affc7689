"""The review desk's public address: a load balancer that speaks HTTPS only, behind a firewall."""

from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi_aws import ec2, lb, route53, vpc

from infra.access_logs import ENTRANCE_LOGS
from infra.buckets import Bucket
from infra.config import StackConfig
from infra.endpoints import HTTPS
from infra.fields import Entrance
from infra.firewall import firewall
from infra.network import Network

HTTP: Final = 80
TLS_POLICY: Final = "ELBSecurityPolicy-TLS13-1-2-2021-06"
"""TLS 1.2 and 1.3 with forward secrecy:
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html"""
HEALTH_PATH: Final = "/health"
IDLE_TIMEOUT_S: Final = 60
DRAIN_S: Final = 30
"""For requests under way when a task is taken out; the desk's pages take a second at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskEntranceArgs:
    """`logs` takes a line per request. `key_arn` of None leaves the firewall log's key to AWS."""

    config: StackConfig
    entrance: Entrance
    network: Network
    logs: Bucket
    key_arn: pulumi.Input[str] | None


class DeskEntrance(pulumi.ComponentResource):
    """`metric_name` and `targets_metric_name` are what CloudWatch calls the load balancer and its target group;
    `task_security_group_id` is for the desk's tasks: it lets the load balancer in, and nobody else. `security_group_id`
    is the load balancer's own, `listener_arn` is what speaks HTTPS, `port` where the tasks listen."""

    address: pulumi.Output[str]
    metric_name: pulumi.Output[str]
    targets_metric_name: pulumi.Output[str]
    target_group_arn: pulumi.Output[str]
    task_security_group_id: pulumi.Output[str]
    security_group_id: pulumi.Output[str]
    listener_arn: pulumi.Output[str]
    port: int

    def __init__(self, name: str, args: DeskEntranceArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("gavel:infra:DeskEntrance", name, None, opts)
        self._args, self._prefix = args, args.config.prefix
        self._child = pulumi.ResourceOptions(parent=self)
        own_group = self._group("desk-entrance", "The review desk's load balancer")
        desk_group = self._group("desk-tasks", "The review desk's tasks: only its load balancer calls them")
        self._let_in(own_group)
        self._let_through(own_group, desk_group)

        balancer = lb.LoadBalancer(
            "desk-balancer",
            name=f"{self._prefix}-desk",
            load_balancer_type="application",
            internal=args.entrance.internal,
            subnets=args.network.private_subnet_ids if args.entrance.internal else args.network.public_subnet_ids,
            security_groups=[own_group.id],
            drop_invalid_header_fields=True,
            desync_mitigation_mode="defensive",
            idle_timeout=IDLE_TIMEOUT_S,
            enable_deletion_protection=args.config.protected,
            access_logs=lb.LoadBalancerAccessLogsArgs(bucket=args.logs.name, prefix=ENTRANCE_LOGS, enabled=True),
            # Elastic Load Balancing writes a test file when it is made, and needs the bucket's policy for it.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[args.logs]),
        )
        targets = lb.TargetGroup(
            "desk-targets",
            name=targets_name(self._prefix, "desk", args.config.desk_port),
            vpc_id=args.network.vpc_id,
            target_type="ip",
            protocol="HTTP",
            port=args.config.desk_port,
            deregistration_delay=DRAIN_S,
            health_check=lb.TargetGroupHealthCheckArgs(
                path=HEALTH_PATH, matcher="200", interval=15, timeout=5, healthy_threshold=2, unhealthy_threshold=3
            ),
            opts=self._child,
        )
        self.listener_arn = self._listen(balancer.arn, targets.arn)
        firewall(args.config, args.entrance, balancer_arn=balancer.arn, key_arn=args.key_arn, opts=self._child)
        if args.entrance.zone_id is not None:
            self._record(args.entrance.zone_id, balancer.dns_name, balancer.zone_id)
        self.address = balancer.dns_name
        self.metric_name, self.targets_metric_name = balancer.arn_suffix, targets.arn_suffix
        self.target_group_arn = targets.arn
        self.task_security_group_id, self.security_group_id = desk_group.id, own_group.id
        self.port = args.config.desk_port
        self.register_outputs({"address": self.address})

    def _group(self, name: str, description: str) -> ec2.SecurityGroup:
        return ec2.SecurityGroup(
            name,
            name=f"{self._prefix}-{name}",
            description=description,
            vpc_id=self._args.network.vpc_id,
            tags={"Name": f"{self._prefix}-{name}"},
            opts=self._child,
        )

    def _let_in(self, group: ec2.SecurityGroup) -> None:
        """Port 80 only answers where to go instead."""
        # Named after what they let in: by position, one that goes would have the next take its place, which AWS refuses
        # while that is still there.
        for cidr in self._args.entrance.allowed_cidrs:
            for port, scheme in ((HTTPS, "https"), (HTTP, "http")):
                vpc.SecurityGroupIngressRule(
                    f"desk-{scheme}-from-{cidr.replace('/', '-')}",
                    security_group_id=group.id,
                    description=f"{scheme.upper()} from whoever may use the desk",
                    ip_protocol="tcp",
                    from_port=port,
                    to_port=port,
                    cidr_ipv4=cidr,
                    opts=self._child,
                )

    def _let_through(self, own: ec2.SecurityGroup, desk: ec2.SecurityGroup) -> None:
        port = self._args.config.desk_port
        vpc.SecurityGroupEgressRule(
            "desk-entrance-to-tasks",
            security_group_id=own.id,
            description="HTTP to the desk's tasks",
            ip_protocol="tcp",
            from_port=port,
            to_port=port,
            referenced_security_group_id=desk.id,
            opts=self._child,
        )
        vpc.SecurityGroupIngressRule(
            "desk-tasks-from-entrance",
            security_group_id=desk.id,
            description="HTTP from the desk's load balancer",
            ip_protocol="tcp",
            from_port=port,
            to_port=port,
            referenced_security_group_id=own.id,
            opts=self._child,
        )

    def _listen(self, balancer_arn: pulumi.Output[str], targets_arn: pulumi.Output[str]) -> pulumi.Output[str]:
        https = lb.Listener(
            "desk-https",
            load_balancer_arn=balancer_arn,
            port=HTTPS,
            protocol="HTTPS",
            ssl_policy=TLS_POLICY,
            certificate_arn=self._args.entrance.certificate_arn,
            default_actions=[lb.ListenerDefaultActionArgs(type="forward", target_group_arn=targets_arn)],
            opts=self._child,
        )
        lb.Listener(
            "desk-http",
            load_balancer_arn=balancer_arn,
            port=HTTP,
            protocol="HTTP",
            default_actions=[
                lb.ListenerDefaultActionArgs(
                    type="redirect",
                    redirect=lb.ListenerDefaultActionRedirectArgs(
                        protocol="HTTPS", port=str(HTTPS), status_code="HTTP_301"
                    ),
                )
            ],
            opts=self._child,
        )
        return https.arn

    def _record(self, zone_id: str, name: pulumi.Output[str], balancer_zone_id: pulumi.Output[str]) -> None:
        route53.Record(
            "desk-domain",
            zone_id=zone_id,
            name=self._args.entrance.domain,
            type="A",
            aliases=[{"name": name, "zone_id": balancer_zone_id, "evaluate_target_health": False}],
            opts=self._child,
        )


def targets_name(prefix: str, service: str, port: int) -> str:
    """At most 32 characters, and another for another port: that makes a new group, before the old one goes."""
    return f"{prefix}-{service}{port}"
