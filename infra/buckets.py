"""One kind of bucket for all that Gavel keeps in S3: versioned, private, TLS only, encrypted, with a lifecycle."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi_aws import s3

from infra.iam import Account, Statement, document, own_account_only, tls_only

ABANDONED_UPLOAD_DAYS = 7
SERVER_LOGS: Final = "s3"
"""Where in the log bucket S3 notes the requests to the others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BucketArgs:
    """`bucket` is the name in S3. Objects under a prefix in `expire_after_days` go after so many days, and their older
    versions a day later. `log_bucket` is told of every request. `shown_to_reviewers` lets pages of any origin read with
    a signed address. `lets_in` are statements of the bucket's policy beside the one that every bucket has."""

    account: Account
    bucket: str
    key_arn: pulumi.Input[str] | None
    expire_after_days: Mapping[str, int]
    log_bucket: pulumi.Input[str] | None = None
    lets_in: Sequence[Statement] = ()
    shown_to_reviewers: bool = False
    force_destroy: bool = False


class Bucket(pulumi.ComponentResource):
    name: pulumi.Output[str]
    arn: pulumi.Output[str]

    def __init__(self, name: str, args: BucketArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("gavel:infra:Bucket", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        bucket = s3.Bucket(
            f"{name}-bucket",
            bucket=args.bucket,
            force_destroy=args.force_destroy,
            opts=pulumi.ResourceOptions(parent=self, protect=not args.force_destroy),
        )
        self.name = bucket.bucket
        self.arn = bucket.arn
        objects = pulumi.Output.concat(self.arn, "/*")
        s3.BucketPublicAccessBlock(
            f"{name}-private",
            bucket=self.name,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            opts=child,
        )
        s3.BucketOwnershipControls(
            f"{name}-ownership",
            bucket=self.name,
            rule=s3.BucketOwnershipControlsRuleArgs(object_ownership="BucketOwnerEnforced"),
            opts=child,
        )
        s3.BucketVersioning(
            f"{name}-versioning",
            bucket=self.name,
            versioning_configuration=s3.BucketVersioningVersioningConfigurationArgs(status="Enabled"),
            opts=child,
        )
        s3.BucketServerSideEncryptionConfiguration(
            f"{name}-encryption", bucket=self.name, rules=[_encryption(args.key_arn)], opts=child
        )
        s3.BucketLifecycleConfiguration(
            f"{name}-lifecycle", bucket=self.name, rules=_lifecycle(args.expire_after_days), opts=child
        )
        s3.BucketPolicy(
            f"{name}-policy",
            bucket=self.name,
            policy=document(
                tls_only("s3:*", self.arn, objects),
                own_account_only(args.account, "s3:*", self.arn, objects),
                *args.lets_in,
            ),
            opts=child,
        )
        if args.log_bucket is not None:
            s3.BucketLogging(
                f"{name}-logging",
                bucket=self.name,
                target_bucket=args.log_bucket,
                target_prefix=f"{SERVER_LOGS}/{name}/",
                opts=child,
            )
        if args.shown_to_reviewers:
            s3.BucketCorsConfiguration(f"{name}-cors", bucket=self.name, cors_rules=[_readable_by_pages()], opts=child)
        self.register_outputs({"name": self.name, "arn": self.arn})


def _encryption(key_arn: pulumi.Input[str] | None) -> s3.BucketServerSideEncryptionConfigurationRuleArgs:
    by_default = s3.BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultArgs
    if key_arn is None:
        return s3.BucketServerSideEncryptionConfigurationRuleArgs(
            apply_server_side_encryption_by_default=by_default(sse_algorithm="AES256")
        )
    return s3.BucketServerSideEncryptionConfigurationRuleArgs(
        apply_server_side_encryption_by_default=by_default(sse_algorithm="aws:kms", kms_master_key_id=key_arn),
        bucket_key_enabled=True,  # one data key for many objects: else every object costs a KMS request
    )


def _lifecycle(expire_after_days: Mapping[str, int]) -> Sequence[s3.BucketLifecycleConfigurationRuleArgs]:
    abandoned = s3.BucketLifecycleConfigurationRuleArgs(
        id="abandoned-uploads",
        status="Enabled",
        filter=s3.BucketLifecycleConfigurationRuleFilterArgs(prefix=""),
        abort_incomplete_multipart_upload=s3.BucketLifecycleConfigurationRuleAbortIncompleteMultipartUploadArgs(
            days_after_initiation=ABANDONED_UPLOAD_DAYS
        ),
    )
    expiries = [
        s3.BucketLifecycleConfigurationRuleArgs(
            id=f"expire-{prefix.strip('/') or 'all'}",
            status="Enabled",
            filter=s3.BucketLifecycleConfigurationRuleFilterArgs(prefix=prefix),
            expiration=s3.BucketLifecycleConfigurationRuleExpirationArgs(days=days),
            noncurrent_version_expiration=s3.BucketLifecycleConfigurationRuleNoncurrentVersionExpirationArgs(
                noncurrent_days=1
            ),
        )
        for prefix, days in expire_after_days.items()
    ]
    return [abandoned, *expiries]


def _readable_by_pages() -> s3.BucketCorsConfigurationCorsRuleArgs:
    """As A2I demands it of every bucket whose images reviewers see: tasks fail without.

    https://docs.aws.amazon.com/sagemaker/latest/dg/a2i-permissions-security.html
    """
    return s3.BucketCorsConfigurationCorsRuleArgs(
        allowed_headers=[], allowed_methods=["GET"], allowed_origins=["*"], expose_headers=[]
    )
