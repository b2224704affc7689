"""The network that tasks run in: private subnets, endpoints for AWS's services, NAT only for what has no endpoint."""

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Final

import pulumi
from pulumi_aws import ec2, vpc

from infra.config import StackConfig
from infra.iam import Account
from shared.contracts.words import BackendName

INTERFACE_ENDPOINTS: Final = ("ecr.api", "ecr.dkr", "logs", "rekognition", "sns", "sqs")
"""What tasks call and ECS calls for them. A2I's run-time API isn't among what AWS offers here, hence the NAT gateway:
https://docs.aws.amazon.com/vpc/latest/privatelink/aws-services-privatelink-support.html"""

GATEWAY_ENDPOINTS: Final = ("dynamodb", "s3")
HTTPS: Final = 443


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkArgs:
    """`zones` are the names of as many availability zones as the network is to span."""

    config: StackConfig
    account: Account
    zones: Sequence[str]


class Network(pulumi.ComponentResource):
    """Each zone has a private subnet and, where there is a NAT gateway, a public one; both are 1/16 of the VPC."""

    private_subnet_ids: Sequence[pulumi.Output[str]]
    task_security_group_id: pulumi.Output[str]

    def __init__(self, name: str, args: NetworkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("gavel:infra:Network", name, None, opts)
        self._prefix = args.config.prefix
        self._region = args.account.region
        self._child = pulumi.ResourceOptions(parent=self)
        blocks = list(IPv4Network(args.config.cidr).subnets(prefixlen_diff=4))
        needs_nat = args.config.review_backend is BackendName.A2I

        self._vpc = ec2.Vpc(
            "vpc",
            cidr_block=args.config.cidr,
            enable_dns_support=True,
            enable_dns_hostnames=True,  # what makes an interface endpoint answer to the service's public name
            tags=self._named("vpc"),
            opts=self._child,
        )
        private = [
            self._subnet(f"private-{zone}", zone, block) for zone, block in zip(args.zones, blocks[:8], strict=False)
        ]
        self.private_subnet_ids = [subnet.id for subnet in private]
        tables = [self._routed(f"private-{zone}", subnet) for zone, subnet in zip(args.zones, private, strict=True)]
        if needs_nat:
            public = [
                self._subnet(f"public-{zone}", zone, block) for zone, block in zip(args.zones, blocks[8:], strict=False)
            ]
            gateways = self._way_out(args, public)
            for position, (zone, table) in enumerate(zip(args.zones, tables, strict=True)):
                ec2.Route(
                    f"private-{zone}-out",
                    route_table_id=table.id,
                    destination_cidr_block="0.0.0.0/0",
                    nat_gateway_id=gateways[position % len(gateways)].id,
                    opts=self._child,
                )

        self._tasks = self._security_group("tasks", "Gavel's tasks: they call AWS and nobody calls them")
        self.task_security_group_id = self._tasks.id
        self._gateway_endpoints(tables)
        if args.config.private_endpoints:
            self._interface_endpoints()
        if needs_nat:
            # A2I's address isn't fixed; only HTTPS goes out, through the NAT gateway.
            self._let_out("anywhere", cidr_ipv4="0.0.0.0/0")
        self.register_outputs({})

    def _named(self, what: str) -> dict[str, str]:
        return {"Name": f"{self._prefix}-{what}"}

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

    def _way_out(self, args: NetworkArgs, public: Sequence[ec2.Subnet]) -> list[ec2.NatGateway]:
        """The NAT gateways, one per zone or one for all, in public subnets with an internet gateway."""
        internet = ec2.InternetGateway("internet", vpc_id=self._vpc.id, tags=self._named("internet"), opts=self._child)
        gateways: list[ec2.NatGateway] = []
        for zone, subnet in zip(args.zones, public, strict=True):
            table = self._routed(f"public-{zone}", subnet)
            ec2.Route(
                f"public-{zone}-out",
                route_table_id=table.id,
                destination_cidr_block="0.0.0.0/0",
                gateway_id=internet.id,
                opts=self._child,
            )
            if gateways and not args.config.nat_per_zone:
                continue
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
        return gateways

    def _security_group(self, name: str, description: str) -> ec2.SecurityGroup:
        """Without rules: they are resources of their own, so that groups can name each other."""
        return ec2.SecurityGroup(
            name,
            name=f"{self._prefix}-{name}",
            description=description,
            vpc_id=self._vpc.id,
            tags=self._named(name),
            opts=self._child,
        )

    def _let_out(
        self,
        where: str,
        *,
        cidr_ipv4: pulumi.Input[str] | None = None,
        prefix_list_id: pulumi.Input[str] | None = None,
        group_id: pulumi.Input[str] | None = None,
    ) -> None:
        vpc.SecurityGroupEgressRule(
            f"tasks-to-{where}",
            security_group_id=self._tasks.id,
            description=f"HTTPS to {where}",
            ip_protocol="tcp",
            from_port=HTTPS,
            to_port=HTTPS,
            cidr_ipv4=cidr_ipv4,
            prefix_list_id=prefix_list_id,
            referenced_security_group_id=group_id,
            opts=self._child,
        )

    def _gateway_endpoints(self, tables: Sequence[ec2.RouteTable]) -> None:
        """Free, and the way that media take: nothing of S3 or DynamoDB goes through a NAT gateway."""
        for service in GATEWAY_ENDPOINTS:
            endpoint = ec2.VpcEndpoint(
                f"{service}-endpoint",
                vpc_id=self._vpc.id,
                service_name=f"com.amazonaws.{self._region}.{service}",
                vpc_endpoint_type="Gateway",
                route_table_ids=[table.id for table in tables],
                tags=self._named(f"{service}-endpoint"),
                opts=self._child,
            )
            self._let_out(service, prefix_list_id=endpoint.prefix_list_id)

    def _interface_endpoints(self) -> None:
        group = self._security_group("endpoints", "AWS's services inside the network: only Gavel's tasks call them")
        vpc.SecurityGroupIngressRule(
            "endpoints-from-tasks",
            security_group_id=group.id,
            description="HTTPS from tasks",
            ip_protocol="tcp",
            from_port=HTTPS,
            to_port=HTTPS,
            referenced_security_group_id=self._tasks.id,
            opts=self._child,
        )
        self._let_out("endpoints", group_id=group.id)
        for service in INTERFACE_ENDPOINTS:
            ec2.VpcEndpoint(
                f"{service}-endpoint",
                vpc_id=self._vpc.id,
                service_name=f"com.amazonaws.{self._region}.{service}",
                vpc_endpoint_type="Interface",
                private_dns_enabled=True,
                subnet_ids=self.private_subnet_ids,
                security_group_ids=[group.id],
                tags=self._named(f"{service}-endpoint"),
                opts=self._child,
            )
