"""Ways to AWS's services that don't leave the network, each for this account alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi_aws import ec2, vpc

from infra.config import StackConfig
from infra.fields import Nat
from infra.iam import Account, Statement, document

GATEWAY_ENDPOINTS: Final = ("dynamodb", "s3")
INTERFACE_ENDPOINTS: Final = ("ecr.api", "ecr.dkr", "logs", "rekognition", "sns", "sqs")
"""What tasks call and ECS calls for them."""
HTTPS: Final = 443

ECR_LAYERS: Final = "arn:aws:s3:::prod-{region}-starport-layer-bucket/*"
"""Where ECR keeps the layers of images, in a bucket and with signatures of its own.

https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html#ecr-minimum-s3-perms
"""


def interface_services(config: StackConfig, *, has_desk: bool) -> tuple[str, ...]:
    """Services that this stack's tasks reach by an endpoint.

    Cognito is among them only where there is no other way: an endpoint for it shuts out user pools that have a domain,
    which a workforce of A2I's needs. That it serves the pool's public keys as well is UNVERIFIED: AWS says so of API
    actions. https://docs.aws.amazon.com/cognito/latest/developerguide/vpc-interface-endpoints.html
    """
    if not config.private_endpoints:
        return ()
    of_desk = ("events", *(["cognito-idp"] if config.nat_gateways is Nat.NONE else [])) if has_desk else ()
    of_collector = ("xray",) if config.collector_image else ()
    return (*INTERFACE_ENDPOINTS, *of_desk, *of_collector)


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointsArgs:
    """`subnet_ids` are where interface endpoints are; `task_group_id` is the security group of whoever may use them."""

    config: StackConfig
    account: Account
    services: Sequence[str]
    vpc_id: pulumi.Output[str]
    subnet_ids: Sequence[pulumi.Output[str]]
    route_table_ids: Sequence[pulumi.Output[str]]
    task_group_id: pulumi.Output[str]


class Endpoints(pulumi.ComponentResource):
    def __init__(self, name: str, args: EndpointsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("gavel:infra:Endpoints", name, None, opts)
        self._args = args
        self._child = pulumi.ResourceOptions(parent=self)
        for service in GATEWAY_ENDPOINTS:
            self._gateway(service)
        if args.services:
            self._interfaces(args.services)
        self.register_outputs({})

    def _gateway(self, service: str) -> None:
        """Free, and the way that media take: nothing of S3 or DynamoDB goes through a NAT gateway."""
        args = self._args
        endpoint = ec2.VpcEndpoint(
            f"{service}-endpoint",
            vpc_id=args.vpc_id,
            service_name=f"com.amazonaws.{args.account.region}.{service}",
            vpc_endpoint_type="Gateway",
            route_table_ids=args.route_table_ids,
            policy=self._policy(service),
            tags=self._named(f"{service}-endpoint"),
            opts=self._child,
        )
        self._let_out(service, prefix_list_id=endpoint.prefix_list_id)

    def _interfaces(self, services: Sequence[str]) -> None:
        args = self._args
        group = ec2.SecurityGroup(
            "endpoints",
            name=f"{args.config.prefix}-endpoints",
            description="AWS's services inside the network: only Gavel's tasks call them",
            vpc_id=args.vpc_id,
            tags=self._named("endpoints"),
            opts=self._child,
        )
        vpc.SecurityGroupIngressRule(
            "endpoints-from-tasks",
            security_group_id=group.id,
            description="HTTPS from tasks",
            ip_protocol="tcp",
            from_port=HTTPS,
            to_port=HTTPS,
            referenced_security_group_id=args.task_group_id,
            opts=self._child,
        )
        self._let_out("endpoints", group_id=group.id)
        for service in services:
            ec2.VpcEndpoint(
                f"{service}-endpoint",
                vpc_id=args.vpc_id,
                service_name=f"com.amazonaws.{args.account.region}.{service}",
                vpc_endpoint_type="Interface",
                private_dns_enabled=True,
                subnet_ids=args.subnet_ids,
                security_group_ids=[group.id],
                policy=self._policy(service),
                tags=self._named(f"{service}-endpoint"),
                opts=self._child,
            )

    def _policy(self, service: str) -> pulumi.Output[str]:
        """Nobody else's credentials work through here, so data can't be carried into another account; what ours may
        do is said by their own policies."""
        account = self._args.account
        own = Statement(
            sid="OwnAccountOnly",
            principals={"AWS": "*"},
            actions=["*"],
            resources=["*"],
            conditions={"StringEquals": {"aws:PrincipalAccount": account.id}},
        )
        layers = Statement(
            sid="ImageLayers",
            principals={"AWS": "*"},
            actions=["s3:GetObject"],
            resources=[ECR_LAYERS.format(region=account.region)],
        )
        # Whoever verifies a token fetches the pool's keys without credentials.
        keys = Statement(
            sid="UnsignedRequests",
            principals={"AWS": "*"},
            actions=["*"],
            resources=[account.arn("cognito-idp", "userpool/*")],
        )
        return document(own, *([layers] if service == "s3" else []), *([keys] if service == "cognito-idp" else []))

    def _let_out(
        self,
        where: str,
        *,
        prefix_list_id: pulumi.Input[str] | None = None,
        group_id: pulumi.Input[str] | None = None,
    ) -> None:
        vpc.SecurityGroupEgressRule(
            f"tasks-to-{where}",
            security_group_id=self._args.task_group_id,
            description=f"HTTPS to {where}",
            ip_protocol="tcp",
            from_port=HTTPS,
            to_port=HTTPS,
            prefix_list_id=prefix_list_id,
            referenced_security_group_id=group_id,
            opts=self._child,
        )

    def _named(self, what: str) -> dict[str, str]:
        return {"Name": f"{self._args.config.prefix}-{what}"}
