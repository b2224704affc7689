"""DynamoDB tables, all alike: on demand, recoverable, encrypted, keyed by `pk` and `sk`, forgetting by `expires_at`."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
from pulumi_aws import dynamodb

from infra.config import StackConfig


@dataclass(frozen=True, slots=True, kw_only=True)
class TableArgs:
    """`table` is its name in DynamoDB; `indexes` are named with their hash and range keys, and those among `bare` hold
    the keys of items alone: they cost nothing when the rest changes. `key_arn` of None leaves the keys to AWS."""

    config: StackConfig
    table: str
    key_arn: pulumi.Input[str] | None
    indexes: Mapping[str, tuple[str, str]]
    bare: frozenset[str] = frozenset()


def table(name: str, args: TableArgs, opts: pulumi.ResourceOptions) -> dynamodb.Table:
    """An index has an item only when the item has both of its keys."""
    attributes = dict.fromkeys(("pk", "sk", *(key for keys in args.indexes.values() for key in keys)))
    return dynamodb.Table(
        name,
        name=args.table,
        billing_mode="PAY_PER_REQUEST",
        hash_key="pk",
        range_key="sk",
        attributes=[dynamodb.TableAttributeArgs(name=attribute, type="S") for attribute in attributes],
        global_secondary_indexes=[
            _index(index, *keys, is_bare=index in args.bare) for index, keys in args.indexes.items()
        ],
        ttl=dynamodb.TableTtlArgs(attribute_name="expires_at", enabled=True),
        point_in_time_recovery=dynamodb.TablePointInTimeRecoveryArgs(
            enabled=True, recovery_period_in_days=args.config.recovery_days
        ),
        server_side_encryption=dynamodb.TableServerSideEncryptionArgs(enabled=True, kms_key_arn=args.key_arn),
        deletion_protection_enabled=args.config.protected,
        opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(protect=args.config.protected)),
    )


def _index(name: str, hash_key: str, range_key: str, *, is_bare: bool) -> dynamodb.TableGlobalSecondaryIndexArgs:
    return dynamodb.TableGlobalSecondaryIndexArgs(
        name=name,
        key_schemas=[
            dynamodb.TableGlobalSecondaryIndexKeySchemaArgs(attribute_name=hash_key, key_type="HASH"),
            dynamodb.TableGlobalSecondaryIndexKeySchemaArgs(attribute_name=range_key, key_type="RANGE"),
        ],
        projection_type="KEYS_ONLY" if is_bare else "ALL",
    )
