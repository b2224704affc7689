"""IAM policy documents as values: each statement says what it is for, and tests hold all of them to one standard."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pulumi

Text = pulumi.Input[str]
Conditions = Mapping[str, Mapping[str, Text | Sequence[Text]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Where a stack is deployed. `partition` is always `aws`: A2I and its workforce are in no other."""

    id: str
    region: str

    def arn(self, service: str, resource: str) -> str:
        return f"arn:aws:{service}:{self.region}:{self.id}:{resource}"

    def role(self, name: str) -> str:
        return f"arn:aws:iam::{self.id}:role/{name}"

    @property
    def root(self) -> str:
        """The principal that stands for everything in the account that IAM policies allow."""
        return f"arn:aws:iam::{self.id}:root"


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One statement. `principals` only in policies of resources, as {"Service": …} or {"AWS": …}."""

    sid: str
    actions: Sequence[str]
    resources: Sequence[Text]
    effect: str = "Allow"
    principals: Mapping[str, Text] | None = None
    conditions: Conditions = field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        written: dict[str, Any] = {"Sid": self.sid, "Effect": self.effect, "Action": list(self.actions)}
        if self.resources:
            written["Resource"] = list(self.resources)
        if self.principals is not None:
            written["Principal"] = dict(self.principals)
        if self.conditions:
            written["Condition"] = {operator: dict(keys) for operator, keys in self.conditions.items()}
        return written


def document(*statements: Statement) -> pulumi.Output[str]:
    """The policy document, as JSON."""
    return pulumi.Output.json_dumps(
        {"Version": "2012-10-17", "Statement": [statement.document() for statement in statements]}
    )


def tls_only(actions: str, *resources: Text) -> Statement:
    """Refuse requests to a resource that don't come over TLS."""
    return Statement(
        sid="TlsOnly",
        effect="Deny",
        principals={"AWS": "*"},
        actions=[actions],
        resources=resources,
        conditions={"Bool": {"aws:SecureTransport": "false"}},
    )


def only_by(account: Account, roles: Sequence[str], actions: Sequence[str], *resources: Text) -> Statement:
    """Refuse actions to everybody but these roles of the account, whatever IAM policies allow. AWS's own services are
    let in, or not, by statements about them. Whoever has to get past it changes the resource's policy, and is seen."""
    return Statement(
        sid="OnlyItsOwn",
        effect="Deny",
        principals={"AWS": "*"},
        actions=actions,
        resources=resources,
        conditions={
            "ArnNotEquals": {"aws:PrincipalArn": [account.role(role) for role in roles]},
            "Bool": {"aws:PrincipalIsAWSService": "false"},
        },
    )


def own_account_only(account: Account, actions: str, *resources: Text) -> Statement:
    """Refuse everything to other accounts and to nobody, even if somebody lets them in by mistake."""
    return Statement(
        sid="OwnAccountOnly",
        effect="Deny",
        principals={"AWS": "*"},
        actions=[actions],
        resources=resources,
        conditions={
            "StringNotEquals": {"aws:PrincipalAccount": account.id},
            "Bool": {"aws:PrincipalIsAWSService": "false"},
        },
    )


def task_role_name(prefix: str, service: str) -> str:
    """Spelt out, so that policies of resources can name a role before it is there."""
    return f"{prefix}-{service}-task"


def only_from(account: Account, *source_arns: Text) -> Conditions:
    """Conditions on a service principal: it acts for these resources of this account, and for nobody else's."""
    sources = source_arns[0] if len(source_arns) == 1 else source_arns
    return {"StringEquals": {"aws:SourceAccount": account.id}, "ArnLike": {"aws:SourceArn": sources}}


def trusted_by(service: str, conditions: Conditions | None = None) -> pulumi.Output[str]:
    """The trust policy of a role that an AWS service takes on."""
    return document(
        Statement(
            sid="Assume",
            principals={"Service": f"{service}.amazonaws.com"},
            actions=["sts:AssumeRole"],
            resources=[],
            conditions=conditions or {},
        )
    )
