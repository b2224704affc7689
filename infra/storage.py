"""Where Gavel keeps things: media, derivatives, evidence and policies in S3, the ledger and the verified set in
DynamoDB."""

from dataclasses import dataclass

import pulumi
from pulumi_aws import dynamodb

from infra.access_logs import log_bucket
from infra.buckets import Bucket, BucketArgs
from infra.config import StackConfig
from infra.iam import Account
from infra.tables import TableArgs, table


@dataclass(frozen=True, slots=True, kw_only=True)
class StorageArgs:
    """`key_arn` of None leaves the keys to AWS."""

    config: StackConfig
    account: Account
    key_arn: pulumi.Input[str] | None


class Storage(pulumi.ComponentResource):
    media: Bucket
    work: Bucket
    evidence: Bucket
    policies: Bucket
    logs: Bucket
    ledger: dynamodb.Table
    verified: dynamodb.Table

    def __init__(self, name: str, args: StorageArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("gavel:infra:Storage", name, None, opts)
        config = args.config
        self.logs = log_bucket(
            config, args.account, bucket_name(config, args.account, "logs"), pulumi.ResourceOptions(parent=self)
        )

        def bucket(role: str, *, shown: bool = False, days: int | None = None) -> Bucket:
            return Bucket(
                role,
                BucketArgs(
                    account=args.account,
                    bucket=bucket_name(config, args.account, role),
                    key_arn=args.key_arn,
                    expire_after_days={"": days} if days else {},
                    log_bucket=self.logs.name,
                    shown_to_reviewers=shown,
                    force_destroy=not config.protected,
                ),
                pulumi.ResourceOptions(parent=self),
            )

        self.media = bucket("media", shown=True, days=config.media_retention_days)
        self.work = bucket("work", shown=True, days=config.derivative_retention_days)
        self.evidence = bucket("evidence", days=config.evidence_retention_days)
        # Never expires: items and verdicts name their policy's version for good.
        self.policies = bucket("policies")
        # `shared.aws.ledger_items` draws what is in it.
        self.ledger = table(
            "ledger",
            TableArgs(
                config=config,
                table=f"{config.prefix}-ledger",
                key_arn=args.key_arn,
                indexes={
                    "by_status": ("status_day", "updated_at"),
                    "by_content": ("content_key", "updated_at"),
                    "by_tenant": ("tenant_day", "received_at"),
                },
                bare=frozenset({"by_content", "by_tenant"}),
            ),
            pulumi.ResourceOptions(parent=self),
        )
        # `shared.aws.verified` draws what is in it.
        self.verified = table(
            "verified",
            TableArgs(config=config, table=f"{config.prefix}-verified", key_arn=args.key_arn, indexes={}),
            pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({})

    def shown(self, config: StackConfig) -> list[pulumi.Input[str]]:
        """`readable_objects` as `bucket/prefix`."""
        return [
            pulumi.Output.concat(self.media.name, "/"),
            pulumi.Output.concat(self.work.name, "/derivatives/"),
            *(f"{place.bucket}/{place.prefix}" for place in config.foreign_locations),
        ]

    def readable_objects(self, config: StackConfig) -> list[pulumi.Output[str]]:
        """ARNs of what Rekognition and reviewers look at: media, derivatives, and media in tenants' own buckets."""
        return [
            pulumi.Output.concat(self.media.arn, "/*"),
            pulumi.Output.concat(self.work.arn, "/derivatives/*"),
            *(
                pulumi.Output.from_input(f"arn:aws:s3:::{place.bucket}/{place.prefix}*")
                for place in config.foreign_locations
            ),
        ]


def bucket_name(config: StackConfig, account: Account, role: str) -> str:
    """The name in S3; with the account's id, since bucket names are one space for the whole world."""
    return f"{config.prefix}-{role}" + (f"-{account.id}" if config.account_in_bucket_names else "")
