"""A bucket of the default tenant's that tells nobody of its objects, so that only the producer's event does."""

import json
from typing import Final

import boto3

from cli.local import LocalStack

SILENT_BUCKET: Final = "gavel-local-silent"


def add_silent_bucket(stack: LocalStack) -> None:
    s3 = boto3.client("s3", endpoint_url=stack.state.endpoint, region_name=stack.state.region)
    s3.create_bucket(Bucket=SILENT_BUCKET)
    s3.put_bucket_versioning(Bucket=SILENT_BUCKET, VersioningConfiguration={"Status": "Enabled"})
    policies = stack.outputs["policy_bucket"]
    tenants = json.loads(s3.get_object(Bucket=policies, Key="tenants.json")["Body"].read())
    (default,) = (tenant for tenant in tenants["tenants"] if tenant["name"] == "default")
    default["buckets"].append({"bucket": SILENT_BUCKET, "prefix": ""})
    s3.put_object(Bucket=policies, Key="tenants.json", Body=json.dumps(tenants).encode())
