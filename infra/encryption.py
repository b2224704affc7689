"""The stack's own KMS key: queues, topics, buckets, tables, images and logs are encrypted with it, and its policy names
who may."""

from dataclasses import dataclass

import pulumi
from pulumi_aws import kms

from infra.config import StackConfig
from infra.iam import Account, Statement, document, only_from
from infra.logs import FIREWALL_LOG_GROUP, folder

ADMINISTRATION = (
    *("kms:DescribeKey", "kms:GetKeyPolicy", "kms:GetKeyRotationStatus", "kms:ListAliases", "kms:ListGrants"),
    *("kms:ListKeyPolicies", "kms:ListResourceTags", "kms:PutKeyPolicy", "kms:EnableKey", "kms:DisableKey"),
    *("kms:EnableKeyRotation", "kms:DisableKeyRotation", "kms:UpdateKeyDescription", "kms:CreateAlias"),
    *("kms:UpdateAlias", "kms:DeleteAlias", "kms:TagResource", "kms:UntagResource", "kms:RevokeGrant"),
    *("kms:ScheduleKeyDeletion", "kms:CancelKeyDeletion"),
)
USE = ("kms:Decrypt", "kms:GenerateDataKey")
"""What it takes to send to and receive from an encrypted queue, publish to a topic, and read and write a bucket."""

KEEPERS = ("dynamodb", "ecr", "s3", "sns", "sqs")
"""The services that keep what is encrypted with the key."""

FLOW_USE = ("kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey")
"""What A2I asks for: https://docs.aws.amazon.com/sagemaker/latest/dg/a2i-permissions-security.html"""


@dataclass(frozen=True, slots=True, kw_only=True)
class EncryptionArgs:
    """`media_bucket` is the name of the stack's own bucket that tells an encrypted queue of new objects."""

    account: Account
    config: StackConfig
    media_bucket: str


class Encryption(pulumi.ComponentResource):
    """One key per stack, a dollar a month; bucket keys and data-key reuse keep its requests few."""

    key_arn: pulumi.Output[str]

    def __init__(self, name: str, args: EncryptionArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("gavel:infra:Encryption", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        key = kms.Key(
            f"{name}-key",
            description=f"{args.config.prefix}: queues, topics, buckets and ledger",
            enable_key_rotation=True,
            deletion_window_in_days=30,
            policy=document(*key_policy(args)),
            tags={"Name": args.config.prefix},
            # Without it nothing that it has encrypted can ever be read again.
            opts=pulumi.ResourceOptions(parent=self, protect=args.config.protected),
        )
        kms.Alias(f"{name}-alias", name=f"alias/{args.config.prefix}", target_key_id=key.key_id, opts=child)
        self.key_arn = key.arn
        self.register_outputs({"key_arn": self.key_arn})


def use_of(key_arn: pulumi.Input[str]) -> Statement:
    """What a task role needs where everything it touches is encrypted with this key."""
    return Statement(sid="UseKey", actions=USE, resources=[key_arn])


def key_policy(args: EncryptionArgs) -> tuple[Statement, ...]:
    """In a key's own policy, resource `*` is this key and nothing else."""
    account, foreign = args.account, args.config.foreign_buckets
    return (
        # Spelt out, not kms:*: whoever administers may not decrypt by that alone.
        Statement(
            sid="AdministerByIamPolicies",
            principals={"AWS": account.root},
            actions=ADMINISTRATION,
            resources=["*"],
        ),
        # Whoever may read or write what is encrypted does so through the service that keeps it.
        Statement(
            sid="UseThroughServices",
            principals={"AWS": account.root},
            actions=["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*"],
            resources=["*"],
            conditions={
                "StringEquals": {
                    "kms:ViaService": [f"{service}.{account.region}.amazonaws.com" for service in KEEPERS],
                    "kms:CallerAccount": account.id,
                }
            },
        ),
        # A2I asks for more than S3 would in its name.
        Statement(
            sid="UseByFlows",
            principals={"AWS": account.root},
            actions=FLOW_USE,
            resources=["*"],
            conditions={"ArnEquals": {"aws:PrincipalArn": account.role(f"{args.config.prefix}-flow")}},
        ),
        # These two work with grants that they make in the name of whoever creates the table or repository.
        _granting(account, "dynamodb", "kms:CreateGrant"),
        _granting(account, "ecr", "kms:CreateGrant", "kms:RetireGrant"),
        _service(account, "s3", *(f"arn:aws:s3:::{bucket}" for bucket in (args.media_bucket, *foreign))),
        _service(account, "events", account.arn("events", f"rule/{args.config.prefix}-*"), *args.config.event_rules),
        _service(account, "sns", account.arn("sns", "*")),
        _service(account, "cloudwatch", account.arn("cloudwatch", f"alarm:{args.config.prefix}-*")),
        _logs(args),
    )


def _granting(account: Account, service: str, *actions: str) -> Statement:
    """https://docs.aws.amazon.com/AmazonECR/latest/userguide/encryption-at-rest.html, likewise for DynamoDB"""
    return Statement(
        sid=f"UseThrough{service.capitalize()}",
        principals={"AWS": account.root},
        actions=actions,
        resources=["*"],
        conditions={
            "StringEquals": {
                "kms:ViaService": f"{service}.{account.region}.amazonaws.com",
                "kms:CallerAccount": account.id,
            }
        },
    )


def _logs(args: EncryptionArgs) -> Statement:
    """CloudWatch Logs is held to the stack's groups by the encryption context, as it documents.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
    """
    account = args.account
    names = folder(args.config) + "*", FIREWALL_LOG_GROUP.format(prefix=args.config.prefix)
    groups = [account.arn("logs", f"log-group:{name}") for name in names]
    return Statement(
        sid="UseByLogs",
        principals={"Service": f"logs.{account.region}.amazonaws.com"},
        actions=FLOW_USE,
        resources=["*"],
        conditions={"ArnLike": {"kms:EncryptionContext:aws:logs:arn": groups}},
    )


def _service(account: Account, service: str, *source_arns: str) -> Statement:
    """A service that writes into an encrypted queue or topic itself.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
    """
    return Statement(
        sid=f"UseBy{service.capitalize()}",
        principals={"Service": f"{service}.amazonaws.com"},
        actions=["kms:Decrypt", "kms:GenerateDataKey*"],
        resources=["*"],
        conditions=only_from(account, *source_arns),
    )
