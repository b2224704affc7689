"""What a training reads from the emulator's S3 and writes to it."""

from collections.abc import Callable

from botocore.exceptions import ClientError

from gavel_emulator.aws_calls import client
from gavel_emulator.rekognition.adapters.manifest import TrainingFailed
from gavel_emulator.rekognition.adapters.versions import S3Place
from gavel_emulator.rekognition.errors import RekognitionError, invalid_parameters
from gavel_emulator.rekognition.images import decode
from gavel_emulator.rekognition.job_book import Place
from gavel_emulator.rekognition.objects import locate, read_image
from gavel_emulator.rekognition.scene import Picture

MAX_MANIFEST_BYTES = 1024**3
"""Custom Labels' limit; none is documented for adapters."""


def read_manifest(place: Place, manifest: S3Place) -> bytes:
    """Raises TrainingFailed."""
    try:
        s3, wanted = locate(manifest, account_id=place.account_id, region=place.region)
        found = s3.get_object(**wanted)
    except (RekognitionError, ClientError) as refusal:
        raise TrainingFailed(f"The manifest file {_told(manifest)} is not accessible.") from refusal
    with found["Body"] as body:
        if found["ContentLength"] > MAX_MANIFEST_BYTES:
            raise TrainingFailed(f"The manifest file {_told(manifest)} exceeds the maximum supported size.")
        content: bytes = body.read()
        return content


def pictures_of(place: Place, bucket: str) -> Callable[[str], Picture]:
    """Raises TrainingFailed for a bucket that can't be read; what it returns raises RekognitionError."""
    try:
        s3, _ = locate({"Bucket": bucket, "Name": ""}, account_id=place.account_id, region=place.region)
    except RekognitionError as refusal:
        raise TrainingFailed(f"The images' bucket {bucket} is not accessible.") from refusal

    def read(key: str) -> Picture:
        fetched = read_image(s3, {"Bucket": bucket, "Key": key})
        return decode(fetched.content, fetched.metadata)

    return read


def write(place: Place, where: S3Place, content: bytes) -> None:
    """Raises TrainingFailed."""
    s3 = client("s3", account_id=place.account_id, region=place.region)
    try:
        s3.put_object(Bucket=where["Bucket"], Key=where["Name"], Body=content)
    except ClientError as refusal:
        raise TrainingFailed(f"The results can't be written to {_told(where)}.") from refusal


def check_output(place: Place, bucket: str) -> None:
    """Raises RekognitionError for a bucket that isn't there; of another region it may be."""
    try:
        client("s3", account_id=place.account_id, region=place.region).head_bucket(Bucket=bucket)
    except ClientError as refusal:
        raise invalid_parameters() from refusal


def _told(where: S3Place) -> str:
    return f"s3://{where['Bucket']}/{where['Name']}"
