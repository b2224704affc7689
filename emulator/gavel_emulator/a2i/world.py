"""Loops' ends reported to the emulator's own S3 and EventBridge."""

import json
import logging
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError
from localstack import config

from gavel_emulator.a2i.engine import OutputRefused
from gavel_emulator.a2i.loops import Loop
from gavel_emulator.aws_calls import client
from shared.worker_templates.s3_uri import read_s3_uri

LOG = logging.getLogger(__name__)

GRANTED_FOR_S = 900
"""A2I's addresses are short-lived, for how long isn't documented."""


class EmulatedWorld:
    """Calls as the loop's account, in its region."""

    def write_output(self, loop: Loop, body: bytes) -> None:
        s3 = client("s3", account_id=loop.key.account_id, region=loop.key.region)
        encryption = {}
        if loop.review.kms_key_id:
            encryption = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": loop.review.kms_key_id}
        try:
            s3.put_object(
                Bucket=loop.review.output_bucket,
                Key=loop.output_key,
                Body=body,
                ContentType="application/json",
                **encryption,
            )
        except ClientError as error:
            raise OutputRefused(f"Could not write {loop.output_uri}: {_text(error)}") from error

    def send_event(self, loop: Loop, entry: Mapping[str, Any]) -> None:
        """An event that isn't taken is lost, as one may be in AWS: DescribeHumanLoop still tells."""
        events = client("events", account_id=loop.key.account_id, region=loop.key.region)
        try:
            response = events.put_events(Entries=[entry])
        except ClientError as error:
            LOG.warning("the event of %s was not taken: %s", loop.key.arn, _text(error))
            return
        if response["FailedEntryCount"]:
            LOG.warning("the event of %s was not taken: %s", loop.key.arn, json.dumps(response["Entries"]))


def bucket_region(account_id: str, region: str, bucket: str) -> str | None:
    """The region of a bucket; None when this account can't see such a bucket."""
    s3 = client("s3", account_id=account_id, region=region)
    try:
        return s3.head_bucket(Bucket=bucket).get("BucketRegion")
    except ClientError:
        return None


def grant(account_id: str, region: str) -> Callable[[str], str]:
    """Says where a browser can read an object for a while, whether or not it is there; ValueError for what is none.

    The client is made here: on a busy machine that takes longer than a page may be rendered.
    """
    signer = _signer(account_id, region)

    def signed_address(uri: str) -> str:
        found = read_s3_uri(uri)
        if found is None:
            raise ValueError("not the address of an S3 object")
        address: str = signer.generate_presigned_url(
            "get_object", Params={"Bucket": found.bucket, "Key": found.key}, ExpiresIn=GRANTED_FOR_S
        )
        return address

    return signed_address


@cache
def _signer(account_id: str, region: str) -> Any:
    """Not one of `aws_calls`: those are for calls from inside, and their addresses are, too."""
    return boto3.client(
        "s3",
        endpoint_url=config.external_service_url(),
        region_name=region,
        aws_access_key_id=account_id,
        aws_secret_access_key="test",  # noqa: S106  LocalStack checks no signature by default
        config=Config(signature_version="s3v4", s3={"addressing_style": "path"}),
    )


def _text(error: ClientError) -> str:
    details = error.response["Error"]
    return f"{details.get('Code')}: {details.get('Message')}"
