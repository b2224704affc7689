"""The queues between the services, the topics that tell the world, and what puts events into both."""

import json
from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi_aws import cloudwatch, s3, sns

from infra.buckets import Bucket
from infra.config import StackConfig
from infra.desk import EVENT_SOURCE, desk_flows
from infra.iam import Account, document, only_by, task_role_name, tls_only
from infra.queues import LONGEST_RETENTION_S, RETENTION_S, Queue, QueueArgs, Sender
from infra.video_jobs import topic_arn

A2I_STATUS_CHANGE: Final = "SageMaker A2I HumanLoop Status Change"


@dataclass(frozen=True, slots=True, kw_only=True)
class MessagingArgs:
    config: StackConfig
    account: Account
    key_arn: pulumi.Input[str] | None
    media_bucket: Bucket


class Messaging(pulumi.ComponentResource):
    media_events: Queue
    moderation_requests: Queue
    moderation_backfill: Queue
    video_requests: Queue
    video_backfill: Queue
    video_completions: Queue
    review_requests: Queue
    human_loop_events: Queue
    appeals: Queue
    outcomes: Queue
    verdicts: sns.Topic
    alerts: sns.Topic

    def __init__(self, name: str, args: MessagingArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("gavel:infra:Messaging", name, None, opts)
        self._args = args
        self._child = pulumi.ResourceOptions(parent=self)
        # The rule's ARN is spelt out: the queue must let it in before it is there.
        rule_name = f"{args.config.prefix}-human-loop-status"
        rule_arn = args.account.arn("events", f"rule/{rule_name}")
        from_rule = Sender(sid="FromHumanLoopRule", service="events", source_arn=rule_arn)
        from_topics = [
            Sender(sid=f"FromTopic{position}", service="sns", source_arn=topic)
            for position, topic in enumerate(args.config.event_topics)
        ]
        from_video_jobs = Sender(sid="FromVideoJobs", service="sns", source_arn=topic_arn(args.config, args.account))
        from_rules = [
            Sender(sid=f"FromRule{position}", service="events", source_arn=rule)
            for position, rule in enumerate(args.config.event_rules)
        ]
        from_bucket = Sender(sid="FromMediaBucket", service="s3", source_arn=args.media_bucket.arn)
        # Their owners set the notification: a bucket has one configuration, which is theirs.
        from_others = [
            Sender(sid=f"FromBucket{position}", service="s3", source_arn=f"arn:aws:s3:::{bucket}")
            for position, bucket in enumerate(args.config.foreign_buckets)
        ]

        self.media_events = self._queue("media-events", "ingest", from_bucket, *from_others, *from_topics, *from_rules)
        self.moderation_requests = self._queue("moderation-requests", "moderate")
        self.moderation_backfill = self._queue("moderation-backfill", "moderate")
        # Videos wait for a slot in their queues, and of 20 slots a backlog can take a week.
        self.video_requests = self._queue("video-requests", "moderate", retention_s=LONGEST_RETENTION_S)
        self.video_backfill = self._queue("video-backfill", "moderate", retention_s=LONGEST_RETENTION_S)
        self.video_completions = self._queue("video-completions", "moderate", from_video_jobs)
        self.review_requests = self._queue("review-requests", "review")
        self.human_loop_events = self._queue("human-loop-events", "review", from_rule, undelivered_from=from_rule)
        self.appeals = self._queue("appeals", "review")
        self.outcomes = self._queue("outcomes", "results")
        self.verdicts = self._topic("verdicts", "results")
        self.alerts = self._topic("alerts", "moderate", "review", "results")

        s3.BucketNotification(
            "media-created",
            bucket=args.media_bucket.name,
            queues=[
                s3.BucketNotificationQueueArgs(
                    id="media-events", queue_arn=self.media_events.arn, events=["s3:ObjectCreated:*"]
                )
            ],
            # S3 sends a test event when this is set, and refuses it while the queue's policy doesn't let S3 in.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[self.media_events]),
        )
        self._human_loop_rule(rule_name)
        self.register_outputs({})

    @property
    def queues(self) -> tuple[Queue, ...]:
        """In the order of an item's way."""
        return (
            self.media_events,
            self.moderation_requests,
            self.moderation_backfill,
            self.video_requests,
            self.video_backfill,
            self.video_completions,
            self.review_requests,
            self.human_loop_events,
            self.appeals,
            self.outcomes,
        )

    def _queue(
        self,
        name: str,
        consumer: str,
        *senders: Sender,
        undelivered_from: Sender | None = None,
        retention_s: int = RETENTION_S,
    ) -> Queue:
        args = self._args
        return Queue(
            name,
            QueueArgs(
                account=args.account,
                prefix=args.config.prefix,
                consumer=consumer,
                dead_letter_consumer="results",
                visibility_s=args.config.visibility_s,
                key_arn=args.key_arn,
                retention_s=retention_s,
                senders=senders,
                dead_letter_senders=[undelivered_from] if undelivered_from else [],
            ),
            self._child,
        )

    def _topic(self, name: str, *publishers: str) -> sns.Topic:
        """Subscribers in this account are let in by their own IAM policies. Nobody but these services publishes, so
        that what a subscriber gets was decided here."""
        topic = sns.Topic(
            name,
            name=f"{self._args.config.prefix}-{name}",
            kms_master_key_id=self._args.key_arn or "alias/aws/sns",
            opts=self._child,
        )
        # SNS takes no wildcard of actions in a topic's policy; publishing is what carries data.
        roles = [task_role_name(self._args.config.prefix, service) for service in publishers]
        policy = document(
            tls_only("sns:Publish", topic.arn), only_by(self._args.account, roles, ["sns:Publish"], topic.arn)
        )
        sns.TopicPolicy(f"{name}-policy", arn=topic.arn, policy=policy, opts=self._child)
        return topic

    def _human_loop_rule(self, rule_name: str) -> None:
        """This stack's loops only: A2I's events of the whole account come over one bus."""
        args = self._args
        flows = args.account.arn("sagemaker", f"flow-definition/{args.config.prefix}-")
        own_flows = desk_flows(args.config, args.account)
        rule = cloudwatch.EventRule(
            "human-loop-status",
            name=rule_name,
            description="A human loop has completed, failed or been stopped: A2I's, or the review desk's",
            event_pattern=json.dumps(
                {
                    "source": ["aws.sagemaker", EVENT_SOURCE],
                    "detail-type": [A2I_STATUS_CHANGE],
                    "detail": {"flowDefinitionArn": [{"prefix": flows}, {"prefix": own_flows}]},
                }
            ),
            opts=self._child,
        )
        cloudwatch.EventTarget(
            "human-loop-status-to-queue",
            rule=rule.name,
            target_id="human-loop-events",
            arn=self.human_loop_events.arn,
            dead_letter_config=cloudwatch.EventTargetDeadLetterConfigArgs(arn=self.human_loop_events.dead_letter_arn),
            opts=self._child,
        )
