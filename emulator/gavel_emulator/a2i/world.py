"""Loops' ends reported to the emulator's own S3 and EventBridge."""

import json
import logging
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from gavel_emulator.a2i.engine import OutputRefused
from gavel_emulator.a2i.loops import Loop
from gavel_emulator.aws_calls import client

LOG = logging.getLogger(__name__)


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


def _text(error: ClientError) -> str:
    details = error.response["Error"]
    return f"{details.get('Code')}: {details.get('Message')}"
