"""The bucket that S3 and the load balancer note every request in."""

from typing import Final

import pulumi

from infra.buckets import SERVER_LOGS, Bucket, BucketArgs
from infra.config import StackConfig
from infra.iam import Account, Statement, only_from

ENTRANCE_LOGS: Final = "desk"


def log_bucket(config: StackConfig, account: Account, name: str, opts: pulumi.ResourceOptions) -> Bucket:
    """`name` is the bucket's in S3. AWS holds its key: neither S3 nor Elastic Load Balancing delivers logs to a bucket
    that is encrypted otherwise.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html
    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html
    """
    arn = f"arn:aws:s3:::{name}"
    balancers = f"arn:aws:elasticloadbalancing:{account.region}:{account.id}:loadbalancer/*"
    return Bucket(
        "logs",
        BucketArgs(
            account=account,
            bucket=name,
            key_arn=None,
            expire_after_days={"": config.access_log_retention_days},
            force_destroy=not config.protected,
            lets_in=[
                Statement(
                    sid="FromS3",
                    principals={"Service": "logging.s3.amazonaws.com"},
                    actions=["s3:PutObject"],
                    resources=[f"{arn}/{SERVER_LOGS}/*"],
                    conditions=only_from(account, f"arn:aws:s3:::{config.prefix}-*"),
                ),
                Statement(
                    sid="FromLoadBalancer",
                    principals={"Service": "logdelivery.elasticloadbalancing.amazonaws.com"},
                    actions=["s3:PutObject"],
                    resources=[f"{arn}/{ENTRANCE_LOGS}/AWSLogs/{account.id}/*"],
                    # As documented for it; the account is in the ARN.
                    conditions={"ArnLike": {"aws:SourceArn": balancers}},
                ),
            ],
        ),
        opts,
    )
