from ipaddress import IPv4Network

import pytest

from tests.unit.infra.stacks import KINDS, declared

ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"
NAT = "aws:ec2/natGateway:NatGateway"
EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"


@pytest.mark.parametrize("kind", KINDS)
def test_subnets_lie_in_the_network_and_do_not_overlap(kind: str) -> None:
    (vpc,) = declared(kind).of("aws:ec2/vpc:Vpc")
    blocks = [IPv4Network(subnet.inputs["cidrBlock"]) for subnet in declared(kind).of("aws:ec2/subnet:Subnet")]
    assert all(block.subnet_of(IPv4Network(vpc.inputs["cidrBlock"])) for block in blocks)
    assert not any(one.overlaps(other) for one in blocks for other in blocks if one is not other)


@pytest.mark.parametrize("kind", KINDS)
def test_tasks_are_in_as_many_zones_as_the_stack_wants(kind: str) -> None:
    zones = 3 if kind in {"prod", "desk"} else 2
    private = [each for each in declared(kind).of("aws:ec2/subnet:Subnet") if each.name.startswith("private-")]
    assert len({subnet.inputs["availabilityZone"] for subnet in private}) == len(private) == zones
    services = declared(kind).of("aws:ecs/service:Service")
    assert {tuple(each.inputs["networkConfiguration"]["subnets"]) for each in services} == {
        tuple(f"{subnet.name}-id" for subnet in private)
    }


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_gets_a_public_address_by_itself(kind: str) -> None:
    assert not [each for each in declared(kind).of("aws:ec2/subnet:Subnet") if each.inputs["mapPublicIpOnLaunch"]]


def test_only_a2i_needs_a_way_out() -> None:
    assert len(declared("prod").of(NAT)) == 3
    assert len(declared("dev").of(NAT)) == 1
    assert not declared("desk").of(NAT, "aws:ec2/internetGateway:InternetGateway", "aws:ec2/route:Route")


@pytest.mark.parametrize("kind", KINDS)
def test_media_and_ledger_never_go_through_a_nat_gateway(kind: str) -> None:
    tables = [
        f"{each.name}-id" for each in declared(kind).of("aws:ec2/routeTable:RouteTable") if "private" in each.name
    ]
    gateways = [each for each in declared(kind).of(ENDPOINT) if each.inputs["vpcEndpointType"] == "Gateway"]
    assert {each.inputs["serviceName"] for each in gateways} == {
        "com.amazonaws.us-east-1.s3",
        "com.amazonaws.us-east-1.dynamodb",
    }
    assert all(each.inputs["routeTableIds"] == tables for each in gateways)


def test_private_endpoints_serve_what_the_tasks_call() -> None:
    interfaces = [each for each in declared("prod").of(ENDPOINT) if each.inputs["vpcEndpointType"] == "Interface"]
    assert {each.inputs["serviceName"].removeprefix("com.amazonaws.us-east-1.") for each in interfaces} == {
        *("ecr.api", "ecr.dkr", "logs", "rekognition", "sns", "sqs")
    }
    assert all(each.inputs["privateDnsEnabled"] for each in interfaces)
    assert all(each.inputs["securityGroupIds"] == ["endpoints-id"] for each in interfaces)


@pytest.mark.parametrize("kind", KINDS)
def test_tasks_speak_https_only_and_nobody_speaks_to_them(kind: str) -> None:
    rules = declared(kind).of(EGRESS, "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
    assert {(each.inputs["fromPort"], each.inputs["toPort"], each.inputs["ipProtocol"]) for each in rules} == {
        (443, 443, "tcp")
    }
    ingress = declared(kind).of("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
    assert all(each.inputs["securityGroupId"] == "endpoints-id" for each in ingress)
    assert all(each.inputs["referencedSecurityGroupId"] == "tasks-id" for each in ingress)


def test_without_a2i_tasks_reach_the_endpoints_and_nothing_else() -> None:
    assert {each.name for each in declared("desk").of(EGRESS)} == {
        "tasks-to-endpoints",
        "tasks-to-s3",
        "tasks-to-dynamodb",
    }
