"""Fetches what a request is about: an image's own bytes, or an object from the emulator's S3."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from gavel_emulator.aws_calls import client
from gavel_emulator.rekognition.errors import image_too_large, unreadable_object
from gavel_emulator.rekognition.images import MAX_OBJECT_BYTES


@dataclass(frozen=True, slots=True)
class Fetched:
    """`metadata` is the object's user metadata; empty for bytes."""

    content: bytes
    metadata: Mapping[str, str]


def fetch(image: Mapping[str, Any], *, account_id: str, region: str) -> Fetched:
    """The image of a validated request. Raises RekognitionError."""
    if "S3Object" not in image:
        return Fetched(image["Bytes"], {})
    return read_image(*locate(image["S3Object"], account_id=account_id, region=region))


def read_image(s3: Any, wanted: Mapping[str, str]) -> Fetched:
    """Raises RekognitionError."""
    try:
        found = s3.get_object(**wanted)
    except ClientError as refusal:
        raise unreadable_object() from refusal
    with found["Body"] as body:
        if found["ContentLength"] > MAX_OBJECT_BYTES:
            raise image_too_large()
        return Fetched(body.read(), found["Metadata"])


def locate(place: Mapping[str, Any], *, account_id: str, region: str) -> tuple[Any, dict[str, str]]:
    """An S3 client, and what it has to be asked for. Raises RekognitionError for a bucket that can't be used."""
    s3 = client("s3", account_id=account_id, region=region)
    wanted = {"Bucket": place["Bucket"], "Key": place["Name"]}
    if place.get("Version"):
        wanted["VersionId"] = place["Version"]
    try:
        # The bucket must be in the region of the call; LocalStack's S3 would serve it from any.
        if s3.head_bucket(Bucket=place["Bucket"])["BucketRegion"] != region:
            raise unreadable_object()
    except ClientError as refusal:
        raise unreadable_object() from refusal
    return s3, wanted
