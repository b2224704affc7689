"""The stack at a glance, left to right as an item goes: a column for each service, its queues on top.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pulumi

from infra.alarms import DETECT, LEDGER_OPERATIONS
from infra.config import DETECTING, SERVICES, StackConfig
from infra.queues import Queue
from infra.series import Series, of_queue, of_rekognition, of_requests, of_service, of_table, own
from shared.contracts.words import Action, DecidedBy, Lane, MediaKind
from shared.telemetry import metrics

WIDTH: Final = 24
COLUMN: Final = WIDTH // len(SERVICES)
HEIGHT: Final = 5
TITLE_HEIGHT: Final = 1
ALARMS_HEIGHT: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """`consumed` are the queues that each service consumes; `alarm_arns` are all of the stack's."""

    config: StackConfig
    region: str
    consumed: Mapping[str, Sequence[Queue]]
    cluster: pulumi.Input[str]
    ledger: pulumi.Input[str]
    alarm_arns: Sequence[pulumi.Input[str]]


def body(shown: Shown) -> dict[str, Any]:
    """The dashboard's JSON, before it is written out."""
    alarms = {"type": "alarm", "properties": {"title": "Alarms", "alarms": list(shown.alarm_arns)}}
    placed: list[dict[str, Any]] = [alarms | {"x": 0, "y": 0, "width": WIDTH, "height": ALARMS_HEIGHT}]
    for number, service in enumerate(SERVICES):
        placed += _column(shown, service, x=number * COLUMN)
    bottom = max(widget["y"] + widget["height"] for widget in placed)
    for number, widget in enumerate(_whole(shown)):
        placed.append(widget | {"x": number * COLUMN, "y": bottom, "width": COLUMN, "height": HEIGHT})
    return {"start": "-PT3H", "periodOverride": "inherit", "widgets": placed}


def _column(shown: Shown, service: str, *, x: int) -> list[dict[str, Any]]:
    title = {"type": "text", "properties": {"markdown": f"**{service.upper()}**", "background": "transparent"}}
    placed = [title | {"x": x, "y": ALARMS_HEIGHT, "width": COLUMN, "height": TITLE_HEIGHT}]
    top = ALARMS_HEIGHT + TITLE_HEIGHT
    for number, widget in enumerate(_of_service(shown, service)):
        place = {"x": x, "y": top + number * HEIGHT, "width": COLUMN, "height": HEIGHT}
        placed.append(widget | place)
    return placed


def _of_service(shown: Shown, service: str) -> list[dict[str, Any]]:
    """The same rows for every service, so that a row can be read across."""
    config, queues = shown.config, shown.consumed[service]

    def per_queue(metric: str) -> list[Series]:
        return [of_queue(queue.name, metric, label=queue.short_name) for queue in queues]

    rows = [
        _graph(shown, "Waiting", per_queue("ApproximateNumberOfMessagesVisible")),
        _graph(shown, "Oldest, s", per_queue("ApproximateAgeOfOldestMessage")),
    ]
    if config.collector_image:
        rows += [
            _graph(shown, "Handling, s", [_handling(config, queue) for queue in queues]),
            _graph(
                shown,
                "Not at the first go",
                [
                    own(
                        config,
                        metrics.SETTLED,
                        statistic="Sum",
                        of={metrics.DESTINATION: queue.name, metrics.SETTLEMENT: word},
                        label=f"{queue.short_name} {word}",
                    )
                    for queue in queues
                    for word in ("retry", "put_back", "quarantine", "defect")
                ],
            ),
        ]
    dead = [
        of_queue(queue.dead_letter_name, "ApproximateNumberOfMessagesVisible", label=queue.short_name)
        for queue in queues
    ]
    tasks = [of_service(shown.cluster, service, metric) for metric in ("CPUUtilization", "MemoryUtilization")]
    return [*rows, _graph(shown, "Dead letters", dead), _graph(shown, "Tasks, %", tasks)]


def _handling(config: StackConfig, queue: Queue) -> Series:
    of = {metrics.DESTINATION: queue.name}
    return own(config, metrics.PROCESS_DURATION, statistic="Average", of=of, label=queue.short_name)


def _whole(shown: Shown) -> list[dict[str, Any]]:
    """The pipeline as a whole: what it takes, what it gives, and who decides."""
    config = shown.config
    detected = [of_rekognition(metric, DETECT) for metric in ("SuccessfulRequestCount", "ThrottledCount")]
    ledger = [
        of_table(shown.ledger, metric) for metric in ("ConsumedReadCapacityUnits", "ConsumedWriteCapacityUnits")
    ] + [of_requests(shown.ledger, "ThrottledRequests", operation) for operation in LEDGER_OPERATIONS]
    widgets = [_graph(shown, f"Rekognition ({DETECTING})", detected), _graph(shown, "Ledger", ledger)]
    if not config.collector_image:
        return widgets
    verdicts = [
        own(config, metrics.VERDICTS, statistic="Sum", of={metrics.VERDICT: action.value}, label=action.value)
        for action in (Action.APPROVE, Action.RESTRICT, Action.REJECT)
    ]
    by_whom = [
        own(
            config,
            metrics.VERDICT_LATENCY,
            statistic="Average",
            of={metrics.DECIDED_BY: by.value, metrics.MEDIA_KIND: kind.value, metrics.LANE: Lane.LIVE.value},
            label=f"{kind.value} {by.value}",
        )
        for kind in MediaKind
        for by in (DecidedBy.MODEL, DecidedBy.REUSE)
    ]
    return [*widgets, _graph(shown, "Verdicts", verdicts), _graph(shown, "To a verdict without people, s", by_whom)]


def _graph(shown: Shown, title: str, series: Sequence[Series]) -> dict[str, Any]:
    return {
        "type": "metric",
        "properties": {
            "title": title,
            "region": shown.region,
            "view": "timeSeries",
            "period": 60,
            "metrics": [_line(each) for each in series],
        },
    }


def _line(series: Series) -> list[Any]:
    names = [part for dimension in series.dimensions.items() for part in dimension]
    return [series.namespace, series.metric, *names, {"stat": series.statistic, "label": series.label or series.metric}]
