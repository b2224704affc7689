"""Where Gavel keeps things: media, derivatives, evidence and policies in S3, the ledger in DynamoDB."""

from dataclasses import dataclass

import pulumi
from pulumi_aws import dynamodb

from infra.buckets import Bucket, BucketArgs
from infra.config import StackConfig
from infra.iam import Account


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
    ledger: dynamodb.Table

    def __init__(self, name: str, args: StorageArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("gavel:infra:Storage", name, None, opts)
        config = args.config

        def bucket(role: str, *, shown: bool = False, days: int | None = None) -> Bucket:
            return Bucket(
                role,
                BucketArgs(
                    bucket=bucket_name(config, args.account, role),
                    key_arn=args.key_arn,
                    expire_after_days={"": days} if days else {},
                    shown_to_reviewers=shown,
                    force_destroy=not config.protected,
                ),
                pulumi.ResourceOptions(parent=self),
            )

        self.media = bucket("media", shown=True)
        self.work = bucket("work", shown=True, days=config.derivative_retention_days)
        self.evidence = bucket("evidence", days=config.evidence_retention_days)
        # Never expires: items and verdicts name their policy's version for good.
        self.policies = bucket("policies")
        self.ledger = _ledger("ledger", args, pulumi.ResourceOptions(parent=self))
        self.register_outputs({})

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


def _ledger(name: str, args: StorageArgs, opts: pulumi.ResourceOptions) -> dynamodb.Table:
    """`shared.aws.ledger_items` draws what is in it. An index has an item only when the item has both of its keys."""
    return dynamodb.Table(
        name,
        name=f"{args.config.prefix}-ledger",
        billing_mode="PAY_PER_REQUEST",
        hash_key="pk",
        range_key="sk",
        attributes=[
            dynamodb.TableAttributeArgs(name=attribute, type="S")
            for attribute in ("pk", "sk", "status_day", "updated_at", "content_key")
        ],
        global_secondary_indexes=[
            _index("by_status", "status_day", "updated_at"),
            _index("by_content", "content_key", "updated_at"),
        ],
        ttl=dynamodb.TableTtlArgs(attribute_name="expires_at", enabled=True),
        point_in_time_recovery=dynamodb.TablePointInTimeRecoveryArgs(enabled=True),
        server_side_encryption=dynamodb.TableServerSideEncryptionArgs(enabled=True, kms_key_arn=args.key_arn),
        deletion_protection_enabled=args.config.protected,
        opts=opts,
    )


def _index(name: str, hash_key: str, range_key: str) -> dynamodb.TableGlobalSecondaryIndexArgs:
    return dynamodb.TableGlobalSecondaryIndexArgs(
        name=name,
        key_schemas=[
            dynamodb.TableGlobalSecondaryIndexKeySchemaArgs(attribute_name=hash_key, key_type="HASH"),
            dynamodb.TableGlobalSecondaryIndexKeySchemaArgs(attribute_name=range_key, key_type="RANGE"),
        ],
        projection_type="ALL",
    )
