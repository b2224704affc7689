"""Where Rekognition tells that a video job has ended: a topic, the role that it publishes as, and our queue behind."""

from dataclasses import dataclass

import pulumi
from pulumi_aws import iam, sns

from infra.config import StackConfig
from infra.encryption import use_of
from infra.iam import Account, Statement, document, only_by, only_from, tls_only, trusted_by
from infra.queues import Queue


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoJobsArgs:
    """`completions` lets the topic of that name in (`topic_arn`)."""

    config: StackConfig
    account: Account
    key_arn: pulumi.Input[str] | None
    completions: Queue


class VideoJobs(pulumi.ComponentResource):
    topic_arn: pulumi.Output[str]
    role_arn: pulumi.Output[str]

    def __init__(self, name: str, args: VideoJobsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("gavel:infra:VideoJobs", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        topic = sns.Topic(
            "video-jobs",
            name=topic_name(args.config),
            kms_master_key_id=args.key_arn or "alias/aws/sns",
            opts=child,
        )
        role_name = f"{args.config.prefix}-video-jobs"
        policy = document(
            tls_only("sns:Publish", topic.arn), only_by(args.account, [role_name], ["sns:Publish"], topic.arn)
        )
        sns.TopicPolicy("video-jobs-policy", arn=topic.arn, policy=policy, opts=child)
        sns.TopicSubscription(
            "video-completions",
            topic=topic.arn,
            protocol="sqs",
            endpoint=args.completions.arn,
            raw_message_delivery=True,
            opts=child,
        )
        # Without the conditions Rekognition would publish here for jobs of anybody who knows the role's name.
        role = iam.Role(
            "video-jobs-role",
            name=role_name,
            assume_role_policy=trusted_by("rekognition", only_from(args.account, args.account.arn("rekognition", "*"))),
            opts=child,
        )
        tell = Statement(sid="TellVideoEnds", actions=["sns:Publish"], resources=[topic.arn])
        of_key = [use_of(args.key_arn)] if args.key_arn is not None else []
        iam.RolePolicy("video-jobs-role-policy", role=role.name, policy=document(tell, *of_key), opts=child)
        self.topic_arn, self.role_arn = topic.arn, role.arn
        self.register_outputs({})


def topic_name(config: StackConfig) -> str:
    """Rekognition's own managed policy only knows topics that begin like this."""
    return f"AmazonRekognition-{config.prefix}-video-jobs"


def topic_arn(config: StackConfig, account: Account) -> str:
    """Spelt out: the queue must let the topic in before it is there."""
    return account.arn("sns", topic_name(config))
