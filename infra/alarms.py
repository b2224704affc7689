"""What calls for a person. Each alarm has its entry in `docs/runbook.md`; a test compares both ways.

What is watched by AWS's own metrics is in every stack; what takes ours, only where there is a collector to bring them
to CloudWatch.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import pulumi

from infra.config import StackConfig
from infra.queues import Queue
from infra.series import Series, of_queue, of_rekognition, of_requests, own
from shared.contracts.words import BackendName, DecidedBy, Lane, MediaKind
from shared.telemetry import metrics

DETECT: Final = "DetectModerationLabels"
NOT_AT_THE_FIRST_GO: Final = ("retry", "quarantine", "defect")
"""Settlements of messages that weren't just handled; being put back for want of quota is none of them."""

FEW_MESSAGES: Final = 20
"""Below so many in a period a percentage says nothing."""

LEDGER_OPERATIONS: Final = ("GetItem", "PutItem", "UpdateItem", "Query", "TransactWriteItems")
"""Counted by request, not by `WriteThrottleEvents`: those of the table don't tell of its indexes, and a write is turned
away for an index that is full as well.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html
"""

SLOW_S: Final = 2
THROTTLED_PERCENT: Final = 5
LOOPS_NEAR_QUOTA: Final = 0.8


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """Rings when `expression` over its series (by their keys), or its only series, is over `over` for `periods` periods
    of `period_s`. `name` is what it is called in every stack."""

    name: str
    meaning: str
    series: dict[str, Series]
    over: float
    expression: str | None = None
    period_s: int = 60
    periods: int = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Web:
    """A service behind a load balancer: `balancer` and `targets` are CloudWatch's names of that and of its target
    group, `words` how people call it."""

    name: str
    words: str
    balancer: pulumi.Input[str]
    targets: pulumi.Input[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """What the alarms are about."""

    config: StackConfig
    queues: Sequence[Queue]
    ledger: pulumi.Input[str]
    web: Sequence[Web] = ()


def alarms(watched: Watched) -> Iterator[Alarm]:
    yield from _of_queues(watched)
    yield from _of_ledger(watched)
    yield from _of_rekognition()
    for web in watched.web:
        yield from _of_web(web)
    if watched.config.collector_image:
        yield from _of_handling(watched)
        yield from _of_verdicts(watched.config)
        yield from _of_reviews(watched.config)


def _of_queues(watched: Watched) -> Iterator[Alarm]:
    limit_s = watched.config.oldest_message_alarm_s
    for queue in watched.queues:
        name = queue.short_name
        yield Alarm(
            name=f"{name}-dead-letters",
            meaning=f"Messages in the dead-letter queue of {name}, which RESULTS should have filed at once",
            series={"waiting": of_queue(queue.dead_letter_name, "ApproximateNumberOfMessagesVisible")},
            over=0,
        )
        # Backfill waits for what live traffic leaves: there age says nothing, until SQS is about to delete it.
        over_s = queue.retention_s // 2 if name.endswith("-backfill") else limit_s
        yield Alarm(
            name=f"{name}-oldest-message",
            meaning=f"A message has waited in {name} for over {over_s} s",
            series={"age": of_queue(queue.name, "ApproximateAgeOfOldestMessage")},
            over=over_s,
        )


def _of_ledger(watched: Watched) -> Iterator[Alarm]:
    yield Alarm(
        name="ledger-throttled",
        meaning="DynamoDB turns requests to the ledger away; every service slows down by that",
        series={
            operation.lower(): of_requests(watched.ledger, "ThrottledRequests", operation)
            for operation in LEDGER_OPERATIONS
        },
        expression=f"SUM([{', '.join(map(str.lower, LEDGER_OPERATIONS))}])",
        over=0,
        periods=3,
    )


def _of_rekognition() -> Iterator[Alarm]:
    yield Alarm(
        name="rekognition-throttled",
        meaning=f"More than {THROTTLED_PERCENT} % of the account's {DETECT} requests are turned away",
        series={
            "throttled": of_rekognition("ThrottledCount", DETECT),
            "answered": of_rekognition("SuccessfulRequestCount", DETECT),
        },
        expression="100 * throttled / SUM([throttled, answered])",
        over=THROTTLED_PERCENT,
    )
    yield Alarm(
        name="rekognition-errors",
        meaning=f"Rekognition fails more than {THROTTLED_PERCENT} % of the account's {DETECT} requests",
        series={
            "failed": of_rekognition("ServerErrorCount", DETECT),
            "answered": of_rekognition("SuccessfulRequestCount", DETECT),
        },
        expression="100 * failed / SUM([failed, answered])",
        over=THROTTLED_PERCENT,
    )


def _of_web(web: Web) -> Iterator[Alarm]:
    def series(metric: str, statistic: str) -> Series:
        dimensions = {"LoadBalancer": web.balancer, "TargetGroup": web.targets}
        return Series(namespace="AWS/ApplicationELB", metric=metric, statistic=statistic, dimensions=dimensions)

    yield Alarm(
        name=f"{web.name}-unhealthy",
        meaning=f"A task of {web.words} fails its health check",
        series={"unhealthy": series("UnHealthyHostCount", "Minimum")},
        over=0,
    )
    yield Alarm(
        name=f"{web.name}-errors",
        meaning=f"Requests to {web.words} end in errors of its own",
        series={"errors": series("HTTPCode_Target_5XX_Count", "Sum")},
        over=5,
        period_s=300,
        periods=1,
    )
    yield Alarm(
        name=f"{web.name}-slow",
        meaning=f"Of the requests to {web.words} one in twenty takes more than {SLOW_S} s",
        series={"time": series("TargetResponseTime", "p95")},
        over=SLOW_S,
        period_s=300,
        periods=2,
    )


def _of_handling(watched: Watched) -> Iterator[Alarm]:
    config = watched.config
    for queue in watched.queues:
        of = {metrics.DESTINATION: queue.name}
        failures = {
            word: own(config, metrics.SETTLED, statistic="Sum", of={**of, metrics.SETTLEMENT: word})
            for word in NOT_AT_THE_FIRST_GO
        }
        yield Alarm(
            name=f"{queue.short_name}-failures",
            meaning=f"Over {config.failure_alarm_percent} % of what comes by {queue.short_name} isn't handled at once",
            series=failures | {"consumed": own(config, metrics.CONSUMED, statistic="Sum", of=of)},
            # A settlement that never happened has no series, which a sum leaves out and `+` would make nothing of.
            expression=f"IF(consumed > {FEW_MESSAGES}, 100 * SUM([{', '.join(failures)}]) / consumed, 0)",
            over=config.failure_alarm_percent,
            period_s=300,
            periods=2,
        )
        yield Alarm(
            name=f"{queue.short_name}-breaker",
            meaning=f"Everything from {queue.short_name} failed in a row, so a task stopped receiving",
            series={"opened": own(config, metrics.BREAKER_OPENED, statistic="Sum", of=of)},
            over=0,
            periods=1,
        )
    yield Alarm(
        name="policies-not-read",
        meaning="Services can't read the deployed policies; the last good ones stay in force",
        series={"failed": own(config, metrics.POLICY_LOOK_FAILED, statistic="Sum")},
        over=0,
        period_s=300,
        periods=3,
    )


def _of_verdicts(config: StackConfig) -> Iterator[Alarm]:
    by_model = {
        metrics.DECIDED_BY: DecidedBy.MODEL.value,
        metrics.MEDIA_KIND: MediaKind.IMAGE.value,
        metrics.LANE: Lane.LIVE.value,
    }
    yield Alarm(
        name="verdicts-late",
        meaning=f"Verdicts on images that take nobody come after more than {config.verdict_alarm_s} s on average",
        series={"latency": own(config, metrics.VERDICT_LATENCY, statistic="Average", of=by_model)},
        over=config.verdict_alarm_s,
    )
    yield Alarm(
        name="adapter-ignored",
        meaning="A policy names an adapter, and Rekognition judged by the base model",
        series={"ignored": own(config, metrics.ADAPTER_IGNORED, statistic="Sum")},
        over=0,
        periods=1,
    )


def _of_reviews(config: StackConfig) -> Iterator[Alarm]:
    yield Alarm(
        name="reviews-overdue",
        meaning="Cases have waited for people longer than their policies' targets",
        series={"overdue": own(config, metrics.REVIEWS_OVERDUE, statistic="Sum")},
        over=0,
        period_s=300,
        periods=1,
    )
    if config.review_backend is BackendName.A2I:
        near = int(config.human_loop_quota * LOOPS_NEAR_QUOTA)
        waiting = own(config, metrics.LOOPS_WAITING, statistic="Maximum", of={metrics.BACKEND: BackendName.A2I.value})
        yield Alarm(
            name="human-loops-near-quota",
            # The quota is each flow definition's and this is their sum, so it rings early where there are several.
            meaning=f"{near} items wait for people in A2I, which takes {config.human_loop_quota} per flow definition",
            series={"waiting": waiting},
            over=near,
            period_s=300,
            periods=2,
        )
