"""Log groups, all alike: encrypted, and kept for as long as the configuration says."""

from typing import Final

import pulumi
from pulumi_aws import cloudwatch

from infra.config import StackConfig

FIREWALL_LOG_GROUP: Final = "aws-waf-logs-{prefix}"
"""AWS WAF writes into no group whose name begins otherwise."""


def log_group(
    name: str,
    *,
    config: StackConfig,
    called: str,
    key_arn: pulumi.Input[str] | None,
    opts: pulumi.ResourceOptions,
) -> cloudwatch.LogGroup:
    """`called` is its name in CloudWatch, in the stack's folder unless AWS wants another. `key_arn` of None leaves the
    key to AWS."""
    return cloudwatch.LogGroup(
        name, name=called, retention_in_days=config.log_retention_days, kms_key_id=key_arn, opts=opts
    )


def folder(config: StackConfig) -> str:
    """What the names of the stack's log groups begin with."""
    return f"/gavel/{config.stack}/"
