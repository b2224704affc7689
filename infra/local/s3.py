"""S3: buckets and everything that is set on them, and objects."""

import json
from typing import Any, Final

from infra.local.aws import Aws, Made, Maker, Properties, capitalised, chosen, fits, found

NAMES: Final = {
    "id": "ID",
    "sseAlgorithm": "SSEAlgorithm",
    "kmsMasterKeyId": "KMSMasterKeyID",
    "rules": "Rules",
}


def bucket(aws: Aws, name: str, inputs: Properties) -> Made:
    bucket_name = inputs["bucket"]
    if found(aws.client("s3").head_bucket, "404", Bucket=bucket_name) is None:
        place = {} if aws.region == "us-east-1" else {"LocationConstraint": aws.region}
        aws.client("s3").create_bucket(Bucket=bucket_name, **({"CreateBucketConfiguration": place} if place else {}))
    return Made(id=bucket_name, outputs={"arn": f"arn:aws:s3:::{bucket_name}"})


def versioning(aws: Aws, name: str, inputs: Properties) -> Made:
    s3, bucket_name = aws.client("s3"), inputs["bucket"]
    wanted = {"Status": inputs["versioningConfiguration"]["status"]}
    if not fits(s3.get_bucket_versioning(Bucket=bucket_name), wanted):
        s3.put_bucket_versioning(Bucket=bucket_name, VersioningConfiguration=wanted)
    return Made(id=bucket_name)


def public_access_block(aws: Aws, name: str, inputs: Properties) -> Made:
    s3, bucket_name = aws.client("s3"), inputs["bucket"]
    wanted = capitalised({key: value for key, value in inputs.items() if key != "bucket"})
    there = found(s3.get_public_access_block, "NoSuchPublicAccessBlockConfiguration", Bucket=bucket_name) or {}
    if not fits(there.get("PublicAccessBlockConfiguration"), wanted):
        s3.put_public_access_block(Bucket=bucket_name, PublicAccessBlockConfiguration=wanted)
    return Made(id=bucket_name)


def ownership(aws: Aws, name: str, inputs: Properties) -> Made:
    s3, bucket_name = aws.client("s3"), inputs["bucket"]
    wanted = {"Rules": [capitalised(inputs["rule"])]}
    there = found(s3.get_bucket_ownership_controls, "OwnershipControlsNotFoundError", Bucket=bucket_name) or {}
    if not fits(there.get("OwnershipControls"), wanted):
        s3.put_bucket_ownership_controls(Bucket=bucket_name, OwnershipControls=wanted)
    return Made(id=bucket_name)


def encryption(aws: Aws, name: str, inputs: Properties) -> Made:
    s3, bucket_name = aws.client("s3"), inputs["bucket"]
    wanted = {"Rules": capitalised(inputs["rules"], NAMES)}
    there = s3.get_bucket_encryption(Bucket=bucket_name)["ServerSideEncryptionConfiguration"]
    if not fits(there, wanted):
        s3.put_bucket_encryption(Bucket=bucket_name, ServerSideEncryptionConfiguration=wanted)
    return Made(id=bucket_name)


def lifecycle(aws: Aws, name: str, inputs: Properties) -> Made:
    s3, bucket_name = aws.client("s3"), inputs["bucket"]
    wanted = {"Rules": capitalised(inputs["rules"], NAMES)}
    there = found(s3.get_bucket_lifecycle_configuration, "NoSuchLifecycleConfiguration", Bucket=bucket_name)
    if not fits(there, wanted):
        s3.put_bucket_lifecycle_configuration(Bucket=bucket_name, LifecycleConfiguration=wanted)
    return Made(id=bucket_name)


def cors(aws: Aws, name: str, inputs: Properties) -> Made:
    s3, bucket_name = aws.client("s3"), inputs["bucket"]
    wanted = {"CORSRules": capitalised(inputs["corsRules"])}
    if not fits(found(s3.get_bucket_cors, "NoSuchCORSConfiguration", Bucket=bucket_name), wanted):
        s3.put_bucket_cors(Bucket=bucket_name, CORSConfiguration=wanted)
    return Made(id=bucket_name)


def policy(aws: Aws, name: str, inputs: Properties) -> Made:
    s3, bucket_name = aws.client("s3"), inputs["bucket"]
    there = found(s3.get_bucket_policy, "NoSuchBucketPolicy", Bucket=bucket_name)
    if there is None or json.loads(there["Policy"]) != json.loads(inputs["policy"]):
        s3.put_bucket_policy(Bucket=bucket_name, Policy=inputs["policy"])
    return Made(id=bucket_name)


def notification(aws: Aws, name: str, inputs: Properties) -> Made:
    s3, bucket_name = aws.client("s3"), inputs["bucket"]
    wanted: dict[str, Any] = {"QueueConfigurations": capitalised(inputs["queues"])}
    if not fits(s3.get_bucket_notification_configuration(Bucket=bucket_name), wanted):
        s3.put_bucket_notification_configuration(Bucket=bucket_name, NotificationConfiguration=wanted)
    return Made(id=bucket_name)


def logging(aws: Aws, name: str, inputs: Properties) -> Made:
    s3, bucket_name = aws.client("s3"), inputs["bucket"]
    wanted = capitalised(chosen(inputs, "targetBucket", "targetPrefix"))
    if not fits(s3.get_bucket_logging(Bucket=bucket_name).get("LoggingEnabled"), wanted):
        s3.put_bucket_logging(Bucket=bucket_name, BucketLoggingStatus={"LoggingEnabled": wanted})
    return Made(id=bucket_name)


def s3_object(aws: Aws, name: str, inputs: Properties) -> Made:
    s3, place = aws.client("s3"), {"Bucket": inputs["bucket"], "Key": inputs["key"]}
    body = inputs["content"].encode()
    there = found(s3.get_object, "NoSuchKey", **place)
    if there is None or there["Body"].read() != body or there["ContentType"] != inputs["contentType"]:
        s3.put_object(**place, Body=body, ContentType=inputs["contentType"])
    return Made(id=inputs["key"], outputs={"arn": f"arn:aws:s3:::{inputs['bucket']}/{inputs['key']}"})


MAKERS: Final[dict[str, Maker]] = {
    "aws:s3/bucket:Bucket": bucket,
    "aws:s3/bucketVersioning:BucketVersioning": versioning,
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": public_access_block,
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": ownership,
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": encryption,
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": lifecycle,
    "aws:s3/bucketCorsConfiguration:BucketCorsConfiguration": cors,
    "aws:s3/bucketPolicy:BucketPolicy": policy,
    "aws:s3/bucketNotification:BucketNotification": notification,
    "aws:s3/bucketLogging:BucketLogging": logging,
    "aws:s3/bucketObjectv2:BucketObjectv2": s3_object,
}
