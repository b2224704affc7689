"""Whom `gavel dataset` asks about images: a page of its own, which is the same for every policy."""

from typing import Final

import pulumi

from infra.config import StackConfig
from infra.desk import ReviewDesk
from infra.iam import Account
from infra.reviewers import Reviewers

EXPIRES_AFTER_S: Final = 864_000
"""Ten days, the most that A2I allows: nobody's upload waits for these answers."""
TIME_LIMIT_S: Final = 3_600


def dataset_flow_name(config: StackConfig) -> str:
    """Begins unlike every other of the stack: the rule that tells REVIEW of ended loops goes by that, and REVIEW knows
    nothing of these."""
    return f"dataset-{config.prefix}"


def dataset_review(
    config: StackConfig,
    account: Account,
    reviewers: Reviewers,
    desk: ReviewDesk | None,
    a2i_flow: pulumi.Output[str] | None,
) -> dict[str, object]:
    """For the command line: which backend, and what each that the stack has is reached by."""
    found: dict[str, object] = {"backend": config.review_backend.value}
    if a2i_flow is not None:
        found["a2i"] = {"flow_definition": a2i_flow}
    if desk is not None:
        found["desk"] = {
            "table": desk.table.name,
            "flow": account.arn("gavel", f"flow-definition/{dataset_flow_name(config)}"),
            "group": reviewers.groups[config.default_team],
        }
    return found
