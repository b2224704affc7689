"""What stands before the review desk's load balancer: AWS's managed rules, and a limit on what one address may ask."""

import json
from typing import Any, Final

import pulumi
from pulumi_aws import wafv2

from infra.config import StackConfig
from infra.fields import Entrance
from infra.logs import FIREWALL_LOG_GROUP, log_group

MANAGED: Final = (
    "AWSManagedRulesAmazonIpReputationList",
    "AWSManagedRulesCommonRuleSet",
    "AWSManagedRulesKnownBadInputsRuleSet",
)
"""https://docs.aws.amazon.com/waf/latest/developerguide/aws-managed-rule-groups-list.html"""

COUNTED_ONLY: Final = {
    "AWSManagedRulesCommonRuleSet": (
        # An answer at the desk may have 64 KB, and the rule's limit is 8.
        "SizeRestrictions_BODY",
        # Reviewers quote what they see, markup included. The desk escapes it, and its pages run no foreign script.
        "CrossSiteScripting_BODY",
    )
}
"""Rules that would turn away what reviewers rightly send: they count, and let it through."""

NEVER_LOGGED: Final = ("authorization", "cookie")
"""Headers that let whoever has them in."""


def firewall(
    config: StackConfig,
    entrance: Entrance,
    *,
    balancer_arn: pulumi.Input[str],
    key_arn: pulumi.Input[str] | None,
    opts: pulumi.ResourceOptions,
) -> None:
    acl = wafv2.WebAcl(
        "desk-firewall",
        name=f"{config.prefix}-desk",
        description="What may come to the review desk",
        scope="REGIONAL",
        default_action={"allow": {}},
        rule_json=json.dumps(rules(entrance)),
        visibility_config={
            "metric_name": f"{config.prefix}-desk",
            "cloudwatch_metrics_enabled": True,
            # Samples would show reviewers' requests in the console.
            "sampled_requests_enabled": False,
        },
        opts=opts,
    )
    wafv2.WebAclAssociation("desk-firewall-on", resource_arn=balancer_arn, web_acl_arn=acl.arn, opts=opts)
    group = log_group(
        "desk-firewall-logs",
        config=config,
        called=FIREWALL_LOG_GROUP.format(prefix=config.prefix),
        key_arn=key_arn,
        opts=opts,
    )
    # AWS WAF lets itself into the group when it is told to log there; it logs what it turned away or counted.
    wafv2.WebAclLoggingConfiguration(
        "desk-firewall-logging",
        resource_arn=acl.arn,
        log_destination_configs=[group.arn],
        redacted_fields=[{"single_header": {"name": header}} for header in NEVER_LOGGED],
        logging_filter={
            "default_behavior": "DROP",
            "filters": [
                {
                    "behavior": "KEEP",
                    "requirement": "MEETS_ANY",
                    "conditions": [{"action_condition": {"action": action}} for action in ("BLOCK", "COUNT")],
                }
            ],
        },
        opts=opts,
    )


def rules(entrance: Entrance) -> list[dict[str, Any]]:
    """As AWS WAF's API has them (CreateWebACL, `Rules`)."""
    return [
        {
            "Name": "rate-limit",
            "Priority": 0,
            # Programs tell this from a right that they lack, which is 403.
            "Action": {
                "Block": {
                    "CustomResponse": {
                        "ResponseCode": 429,
                        "ResponseHeaders": [{"Name": "Retry-After", "Value": "60"}],
                    }
                }
            },
            "Statement": {
                "RateBasedStatement": {
                    "Limit": entrance.requests_per_5_minutes,
                    "EvaluationWindowSec": 300,
                    "AggregateKeyType": "IP",
                }
            },
            "VisibilityConfig": _seen_as("rate-limit"),
        },
        *(_managed(name, position) for position, name in enumerate(MANAGED, start=1)),
    ]


def _managed(name: str, priority: int) -> dict[str, Any]:
    counted = [{"Name": rule, "ActionToUse": {"Count": {}}} for rule in COUNTED_ONLY.get(name, ())]
    group: dict[str, Any] = {"VendorName": "AWS", "Name": name}
    return {
        "Name": name,
        "Priority": priority,
        "OverrideAction": {"None": {}},
        "Statement": {"ManagedRuleGroupStatement": group | ({"RuleActionOverrides": counted} if counted else {})},
        "VisibilityConfig": _seen_as(name),
    }


def _seen_as(metric: str) -> dict[str, Any]:
    return {"MetricName": metric, "CloudWatchMetricsEnabled": True, "SampledRequestsEnabled": False}
