"""Watches the stack: alarms, the topic that they go to, a dashboard, and the log that our own metrics are in."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi_aws import cloudwatch, sns

from infra import dashboard
from infra.alarms import Alarm, Watched, Web, alarms
from infra.api_entrance import ApiEntrance
from infra.cluster import Cluster
from infra.collector import metrics_log_group
from infra.config import StackConfig
from infra.entrance import DeskEntrance
from infra.iam import Account, Statement, document, only_from, tls_only
from infra.logs import log_group
from infra.messaging import Messaging
from infra.queues import Queue
from infra.storage import Storage

OPERATORS_ALERTS: Final = (
    "adapter-deprecated",
    "adapter-ignored",
    "appeal-without-ruling",
    "canary-deprecated",
    "canary-unanswered",
    "review-overdue",
    "review-without-ruling",
)
"""Codes of alerts that whoever runs the stack should know of; the others are trust and safety's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservabilityArgs:
    """`consumed` are the queues that each service consumes. `key_arn` of None leaves keys to AWS."""

    config: StackConfig
    account: Account
    key_arn: pulumi.Input[str] | None
    messaging: Messaging
    storage: Storage
    cluster: Cluster
    consumed: Mapping[str, Sequence[Queue]]
    entrance: DeskEntrance | None
    api_entrance: ApiEntrance | None


class Observability(pulumi.ComponentResource):
    """CloudWatch's notices aren't CloudEvents, so alarms have a topic beside `alerts`."""

    def __init__(self, name: str, args: ObservabilityArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("gavel:infra:Observability", name, None, opts)
        config = args.config
        self._prefix = config.prefix
        self._child = pulumi.ResourceOptions(parent=self)
        self._topic = self._alarm_topic(args)
        if config.alarm_email is not None:
            self._mail(args, config.alarm_email)
        if config.collector_image:
            log_group(
                "metrics-log",
                config=config,
                called=metrics_log_group(config),
                key_arn=args.key_arn,
                opts=self._child,
            )
        watched = Watched(
            config=config,
            queues=args.messaging.queues,
            ledger=args.storage.ledger.name,
            web=tuple(_web(args)),
        )
        rung = [self._alarm(alarm) for alarm in alarms(watched)]
        shown = dashboard.Shown(
            config=config,
            region=args.account.region,
            consumed=args.consumed,
            cluster=args.cluster.name,
            ledger=args.storage.ledger.name,
            alarm_arns=[alarm.arn for alarm in rung],
        )
        cloudwatch.Dashboard(
            "dashboard",
            dashboard_name=self._prefix,
            dashboard_body=pulumi.Output.json_dumps(dashboard.body(shown)),
            opts=self._child,
        )
        self.register_outputs({})

    def _alarm_topic(self, args: ObservabilityArgs) -> sns.Topic:
        topic = sns.Topic(
            "alarms",
            name=f"{self._prefix}-alarms",
            # None where AWS holds the keys: CloudWatch may not use the one that AWS manages for SNS.
            kms_master_key_id=args.key_arn,
            opts=self._child,
        )
        own_alarms = args.account.arn("cloudwatch", f"alarm:{self._prefix}-*")
        from_cloudwatch = Statement(
            sid="FromAlarms",
            principals={"Service": "cloudwatch.amazonaws.com"},
            actions=["sns:Publish"],
            resources=[topic.arn],
            conditions=only_from(args.account, own_alarms),
        )
        sns.TopicPolicy(
            "alarms-policy",
            arn=topic.arn,
            policy=document(tls_only("sns:Publish", topic.arn), from_cloudwatch),
            opts=self._child,
        )
        return topic

    def _mail(self, args: ObservabilityArgs, address: str) -> None:
        sns.TopicSubscription(
            "alarms-email", topic=self._topic.arn, protocol="email", endpoint=address, opts=self._child
        )
        sns.TopicSubscription(
            "alerts-email",
            topic=args.messaging.alerts.arn,
            protocol="email",
            endpoint=address,
            filter_policy=pulumi.Output.json_dumps({"code": list(OPERATORS_ALERTS)}),
            opts=self._child,
        )

    def _alarm(self, alarm: Alarm) -> cloudwatch.MetricAlarm:
        queries = [
            cloudwatch.MetricAlarmMetricQueryArgs(
                id=key,
                metric=cloudwatch.MetricAlarmMetricQueryMetricArgs(
                    namespace=series.namespace,
                    metric_name=series.metric,
                    dimensions=dict(series.dimensions) or None,
                    stat=series.statistic,
                    period=alarm.period_s,
                ),
                return_data=alarm.expression is None,
            )
            for key, series in alarm.series.items()
        ]
        if alarm.expression is not None:
            queries.append(
                cloudwatch.MetricAlarmMetricQueryArgs(
                    id="result", expression=alarm.expression, label=alarm.name, return_data=True
                )
            )
        return cloudwatch.MetricAlarm(
            f"alarm-{alarm.name}",
            name=f"{self._prefix}-{alarm.name}",
            alarm_description=f"{alarm.meaning}. See docs/runbook.md.",
            metric_queries=queries,
            evaluation_periods=alarm.periods,
            datapoints_to_alarm=alarm.periods,
            threshold=alarm.over,
            comparison_operator="GreaterThanThreshold",
            # Nothing was counted: SQS stops reporting a queue that nobody has used for hours.
            treat_missing_data="notBreaching",
            alarm_actions=[self._topic.arn],
            ok_actions=[self._topic.arn],
            opts=self._child,
        )


def _web(args: ObservabilityArgs) -> Iterator[Web]:
    """What stands behind the load balancer, if there is one."""
    words = {"desk": (args.entrance, "the review desk"), "api": (args.api_entrance, "the results API")}
    for name, (entrance, called) in words.items():
        if args.entrance is not None and entrance is not None:
            yield Web(name=name, words=called, balancer=args.entrance.metric_name, targets=entrance.targets_metric_name)
