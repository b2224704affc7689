"""Manifests read from, and output files written to, the emulator's S3."""

from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from gavel_emulator.aws_calls import client
from gavel_emulator.rekognition.analysis.engine import OutputRefused
from gavel_emulator.rekognition.errors import unreadable_object
from gavel_emulator.rekognition.job_book import Place
from gavel_emulator.rekognition.objects import locate


def read(place: Place, s3_object: Mapping[str, Any], limit_bytes: int) -> bytes:
    """The object, or one byte more than the limit. Raises RekognitionError."""
    s3, wanted = locate(s3_object, account_id=place.account_id, region=place.region)
    try:
        found = s3.get_object(**wanted)
    except ClientError as refusal:
        raise unreadable_object() from refusal
    with found["Body"] as body:
        content: bytes = body.read(limit_bytes + 1)
        return content


def write(place: Place, bucket: str, key: str, content: bytes) -> None:
    """Raises OutputRefused for a bucket that isn't there, or is in another region."""
    s3 = client("s3", account_id=place.account_id, region=place.region)
    try:
        if s3.head_bucket(Bucket=bucket)["BucketRegion"] != place.region:
            raise OutputRefused(f"The bucket {bucket} is in another region.")
        s3.put_object(Bucket=bucket, Key=key, Body=content)
    except ClientError as refusal:
        raise OutputRefused(f"The bucket {bucket} takes no results.") from refusal
