from ipaddress import IPv4Network

import pytest

from infra.config import ConfigError, stack_file
from infra.local.engine import run
from tests.fakes.pulumi_engine import ACCOUNT, RecordingEngine, arn
from tests.unit.infra.stacks import KINDS, WITH_OWN_KEY, declared

ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"
NAT = "aws:ec2/natGateway:NatGateway"
EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
FLOW_LOG = "aws:ec2/flowLog:FlowLog"
POOL_DOMAIN = "aws:cognito/userPoolDomain:UserPoolDomain"
LIKE_PROD = ("prod", "desk", "api")
OF_PIPELINE = {"ecr.api", "ecr.dkr", "logs", "rekognition", "sns", "sqs"}


def interfaces(kind: str) -> set[str]:
    return {
        each.inputs["serviceName"].removeprefix("com.amazonaws.us-east-1.")
        for each in declared(kind).of(ENDPOINT)
        if each.inputs["vpcEndpointType"] == "Interface"
    }


@pytest.mark.parametrize("kind", KINDS)
def test_subnets_lie_in_the_network_and_do_not_overlap(kind: str) -> None:
    (vpc,) = declared(kind).of("aws:ec2/vpc:Vpc")
    blocks = [IPv4Network(subnet.inputs["cidrBlock"]) for subnet in declared(kind).of("aws:ec2/subnet:Subnet")]
    assert all(block.subnet_of(IPv4Network(vpc.inputs["cidrBlock"])) for block in blocks)
    assert not any(one.overlaps(other) for one in blocks for other in blocks if one is not other)


@pytest.mark.parametrize("kind", KINDS)
def test_tasks_are_in_as_many_zones_as_the_stack_wants(kind: str) -> None:
    zones = 3 if kind in LIKE_PROD else 2
    private = [each for each in declared(kind).of("aws:ec2/subnet:Subnet") if each.name.startswith("private-")]
    assert len({subnet.inputs["availabilityZone"] for subnet in private}) == len(private) == zones
    services = declared(kind).of("aws:ecs/service:Service")
    assert {tuple(each.inputs["networkConfiguration"]["subnets"]) for each in services} == {
        tuple(f"{subnet.name}-id" for subnet in private)
    }


def test_a_zone_that_something_is_not_in_can_be_avoided() -> None:
    def zones(**values: object) -> set[str]:
        engine = RecordingEngine()
        run(engine, stack="dev", values=stack_file("dev") | values)
        return {each.inputs["availabilityZone"] for each in engine.resources if each.type == "aws:ec2/subnet:Subnet"}

    assert zones(avoided_zones=["use1-az2", "use1-az3"]) == {"us-east-1a", "us-east-1d"}
    with pytest.raises(ConfigError, match="zones: 3 is over the 2 that can be used"):
        zones(zones=3, avoided_zones=["use1-az2", "use1-az3"])


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_gets_a_public_address_by_itself(kind: str) -> None:
    assert not [each for each in declared(kind).of("aws:ec2/subnet:Subnet") if each.inputs["mapPublicIpOnLaunch"]]


def test_only_a2i_needs_a_way_out() -> None:
    assert len(declared("prod").of(NAT)) == 3
    assert len(declared("dev").of(NAT)) == 1
    ways_out = [each for each in declared("desk").of("aws:ec2/route:Route") if each.name.startswith("private-")]
    assert not declared("desk").of(NAT)
    assert not ways_out


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
    assert interfaces("prod") == OF_PIPELINE | {"xray"}
    assert interfaces("local") == OF_PIPELINE | {"events"}
    assert interfaces("dev") == set()
    for each in declared("prod").of(ENDPOINT):
        if each.inputs["vpcEndpointType"] == "Interface":
            assert each.inputs["privateDnsEnabled"]
            assert each.inputs["securityGroupIds"] == ["endpoints-id"]
            assert len(each.inputs["subnetIds"]) == 3


def test_without_a_nat_gateway_the_desk_reaches_cognito_by_an_endpoint_and_so_the_pool_has_no_domain() -> None:
    assert interfaces("desk") == OF_PIPELINE | {"events", "cognito-idp", "xray"}
    assert not declared("desk").of(POOL_DOMAIN)
    for kind in ("dev", "prod", "local"):
        assert "cognito-idp" not in interfaces(kind)
        assert declared(kind).one(POOL_DOMAIN, "reviewers-domain")


@pytest.mark.parametrize("kind", KINDS)
def test_only_this_accounts_credentials_work_through_an_endpoint(kind: str) -> None:
    endpoints = {each.name for each in declared(kind).of(ENDPOINT)}
    statements = [each for each in declared(kind).statements() if each.resource.type == ENDPOINT]
    assert {each.resource.name for each in statements if each.sid == "OwnAccountOnly"} == endpoints
    for each in statements:
        match each.sid:
            case "OwnAccountOnly":
                assert each.conditions == {"StringEquals": {"aws:PrincipalAccount": ACCOUNT}}
            case "ImageLayers":
                layers = ("arn:aws:s3:::prod-us-east-1-starport-layer-bucket/*",)
                assert (each.resource.name, each.actions, each.resources) == ("s3-endpoint", ("s3:GetObject",), layers)
            case _:
                pools = (arn("cognito-idp", "userpool/*"),)
                assert (each.resource.name, each.resources) == ("cognito-idp-endpoint", pools)


@pytest.mark.parametrize("kind", KINDS)
def test_tasks_speak_https_and_to_their_collector_only_and_nobody_but_the_load_balancer_speaks_to_them(
    kind: str,
) -> None:
    declaration = declared(kind)
    out = [each for each in declaration.of(EGRESS) if each.inputs["securityGroupId"] == "tasks-id"]
    to_collector = {(4318, 4318, "tcp")} if kind == "what was there before" else set()
    assert {(each.inputs["fromPort"], each.inputs["toPort"], each.inputs["ipProtocol"]) for each in out} == {
        (443, 443, "tcp"),
        *to_collector,
    }
    assert not [each for each in declaration.of(INGRESS) if each.inputs["securityGroupId"] == "tasks-id"]
    to_endpoints = [each for each in declaration.of(INGRESS) if each.inputs["securityGroupId"] == "endpoints-id"]
    assert all(each.inputs["referencedSecurityGroupId"] == "tasks-id" for each in to_endpoints)


@pytest.mark.parametrize("kind", KINDS)
def test_the_group_for_whoever_names_none_lets_nothing_through(kind: str) -> None:
    (default,) = declared(kind).of("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup")
    assert not {"ingress", "egress"} & set(default.inputs)


def test_without_a2i_tasks_reach_the_endpoints_and_nothing_else() -> None:
    assert {each.name for each in declared("desk").of(EGRESS) if each.inputs["securityGroupId"] == "tasks-id"} == {
        "tasks-to-endpoints",
        "tasks-to-s3",
        "tasks-to-dynamodb",
    }


@pytest.mark.parametrize("kind", KINDS)
def test_the_network_notes_down_its_connections_in_a_log_of_this_stack(kind: str) -> None:
    (flows,) = declared(kind).of(FLOW_LOG)
    (group,) = (each for each in declared(kind).of("aws:cloudwatch/logGroup:LogGroup") if each.name == "flow-logs")
    assert flows.inputs["trafficType"] == ("ALL" if kind in LIKE_PROD else "REJECT")
    assert flows.inputs["logDestination"] == arn("logs", f"log-group:{group.inputs['name']}")
    assert flows.inputs["vpcId"] == "vpc-id"
    assert ("kmsKeyId" in group.inputs) is (kind in WITH_OWN_KEY)
