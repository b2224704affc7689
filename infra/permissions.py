"""What the services may do: one statement per thing that a service's adapters do, on exactly what it does it to."""

from collections.abc import Sequence
from typing import Final

import pulumi
from pulumi_aws import dynamodb, sns

from infra.buckets import Bucket
from infra.config import StackConfig
from infra.desk import EVENT_SOURCE
from infra.iam import Account, Statement
from infra.queues import Queue
from infra.storage import Storage

ACTIONS_WITHOUT_RESOURCES: Final = {
    "rekognition:DescribeProjects": "Rekognition has no resource level for listing projects",
    "rekognition:DetectModerationLabels": "an image call acts on no resource of the account",
    "rekognition:StartContentModeration": "neither does a video job",
    "rekognition:GetContentModeration": "a job has an id and no ARN",
}
"""Actions for which AWS has no resource level, so that only `*` can be written; with the reason.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonrekognition.html
"""


def receive(*queues: Queue) -> Statement:
    """Consume queues. Sending is in it: a message that has to wait longer than its visibility can is sent anew."""
    return Statement(
        sid="Receive",
        actions=["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility", "sqs:SendMessage"],
        resources=[queue.arn for queue in queues],
    )


def receive_dead_letters(queues: Sequence[Queue]) -> Statement:
    return Statement(
        sid="ReceiveDeadLetters",
        actions=["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility"],
        resources=[queue.dead_letter_arn for queue in queues],
    )


def send(*queues: Queue) -> Statement:
    return Statement(sid="Send", actions=["sqs:SendMessage"], resources=[queue.arn for queue in queues])


def publish(*topics: sns.Topic) -> Statement:
    return Statement(sid="Publish", actions=["sns:Publish"], resources=[topic.arn for topic in topics])


def keep_ledger(table: dynamodb.Table) -> Statement:
    """Nothing is ever deleted, and nothing scanned."""
    return Statement(
        sid="KeepLedger",
        actions=["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:Query"],
        resources=[table.arn, pulumi.Output.concat(table.arn, "/index/*")],
    )


def search_ledger(table: dynamodb.Table) -> Statement:
    return Statement(sid="SearchLedger", actions=["dynamodb:BatchGetItem"], resources=[table.arn])


def keep_desk(table: dynamodb.Table) -> Statement:
    return Statement(sid="KeepDesk", actions=["dynamodb:GetItem", "dynamodb:PutItem"], resources=[table.arn])


def list_tasks(table: dynamodb.Table) -> Statement:
    """Only the desk lists: REVIEW knows its loops by name."""
    return Statement(
        sid="ListTasks",
        actions=["dynamodb:BatchGetItem", "dynamodb:Query"],
        resources=[table.arn, pulumi.Output.concat(table.arn, "/index/*")],
    )


def add_words(table: dynamodb.Table) -> Statement:
    """To the verified set: a transaction of puts and an update, after a look at what is there."""
    return Statement(
        sid="AddWords",
        actions=["dynamodb:BatchGetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"],
        resources=[table.arn],
    )


def show_verified(table: dynamodb.Table) -> Statement:
    return Statement(sid="ShowVerified", actions=["dynamodb:GetItem", "dynamodb:Query"], resources=[table.arn])


def tell_loop_ends(account: Account) -> Statement:
    """Only as the desk: nobody can pass a loop of A2I's off as ended."""
    return Statement(
        sid="TellLoopEnds",
        actions=["events:PutEvents"],
        resources=[account.arn("events", "event-bus/default")],
        conditions={"StringEquals": {"events:source": EVENT_SOURCE}},
    )


def sign_people_in(account: Account, user_pool_id: pulumi.Input[str]) -> Statement:
    return Statement(
        sid="SignPeopleIn",
        actions=[
            "cognito-idp:AdminInitiateAuth",
            "cognito-idp:AdminListGroupsForUser",
            "cognito-idp:AdminRespondToAuthChallenge",
            "cognito-idp:DescribeUserPoolClient",
        ],
        resources=[pulumi.Output.concat(account.arn("cognito-idp", "userpool/"), user_pool_id)],
    )


def read_declines(table: dynamodb.Table) -> Statement:
    return Statement(sid="ReadDeclines", actions=["dynamodb:Query"], resources=[table.arn])


def keep_sessions(table: dynamodb.Table) -> Statement:
    return Statement(sid="KeepSessions", actions=["dynamodb:GetItem", "dynamodb:PutItem"], resources=[table.arn])


def count_messages(queues: Sequence[Queue]) -> Statement:
    """Those that wait, and the dead letters of each queue."""
    return Statement(
        sid="CountMessages",
        actions=["sqs:GetQueueAttributes"],
        resources=[arn for queue in queues for arn in (queue.arn, queue.dead_letter_arn)],
    )


def read_policies(bucket: Bucket) -> Statement:
    return Statement(
        sid="ReadPolicies",
        actions=["s3:GetObject"],
        resources=[pulumi.Output.concat(bucket.arn, "/policies/*"), pulumi.Output.concat(bucket.arn, "/tenants.json")],
    )


def read_media(config: StackConfig, storage: Storage) -> Statement:
    """Rekognition reads in the caller's name, so whoever calls it needs this too."""
    return Statement(
        sid="ReadMedia", actions=["s3:GetObject", "s3:GetObjectVersion"], resources=storage.readable_objects(config)
    )


def show_media(config: StackConfig, storage: Storage) -> Statement:
    """Tasks and sets show the versions that the model saw: whoever signs addresses needs what they allow."""
    return Statement(
        sid="ShowMedia", actions=["s3:GetObject", "s3:GetObjectVersion"], resources=storage.readable_objects(config)
    )


def tell_missing_objects(*buckets: Bucket, foreign: Sequence[str] = ()) -> Statement:
    """Without it S3 answers 403 for an object that isn't there, as if the deployment were at fault."""
    return Statement(
        sid="TellMissingObjects",
        actions=["s3:ListBucket"],
        resources=[*(bucket.arn for bucket in buckets), *(f"arn:aws:s3:::{bucket}" for bucket in foreign)],
    )


def write(bucket: Bucket, *prefixes: str) -> Statement:
    return Statement(
        sid=f"Write{''.join(word.capitalize() for prefix in prefixes for word in prefix.split('-'))}",
        actions=["s3:PutObject"],
        resources=[pulumi.Output.concat(bucket.arn, f"/{prefix}/*") for prefix in prefixes],
    )


def read(bucket: Bucket, prefix: str, *, sid: str) -> Statement:
    return Statement(sid=sid, actions=["s3:GetObject"], resources=[pulumi.Output.concat(bucket.arn, f"/{prefix}/*")])


def detect() -> Statement:
    return Statement(sid="Detect", actions=["rekognition:DetectModerationLabels"], resources=["*"])


def look_at_adapters(account: Account) -> tuple[Statement, Statement]:
    """A policy may name any of the account's adapters."""
    return (
        Statement(sid="FindProjects", actions=["rekognition:DescribeProjects"], resources=["*"]),
        Statement(
            sid="LookAtAdapters",
            actions=["rekognition:DescribeProjectVersions"],
            resources=[account.arn("rekognition", "project/*")],
        ),
    )


def moderate_videos(role_arn: pulumi.Input[str]) -> tuple[Statement, Statement]:
    """Start and follow jobs, and hand Rekognition, and nobody else, the role that it tells of their end as."""
    return (
        Statement(
            sid="ModerateVideos",
            actions=["rekognition:StartContentModeration", "rekognition:GetContentModeration"],
            resources=["*"],
        ),
        Statement(
            sid="LetRekognitionTell",
            actions=["iam:PassRole"],
            resources=[role_arn],
            conditions={"StringEquals": {"iam:PassedToService": "rekognition.amazonaws.com"}},
        ),
    )


def start_loops(account: Account, prefix: str) -> Statement:
    """Flow definitions change their names with their content, so this stack's all have to be meant."""
    return Statement(
        sid="StartLoops",
        actions=["sagemaker:StartHumanLoop"],
        resources=[account.arn("sagemaker", f"flow-definition/{prefix}-*")],
    )


def follow_loops(account: Account, *, stop: bool) -> Statement:
    """A loop's name is made of its item's id (`shared.identity.loop_name`), which says nothing of the stack."""
    return Statement(
        sid="FollowLoops",
        actions=["sagemaker:DescribeHumanLoop", *(["sagemaker:StopHumanLoop"] if stop else [])],
        resources=[account.arn("sagemaker", "human-loop/*")],
    )
