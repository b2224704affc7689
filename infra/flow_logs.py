"""Which connections the network let through or refused, for whoever looks into an incident."""

from typing import Final

import pulumi
from pulumi_aws import ec2, iam

from infra.config import StackConfig
from infra.fields import FlowLogs
from infra.iam import Account, Statement, document, only_from, trusted_by
from infra.logs import folder, log_group

TRAFFIC: Final = {FlowLogs.REJECTED: "REJECT", FlowLogs.ALL: "ALL"}
INTERVAL_S: Final = 600
"""Over which connections are summed up: the longer of EC2's two, which writes less."""


def flow_logs(
    config: StackConfig,
    account: Account,
    *,
    vpc_id: pulumi.Input[str],
    key_arn: pulumi.Input[str] | None,
    opts: pulumi.ResourceOptions,
) -> None:
    """https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html"""
    if config.flow_logs is FlowLogs.NONE:
        return
    group = log_group("flow-logs", config=config, called=f"{folder(config)}network", key_arn=key_arn, opts=opts)
    role = iam.Role(
        "flow-logs-role",
        name=f"{config.prefix}-flow-logs",
        assume_role_policy=trusted_by("vpc-flow-logs", only_from(account, account.arn("ec2", "vpc-flow-log/*"))),
        opts=opts,
    )
    may_write = Statement(
        sid="WriteFlowLogs",
        actions=["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"],
        resources=[group.arn, pulumi.Output.concat(group.arn, ":*")],
    )
    policy = iam.RolePolicy("flow-logs-policy", role=role.name, policy=document(may_write), opts=opts)
    ec2.FlowLog(
        "network-flows",
        vpc_id=vpc_id,
        traffic_type=TRAFFIC[config.flow_logs],
        log_destination_type="cloud-watch-logs",
        log_destination=group.arn,
        iam_role_arn=role.arn,
        max_aggregation_interval=INTERVAL_S,
        tags={"Name": f"{config.prefix}-flows"},
        opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[policy])),
    )
