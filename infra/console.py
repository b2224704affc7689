"""Who may use the console: groups of the reviewers' pool whose members are operators, a client of that pool to sign in
by, and a table for their browsers' sessions. The console itself is served by the results API's tasks."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import pulumi
from pulumi_aws import cognito, dynamodb

from infra.config import LOCAL, StackConfig
from infra.tables import TableArgs, table
from services.results.console.ports import ROOT

SIGNED_IN_H: Final = 4
"""As long as a group that somebody was taken off still counts: groups are in the token."""
XRAY: Final = "https://{region}.console.aws.amazon.com/cloudwatch/home?region={region}#xray:traces/{{xray_id}}"
"""Where CloudWatch shows a trace; its name for one goes where the braces are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorConsoleArgs:
    config: StackConfig
    key_arn: pulumi.Input[str] | None
    user_pool_id: pulumi.Input[str]
    api_url: str


class OperatorConsole(pulumi.ComponentResource):
    """`groups` has what the members of each group may do, as `services.results.console.domain.operators` reads it;
    `url` is where browsers find the console, `trace_url` where they find traces, None where nowhere."""

    table: dynamodb.Table
    user_pool_id: pulumi.Input[str]
    client_id: pulumi.Output[str]
    groups: Mapping[str, Mapping[str, Any]]
    url: str
    trace_url: str | None

    def __init__(self, name: str, args: OperatorConsoleArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("gavel:infra:OperatorConsole", name, None, opts)
        config, child = args.config, pulumi.ResourceOptions(parent=self)
        # `shared.aws.sessions` draws what is in it.
        self.table = table(
            "console-table",
            TableArgs(config=config, table=f"{config.prefix}-console", key_arn=args.key_arn, indexes={}),
            child,
        )
        self.user_pool_id = args.user_pool_id
        self.client_id = cognito.UserPoolClient(
            "console-client",
            name=f"{config.prefix}-console",
            user_pool_id=args.user_pool_id,
            generate_secret=True,
            prevent_user_existence_errors="ENABLED",
            enable_token_revocation=True,
            # The console passes on what operators type, which takes its own AWS permissions besides the password.
            explicit_auth_flows=["ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
            id_token_validity=SIGNED_IN_H,
            token_validity_units=cognito.UserPoolClientTokenValidityUnitsArgs(id_token="hours"),  # noqa: S106  a unit
            opts=child,
        ).id
        for group in config.operators:
            cognito.UserGroup(
                f"operators-{group.name}",
                name=f"{config.prefix}-{group.name}",
                description="May use the console",
                user_pool_id=args.user_pool_id,
                opts=child,
            )
        self.groups = {
            f"{config.prefix}-{group.name}": {
                "permissions": [each.value for each in group.permissions],
                "items_of": list(group.items_of),
            }
            for group in config.operators
        }
        self.url = f"{args.api_url}{ROOT}"
        has_xray = config.stack != LOCAL and config.collector_image is not None
        self.trace_url = config.trace_url or (XRAY.format(region=config.region) if has_xray else None)
        self.register_outputs({})
