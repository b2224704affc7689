"""The network that tasks run in: private subnets, endpoints for AWS's services, NAT only for what has no endpoint."""

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Final

import pulumi
from pulumi_aws import ec2, vpc

from infra.config import StackConfig
from infra.endpoints import HTTPS, Endpoints, EndpointsArgs, interface_services
from infra.fields import Nat
from infra.flow_logs import flow_logs
from infra.iam import Account

EVERYWHERE: Final = "0.0.0.0/0"


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkArgs:
    """`zones` are the names of as many availability zones as the network is to span. `key_arn` of None leaves the log's
    key to AWS."""

    config: StackConfig
    account: Account
    zones: Sequence[str]
    key_arn: pulumi.Input[str] | None
    has_desk: bool


class Network(pulumi.ComponentResource):
    """Each zone has a private subnet and, where there is a NAT gateway or a load balancer that the internet sees, a
    public one; both are 1/16 of the VPC."""

    vpc_id: pulumi.Output[str]
    private_subnet_ids: Sequence[pulumi.Output[str]]
    public_subnet_ids: Sequence[pulumi.Output[str]]
    task_security_group_id: pulumi.Output[str]

    def __init__(self, name: str, args: NetworkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("gavel:infra:Network", name, None, opts)
        config = args.config
        self._prefix = config.prefix
        self._child = pulumi.ResourceOptions(parent=self)
        blocks = list(IPv4Network(config.cidr).subnets(prefixlen_diff=4))
        entrance = config.desk_entrance
        has_public = config.nat_gateways is not Nat.NONE or (entrance is not None and not entrance.internal)

        self._vpc = ec2.Vpc(
            "vpc",
            cidr_block=config.cidr,
            enable_dns_support=True,
            enable_dns_hostnames=True,  # what makes an interface endpoint answer to the service's public name
            tags=self._named("vpc"),
            opts=self._child,
        )
        self.vpc_id = self._vpc.id
        self._close_default_group()
        private = [
            self._subnet(f"private-{zone}", zone, block) for zone, block in zip(args.zones, blocks[:8], strict=False)
        ]
        self.private_subnet_ids = [subnet.id for subnet in private]
        tables = [self._routed(f"private-{zone}", subnet) for zone, subnet in zip(args.zones, private, strict=True)]
        public = [
            self._subnet(f"public-{zone}", zone, block)
            for zone, block in zip(args.zones if has_public else (), blocks[8:], strict=False)
        ]
        self.public_subnet_ids = [subnet.id for subnet in public]
        if has_public:
            internet = self._internet(args.zones, public)
            self._way_out(args, tables, public, internet)

        group = ec2.SecurityGroup(
            "tasks",
            name=f"{self._prefix}-tasks",
            # Without rules: they are resources of their own, so that groups can name each other.
            description="Gavel's tasks: they call AWS and nobody calls them",
            vpc_id=self._vpc.id,
            tags=self._named("tasks"),
            opts=self._child,
        )
        self.task_security_group_id = group.id
        Endpoints(
            "endpoints",
            EndpointsArgs(
                config=config,
                account=args.account,
                services=interface_services(config, has_desk=args.has_desk),
                vpc_id=self._vpc.id,
                subnet_ids=self.private_subnet_ids[: config.endpoint_zones],
                route_table_ids=[table.id for table in tables],
                task_group_id=group.id,
            ),
            self._child,
        )
        if config.nat_gateways is not Nat.NONE:
            vpc.SecurityGroupEgressRule(
                "tasks-to-anywhere",
                security_group_id=group.id,
                # A2I's address isn't fixed.
                description="HTTPS to anywhere, through the NAT gateway",
                ip_protocol="tcp",
                from_port=HTTPS,
                to_port=HTTPS,
                cidr_ipv4=EVERYWHERE,
                opts=self._child,
            )
        if (port := config.otlp_port) is not None:
            vpc.SecurityGroupEgressRule(
                "tasks-to-otlp",
                security_group_id=group.id,
                # Its address isn't known here, only its name.
                description="OTLP to a collector outside the stack",
                ip_protocol="tcp",
                from_port=port,
                to_port=port,
                cidr_ipv4=EVERYWHERE,
                opts=self._child,
            )
        flow_logs(config, args.account, vpc_id=self._vpc.id, key_arn=args.key_arn, opts=self._child)
        self.register_outputs({})

    def _named(self, what: str) -> dict[str, str]:
        return {"Name": f"{self._prefix}-{what}"}

    def _close_default_group(self) -> None:
        """The group that AWS puts on whatever names none: without rules it lets nothing in or out."""
        ec2.DefaultSecurityGroup("default", vpc_id=self._vpc.id, tags=self._named("unused"), opts=self._child)

    def _subnet(self, name: str, zone: str, block: IPv4Network) -> ec2.Subnet:
        return ec2.Subnet(
            name,
            vpc_id=self._vpc.id,
            availability_zone=zone,
            cidr_block=str(block),
            map_public_ip_on_launch=False,
            tags=self._named(name),
            opts=self._child,
        )

    def _routed(self, name: str, subnet: ec2.Subnet) -> ec2.RouteTable:
        """A route table of the subnet's own."""
        table = ec2.RouteTable(f"{name}-routes", vpc_id=self._vpc.id, tags=self._named(name), opts=self._child)
        ec2.RouteTableAssociation(f"{name}-routed", subnet_id=subnet.id, route_table_id=table.id, opts=self._child)
        return table

    def _internet(self, zones: Sequence[str], public: Sequence[ec2.Subnet]) -> ec2.InternetGateway:
        gateway = ec2.InternetGateway("internet", vpc_id=self._vpc.id, tags=self._named("internet"), opts=self._child)
        for zone, subnet in zip(zones, public, strict=True):
            ec2.Route(
                f"public-{zone}-out",
                route_table_id=self._routed(f"public-{zone}", subnet).id,
                destination_cidr_block=EVERYWHERE,
                gateway_id=gateway.id,
                opts=self._child,
            )
        return gateway

    def _way_out(
        self,
        args: NetworkArgs,
        tables: Sequence[ec2.RouteTable],
        public: Sequence[ec2.Subnet],
        internet: ec2.InternetGateway,
    ) -> None:
        """NAT gateways, one per zone or one for all, and the private subnets' routes to them."""
        wanted = {Nat.NONE: 0, Nat.ONE: 1, Nat.PER_ZONE: len(args.zones)}[args.config.nat_gateways]
        gateways: list[ec2.NatGateway] = []
        for zone, subnet in list(zip(args.zones, public, strict=True))[:wanted]:
            address = ec2.Eip(f"nat-{zone}-address", domain="vpc", tags=self._named(f"nat-{zone}"), opts=self._child)
            gateways.append(
                ec2.NatGateway(
                    f"nat-{zone}",
                    subnet_id=subnet.id,
                    allocation_id=address.allocation_id,
                    tags=self._named(f"nat-{zone}"),
                    opts=pulumi.ResourceOptions(parent=self, depends_on=[internet]),
                )
            )
        for position, (zone, table) in enumerate(zip(args.zones if gateways else (), tables, strict=False)):
            ec2.Route(
                f"private-{zone}-out",
                route_table_id=table.id,
                destination_cidr_block=EVERYWHERE,
                nat_gateway_id=gateways[position % len(gateways)].id,
                opts=self._child,
            )
