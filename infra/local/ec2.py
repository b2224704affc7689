"""EC2: the network. Its things have no names of their own: they are known again by their `Name` tag."""

from collections.abc import Mapping
from typing import Any, Final

from infra.local.aws import Aws, Made, Maker, Properties, capitalised, chosen, fits


def vpc(aws: Aws, name: str, inputs: Properties) -> Made:
    ec2 = aws.client("ec2")
    there = _named(ec2.describe_vpcs, "Vpcs", inputs)
    if there is None:
        there = ec2.create_vpc(CidrBlock=inputs["cidrBlock"], **_tagged("vpc", inputs))["Vpc"]
    vpc_id = there["VpcId"]
    for attribute in ("enableDnsSupport", "enableDnsHostnames"):
        field = attribute[:1].upper() + attribute[1:]
        if ec2.describe_vpc_attribute(VpcId=vpc_id, Attribute=attribute)[field]["Value"] != inputs[attribute]:
            ec2.modify_vpc_attribute(VpcId=vpc_id, **{field: {"Value": inputs[attribute]}})
    return Made(id=vpc_id, outputs={"arn": aws.arn("ec2", f"vpc/{vpc_id}")})


def subnet(aws: Aws, name: str, inputs: Properties) -> Made:
    ec2 = aws.client("ec2")
    there = _named(ec2.describe_subnets, "Subnets", inputs)
    if there is None:
        wanted = capitalised(chosen(inputs, "vpcId", "cidrBlock", "availabilityZone"))
        there = ec2.create_subnet(**wanted, **_tagged("subnet", inputs))["Subnet"]
    return Made(id=there["SubnetId"])


def internet_gateway(aws: Aws, name: str, inputs: Properties) -> Made:
    ec2 = aws.client("ec2")
    there = _named(ec2.describe_internet_gateways, "InternetGateways", inputs)
    if there is None:
        there = ec2.create_internet_gateway(**_tagged("internet-gateway", inputs))["InternetGateway"]
    if all(each["VpcId"] != inputs["vpcId"] for each in there.get("Attachments", [])):
        ec2.attach_internet_gateway(InternetGatewayId=there["InternetGatewayId"], VpcId=inputs["vpcId"])
    return Made(id=there["InternetGatewayId"])


def address(aws: Aws, name: str, inputs: Properties) -> Made:
    ec2 = aws.client("ec2")
    there = _named(ec2.describe_addresses, "Addresses", inputs)
    if there is None:
        there = ec2.allocate_address(Domain=inputs["domain"], **_tagged("elastic-ip", inputs))
    return Made(id=there["AllocationId"], outputs={"allocationId": there["AllocationId"]})


def nat_gateway(aws: Aws, name: str, inputs: Properties) -> Made:
    ec2 = aws.client("ec2")
    there = _named(ec2.describe_nat_gateways, "NatGateways", inputs, parameter="Filter")
    if there is None:
        wanted = capitalised(chosen(inputs, "subnetId", "allocationId"))
        there = ec2.create_nat_gateway(**wanted, **_tagged("natgateway", inputs))["NatGateway"]
    return Made(id=there["NatGatewayId"])


def route_table(aws: Aws, name: str, inputs: Properties) -> Made:
    ec2 = aws.client("ec2")
    there = _named(ec2.describe_route_tables, "RouteTables", inputs)
    if there is None:
        there = ec2.create_route_table(VpcId=inputs["vpcId"], **_tagged("route-table", inputs))["RouteTable"]
    return Made(id=there["RouteTableId"])


def route_table_association(aws: Aws, name: str, inputs: Properties) -> Made:
    ec2, table_id, subnet_id = aws.client("ec2"), inputs["routeTableId"], inputs["subnetId"]
    for each in _table(aws, table_id)["Associations"]:
        if each.get("SubnetId") == subnet_id:
            return Made(id=each["RouteTableAssociationId"])
    return Made(id=ec2.associate_route_table(RouteTableId=table_id, SubnetId=subnet_id)["AssociationId"])


def route(aws: Aws, name: str, inputs: Properties) -> Made:
    ec2, table_id = aws.client("ec2"), inputs["routeTableId"]
    wanted = capitalised(chosen(inputs, "destinationCidrBlock", "gatewayId", "natGatewayId"))
    there = {each.get("DestinationCidrBlock"): each for each in _table(aws, table_id)["Routes"]}
    destination = inputs["destinationCidrBlock"]
    if destination not in there:
        ec2.create_route(RouteTableId=table_id, **wanted)
    elif not fits(there[destination], wanted):
        ec2.replace_route(RouteTableId=table_id, **wanted)
    return Made(id=f"{table_id}_{destination}")


def security_group(aws: Aws, name: str, inputs: Properties) -> Made:
    ec2 = aws.client("ec2")
    there = _named(ec2.describe_security_groups, "SecurityGroups", inputs)
    if there is None:
        there = ec2.create_security_group(
            GroupName=inputs["name"],
            Description=inputs["description"],
            VpcId=inputs["vpcId"],
            **_tagged("security-group", inputs),
        )
        # EC2 lets everything out of a new group; the provider takes that back, and so must this.
        everything = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
        ec2.revoke_security_group_egress(GroupId=there["GroupId"], IpPermissions=[everything])
    return Made(id=there["GroupId"], outputs={"arn": aws.arn("ec2", f"security-group/{there['GroupId']}")})


def default_security_group(aws: Aws, name: str, inputs: Properties) -> Made:
    """EC2 makes one with every network; it is taken over and left without rules."""
    ec2 = aws.client("ec2")
    of_network = [
        {"Name": "vpc-id", "Values": [inputs["vpcId"]]},
        {"Name": "group-name", "Values": ["default"]},
    ]
    (there,) = ec2.describe_security_groups(Filters=of_network)["SecurityGroups"]
    if there["IpPermissions"]:
        ec2.revoke_security_group_ingress(GroupId=there["GroupId"], IpPermissions=there["IpPermissions"])
    if there["IpPermissionsEgress"]:
        ec2.revoke_security_group_egress(GroupId=there["GroupId"], IpPermissions=there["IpPermissionsEgress"])
    return Made(id=there["GroupId"])


def flow_log(aws: Aws, name: str, inputs: Properties) -> Made:
    ec2 = aws.client("ec2")
    there = _named(ec2.describe_flow_logs, "FlowLogs", inputs, parameter="Filter")
    if there is not None:
        return Made(id=there["FlowLogId"])
    made = ec2.create_flow_logs(
        ResourceIds=[inputs["vpcId"]],
        ResourceType="VPC",
        DeliverLogsPermissionArn=inputs["iamRoleArn"],
        **capitalised(chosen(inputs, "trafficType", "logDestinationType", "logDestination", "maxAggregationInterval")),
        **_tagged("vpc-flow-log", inputs),
    )
    return Made(id=made["FlowLogIds"][0])


def egress_rule(aws: Aws, name: str, inputs: Properties) -> Made:
    return _rule(aws, inputs, is_egress=True)


def ingress_rule(aws: Aws, name: str, inputs: Properties) -> Made:
    return _rule(aws, inputs, is_egress=False)


def endpoint(aws: Aws, name: str, inputs: Properties) -> Made:
    ec2 = aws.client("ec2")
    there = _named(ec2.describe_vpc_endpoints, "VpcEndpoints", inputs)
    if there is None:
        wanted = capitalised(
            chosen(
                *(inputs, "vpcId", "serviceName", "vpcEndpointType", "privateDnsEnabled"),
                *("routeTableIds", "subnetIds", "securityGroupIds"),
            )
        ) | {"PolicyDocument": inputs["policy"]}
        there = ec2.create_vpc_endpoint(**wanted, **_tagged("vpc-endpoint", inputs))["VpcEndpoint"]
    outputs = {}
    if inputs["vpcEndpointType"] == "Gateway":
        lists = ec2.describe_prefix_lists()["PrefixLists"]
        outputs = {
            "prefixListId": next(
                each["PrefixListId"] for each in lists if each["PrefixListName"] == inputs["serviceName"]
            )
        }
    return Made(id=there["VpcEndpointId"], outputs=outputs)


def _rule(aws: Aws, inputs: Properties, *, is_egress: bool) -> Made:
    ec2, group_id = aws.client("ec2"), inputs["securityGroupId"]
    ports = {"FromPort": inputs["fromPort"], "ToPort": inputs["toPort"], "IpProtocol": inputs["ipProtocol"]}
    described = {"Description": inputs["description"]}
    peer, as_there = _peer(inputs, described)
    mine = [{"Name": "group-id", "Values": [group_id]}]
    for each in ec2.describe_security_group_rules(Filters=mine)["SecurityGroupRules"]:
        if fits(each, {"IsEgress": is_egress, **ports, **as_there}):
            return Made(id=each["SecurityGroupRuleId"])
    authorize = ec2.authorize_security_group_egress if is_egress else ec2.authorize_security_group_ingress
    made = authorize(GroupId=group_id, IpPermissions=[{**ports, **peer}])["SecurityGroupRules"]
    return Made(id=made[0]["SecurityGroupRuleId"])


def _peer(inputs: Properties, described: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The other side of a rule, as a request names it and as a description of the rule does."""
    if inputs.get("cidrIpv4"):
        return {"IpRanges": [{"CidrIp": inputs["cidrIpv4"], **described}]}, {"CidrIpv4": inputs["cidrIpv4"]}
    if inputs.get("prefixListId"):
        list_id = inputs["prefixListId"]
        return {"PrefixListIds": [{"PrefixListId": list_id, **described}]}, {"PrefixListId": list_id}
    group_id = inputs["referencedSecurityGroupId"]
    return {"UserIdGroupPairs": [{"GroupId": group_id, **described}]}, {"ReferencedGroupInfo": {"GroupId": group_id}}


def _table(aws: Aws, table_id: str) -> dict[str, Any]:
    tables: list[dict[str, Any]] = aws.client("ec2").describe_route_tables(RouteTableIds=[table_id])["RouteTables"]
    return tables[0]


def _named(describe: Any, plural: str, inputs: Properties, *, parameter: str = "Filters") -> dict[str, Any] | None:
    name = inputs["tags"]["Name"]
    answer = describe(**{parameter: [{"Name": "tag:Name", "Values": [name]}]})
    # Looked at once more: the emulator knows no such filter for NAT gateways, and tells all of them.
    return next((each for each in answer[plural] if {"Key": "Name", "Value": name} in each.get("Tags", [])), None)


def _tagged(kind: str, inputs: Properties) -> dict[str, Any]:
    tags = [{"Key": key, "Value": value} for key, value in inputs["tags"].items()]
    return {"TagSpecifications": [{"ResourceType": kind, "Tags": tags}]}


MAKERS: Final[dict[str, Maker]] = {
    "aws:ec2/vpc:Vpc": vpc,
    "aws:ec2/subnet:Subnet": subnet,
    "aws:ec2/internetGateway:InternetGateway": internet_gateway,
    "aws:ec2/eip:Eip": address,
    "aws:ec2/natGateway:NatGateway": nat_gateway,
    "aws:ec2/routeTable:RouteTable": route_table,
    "aws:ec2/routeTableAssociation:RouteTableAssociation": route_table_association,
    "aws:ec2/route:Route": route,
    "aws:ec2/securityGroup:SecurityGroup": security_group,
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": default_security_group,
    "aws:ec2/flowLog:FlowLog": flow_log,
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": egress_rule,
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": ingress_rule,
    "aws:ec2/vpcEndpoint:VpcEndpoint": endpoint,
}
