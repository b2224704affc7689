"""Gavel's own review desk: the table of its loops, and what the stack says of it to others."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi_aws import dynamodb

from infra.config import LOCAL, StackConfig
from infra.iam import Account
from infra.tables import TableArgs, table
from shared.contracts.words import BackendName
from shared.policy.model import Policy

EVENT_SOURCE: Final = "gavel.desk"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewDeskArgs:
    config: StackConfig
    account: Account
    key_arn: pulumi.Input[str] | None


class ReviewDesk(pulumi.ComponentResource):
    """`flows` begins the ARNs that stand for how the desk's loops are reviewed; `url` is where browsers find it."""

    table: dynamodb.Table
    flows: str
    url: str

    def __init__(self, name: str, args: ReviewDeskArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("gavel:infra:ReviewDesk", name, None, opts)
        config = args.config
        # `services.review.desk.adapters.loops` and `notes` draw what is in it.
        self.table = table(
            "desk-table",
            TableArgs(
                config=config,
                table=f"{config.prefix}-desk",
                key_arn=args.key_arn,
                indexes={"by_urgency": ("shelf", "waits")},
                bare=frozenset({"by_urgency"}),
            ),
            pulumi.ResourceOptions(parent=self),
        )
        self.flows = desk_flows(config, args.account)
        self.url = config.desk_address or f"http://127.0.0.1:{config.desk_port}"
        self.register_outputs({})


def desk_flows(config: StackConfig, account: Account) -> str:
    """AWS has no such resources: the names only look alike, so that events and outputs have A2I's shape."""
    return account.arn("gavel", f"flow-definition/{config.prefix}-")


def has_desk(config: StackConfig, policies: Sequence[Policy]) -> bool:
    """Whether anybody works at the desk: where reviews are its own, or where it stands in for A2I's worker portal."""
    own = config.review_backend is BackendName.DESK or any(
        policy.review.backend is BackendName.DESK for policy in policies
    )
    return own or config.desk_serves_a2i


def desk_problems(config: StackConfig, policies: Sequence[Policy]) -> list[str]:
    if config.desk_entrance and not has_desk(config, policies):
        return ["desk_entrance: no policy's reviews are the desk's, so nobody would work there"]
    if config.stack == LOCAL or config.desk_address or not has_desk(config, policies):
        return []
    return ["desk_entrance, desk_url: the review desk has to know the address that browsers find it at"]
