"""The stack's own KMS key: queues, topics, buckets and ledger are encrypted with it, and its policy names who may."""

from dataclasses import dataclass

import pulumi
from pulumi_aws import kms

from infra.iam import Account, Statement, document, only_from

ADMINISTRATION = (
    *("kms:DescribeKey", "kms:GetKeyPolicy", "kms:GetKeyRotationStatus", "kms:ListAliases", "kms:ListGrants"),
    *("kms:ListKeyPolicies", "kms:ListResourceTags", "kms:PutKeyPolicy", "kms:EnableKey", "kms:DisableKey"),
    *("kms:EnableKeyRotation", "kms:DisableKeyRotation", "kms:UpdateKeyDescription", "kms:CreateAlias"),
    *("kms:UpdateAlias", "kms:DeleteAlias", "kms:TagResource", "kms:UntagResource", "kms:RevokeGrant"),
    *("kms:ScheduleKeyDeletion", "kms:CancelKeyDeletion"),
)
USE = ("kms:Decrypt", "kms:GenerateDataKey")
"""What it takes to send to and receive from an encrypted queue, publish to a topic, and read and write a bucket."""

FLOW_USE = ("kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey")
"""What A2I asks for: https://docs.aws.amazon.com/sagemaker/latest/dg/a2i-permissions-security.html"""


@dataclass(frozen=True, slots=True, kw_only=True)
class EncryptionArgs:
    """`media_bucket` is the name of the bucket that tells an encrypted queue of new objects."""

    account: Account
    prefix: str
    media_bucket: str


class Encryption(pulumi.ComponentResource):
    """One key per stack, a dollar a month; bucket keys and data-key reuse keep its requests few."""

    key_arn: pulumi.Output[str]

    def __init__(self, name: str, args: EncryptionArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("gavel:infra:Encryption", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        key = kms.Key(
            f"{name}-key",
            description=f"{args.prefix}: queues, topics, buckets and ledger",
            enable_key_rotation=True,
            deletion_window_in_days=30,
            policy=document(*_key_policy(args)),
            tags={"Name": args.prefix},
            opts=child,
        )
        kms.Alias(f"{name}-alias", name=f"alias/{args.prefix}", target_key_id=key.key_id, opts=child)
        self.key_arn = key.arn
        self.register_outputs({"key_arn": self.key_arn})


def use_of(key_arn: pulumi.Input[str]) -> Statement:
    """What a task role needs where everything it touches is encrypted with this key."""
    return Statement(sid="UseKey", actions=USE, resources=[key_arn])


def _key_policy(args: EncryptionArgs) -> tuple[Statement, ...]:
    """In a key's own policy, resource `*` is this key and nothing else."""
    account = args.account
    return (
        # Spelt out, not kms:*: whoever administers may not decrypt by that alone.
        Statement(
            sid="AdministerByIamPolicies",
            principals={"AWS": account.root},
            actions=ADMINISTRATION,
            resources=["*"],
        ),
        Statement(
            sid="UseByIamPolicies",
            principals={"AWS": account.root},
            actions=["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*"],
            resources=["*"],
        ),
        # DynamoDB works with grants that it makes in the name of whoever creates the table.
        Statement(
            sid="UseThroughDynamoDb",
            principals={"AWS": account.root},
            actions=["kms:CreateGrant"],
            resources=["*"],
            conditions={
                "StringEquals": {
                    "kms:ViaService": f"dynamodb.{account.region}.amazonaws.com",
                    "kms:CallerAccount": account.id,
                }
            },
        ),
        _service(account, "s3", f"arn:aws:s3:::{args.media_bucket}"),
        _service(account, "events", account.arn("events", f"rule/{args.prefix}-*")),
        _service(account, "sns", account.arn("sns", "*")),
        _service(account, "cloudwatch", account.arn("cloudwatch", f"alarm:{args.prefix}-*")),
    )


def _service(account: Account, service: str, source_arn: str) -> Statement:
    """A service that writes into an encrypted queue or topic itself.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
    """
    return Statement(
        sid=f"UseBy{service.capitalize()}",
        principals={"Service": f"{service}.amazonaws.com"},
        actions=["kms:Decrypt", "kms:GenerateDataKey*"],
        resources=["*"],
        conditions=only_from(account, source_arn),
    )
