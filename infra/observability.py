"""What calls for a person: alarms on the queues, and the topic that they go to."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws import cloudwatch, sns

from infra.config import StackConfig
from infra.iam import Account, Statement, document, only_from, tls_only
from infra.queues import Queue


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservabilityArgs:
    config: StackConfig
    account: Account
    key_arn: pulumi.Input[str] | None
    queues: Sequence[Queue]


class Observability(pulumi.ComponentResource):
    """CloudWatch's notices aren't CloudEvents, so alarms have a topic beside `alerts`."""

    def __init__(self, name: str, args: ObservabilityArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("gavel:infra:Observability", name, None, opts)
        self._prefix = args.config.prefix
        self._child = pulumi.ResourceOptions(parent=self)
        self._alarms = self._topic(args)
        for queue in args.queues:
            self._alarm(
                f"{queue.short_name}-dead-letters",
                f"Messages in the dead-letter queue of {queue.short_name}, which RESULTS should have filed at once",
                metric="ApproximateNumberOfMessagesVisible",
                queue=queue.dead_letter_name,
                over=0,
            )
            # Backfill waits for what live traffic leaves: there age says nothing.
            if not queue.short_name.endswith("-backfill"):
                self._alarm(
                    f"{queue.short_name}-oldest-message",
                    f"A message has waited in {queue.short_name} for over {args.config.oldest_message_alarm_s} s",
                    metric="ApproximateAgeOfOldestMessage",
                    queue=queue.name,
                    over=args.config.oldest_message_alarm_s,
                )
        self.register_outputs({})

    def _topic(self, args: ObservabilityArgs) -> sns.Topic:
        topic = sns.Topic(
            "alarms",
            name=f"{self._prefix}-alarms",
            # None where AWS holds the keys: CloudWatch may not use the one that AWS manages for SNS.
            kms_master_key_id=args.key_arn,
            opts=self._child,
        )
        alarms = args.account.arn("cloudwatch", f"alarm:{self._prefix}-*")
        from_cloudwatch = Statement(
            sid="FromAlarms",
            principals={"Service": "cloudwatch.amazonaws.com"},
            actions=["sns:Publish"],
            resources=[topic.arn],
            conditions=only_from(args.account, alarms),
        )
        sns.TopicPolicy(
            "alarms-policy",
            arn=topic.arn,
            policy=document(tls_only("sns:Publish", topic.arn), from_cloudwatch),
            opts=self._child,
        )
        if args.config.alarm_email is not None:
            sns.TopicSubscription(
                "alarms-email", topic=topic.arn, protocol="email", endpoint=args.config.alarm_email, opts=self._child
            )
        return topic

    def _alarm(self, name: str, description: str, *, metric: str, queue: pulumi.Input[str], over: int) -> None:
        cloudwatch.MetricAlarm(
            f"alarm-{name}",
            name=f"{self._prefix}-{name}",
            alarm_description=f"{description}. See docs/runbook.md.",
            namespace="AWS/SQS",
            metric_name=metric,
            dimensions={"QueueName": queue},
            statistic="Maximum",
            period=60,
            evaluation_periods=5,
            datapoints_to_alarm=5,
            threshold=over,
            comparison_operator="GreaterThanThreshold",
            # SQS stops reporting a queue that nobody has used for hours.
            treat_missing_data="notBreaching",
            alarm_actions=[self._alarms.arn],
            ok_actions=[self._alarms.arn],
            opts=self._child,
        )
