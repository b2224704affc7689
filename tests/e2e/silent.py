"""A bucket of the default tenant's that tells nobody of its objects, so that only the producer's event does."""

from typing import Any, Final

import boto3
import yaml

from cli.local import LocalStack
from tests.emulator import CHECKOUT

SILENT_BUCKET: Final = "gavel-local-silent"


def with_silent_bucket() -> dict[str, Any]:
    """Settings of a stack in which the bucket is the default tenant's."""
    config = yaml.safe_load((CHECKOUT / "infra" / "Pulumi.local.yaml").read_text())["config"]
    (default,) = (tenant for tenant in config["gavel:tenants"] if tenant["name"] == "default")
    default["buckets"] = [{}, {"bucket": SILENT_BUCKET}]
    return {"tenants": config["gavel:tenants"]}


def make_silent_bucket(stack: LocalStack) -> None:
    s3 = boto3.client("s3", endpoint_url=stack.state.endpoint, region_name=stack.state.region)
    s3.create_bucket(Bucket=SILENT_BUCKET)
    s3.put_bucket_versioning(Bucket=SILENT_BUCKET, VersioningConfiguration={"Status": "Enabled"})
