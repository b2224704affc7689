"""Alarms and dashboard: every metric that they name exists, and every alarm has its entry in the runbook."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from infra.collector import EXPORTED
from infra.observability import OPERATORS_ALERTS
from tests.fakes.pulumi_engine import arn
from tests.unit.infra.stacks import KINDS, declared

RUNBOOK = Path(__file__).parents[3] / "docs" / "runbook.md"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
WITH_COLLECTOR = ("staging", "prod", "desk", "api")
AWS_METRICS: Mapping[str, Mapping[frozenset[str], set[str]]] = {
    "AWS/SQS": {
        frozenset({"QueueName"}): {"ApproximateNumberOfMessagesVisible", "ApproximateAgeOfOldestMessage"},
    },
    "AWS/DynamoDB": {
        frozenset({"TableName"}): {"ConsumedReadCapacityUnits", "ConsumedWriteCapacityUnits"},
        frozenset({"TableName", "Operation"}): {"ThrottledRequests"},
    },
    "AWS/Rekognition": {
        frozenset({"Operation"}): {"SuccessfulRequestCount", "ThrottledCount", "ServerErrorCount"},
    },
    "AWS/ECS": {frozenset({"ClusterName", "ServiceName"}): {"CPUUtilization", "MemoryUtilization"}},
    "AWS/ApplicationELB": {
        frozenset({"LoadBalancer", "TargetGroup"}): {
            *("UnHealthyHostCount", "HTTPCode_Target_5XX_Count", "TargetResponseTime"),
        },
    },
}
"""What these services report, by dimensions, as far as it is used: their guides' pages on CloudWatch metrics."""


def assert_exists(kind: str, namespace: str, metric: str, dimensions: Mapping[str, str]) -> None:
    if namespace in AWS_METRICS:
        assert metric in AWS_METRICS[namespace][frozenset(dimensions)], metric
        return
    assert namespace == f"Gavel/{declared(kind).environment('ingest')['GAVEL_STACK']}"
    (sets,) = (sets for own, sets in EXPORTED.items() if own.name == metric)
    assert set(dimensions) in [set(names) for names in sets], f"{metric} isn't told by {set(dimensions)}"


def stack_of(kind: str) -> str:
    return declared(kind).environment("ingest")["GAVEL_STACK"]


def alarms(kind: str) -> dict[str, Mapping[str, Any]]:
    """By their names in every stack."""
    prefix = f"gavel-{stack_of(kind)}-"
    return {each.inputs["name"].removeprefix(prefix): each.inputs for each in declared(kind).of(ALARM)}


@pytest.mark.parametrize("kind", KINDS)
def test_alarms_are_on_metrics_that_exist(kind: str) -> None:
    for name, alarm in alarms(kind).items():
        asked = [query["metric"] for query in alarm["metricQueries"] if "metric" in query]
        assert asked, name
        for metric in asked:
            assert_exists(kind, metric["namespace"], metric["metricName"], metric.get("dimensions", {}))
            assert metric["period"] % 60 == 0


@pytest.mark.parametrize("kind", KINDS)
def test_an_alarm_is_one_figure_of_series_that_it_names(kind: str) -> None:
    for name, alarm in alarms(kind).items():
        (result,) = (query for query in alarm["metricQueries"] if query["returnData"])
        others = {query["id"] for query in alarm["metricQueries"]} - {result["id"]}
        if "expression" in result:
            used = set(re.findall(r"[a-z_]+", re.sub(r"[A-Z]+\(", "(", result["expression"])))
            assert used == others, name
        else:
            assert not others
        assert alarm["treatMissingData"] == "notBreaching"
        assert alarm["alarmActions"] == alarm["okActions"] == [arn("sns", f"gavel-{stack_of(kind)}-alarms")]


def entries() -> set[str]:
    """What the runbook has entries for; `<queue>` stands for each queue."""
    return set(re.findall(r"^## `([^`]+)`$", RUNBOOK.read_text(encoding="utf-8"), flags=re.MULTILINE))


def as_entry(kind: str, alarm: str) -> str:
    queues = declared(kind).outputs["queues"]
    found = next((queue for queue in queues if alarm.startswith(f"{queue}-")), None)
    return f"<queue>{alarm.removeprefix(found)}" if found else alarm


def test_every_alarm_has_its_entry_in_the_runbook_and_every_entry_its_alarm() -> None:
    rung = {as_entry(kind, name) for kind in KINDS for name in alarms(kind)}
    assert rung == entries()


def test_every_alert_of_the_operators_has_its_entry_too() -> None:
    text = RUNBOOK.read_text(encoding="utf-8")
    assert set(OPERATORS_ALERTS) <= set(re.findall(r"^## Alert `([^`]+)`$", text, flags=re.MULTILINE))


def test_what_takes_our_own_metrics_rings_only_where_a_collector_brings_them() -> None:
    ours = {"adapter-ignored", "outcomes-failures", "outcomes-breaker", "policies-not-read", "reviews-overdue"}
    for kind in KINDS:
        assert ours <= set(alarms(kind)) if kind in WITH_COLLECTOR else not ours & set(alarms(kind))


def test_the_quota_of_loops_is_a2is_alone() -> None:
    assert alarms("prod")["human-loops-near-quota"]["threshold"] == 4000
    assert "human-loops-near-quota" not in alarms("desk")
    assert not [name for name in alarms("prod") if name.startswith(("desk-", "api-"))]


def test_the_desk_and_the_api_are_watched_behind_their_load_balancer_each_by_itself() -> None:
    rings = ("unhealthy", "errors", "slow")
    assert {f"desk-{ring}" for ring in rings} <= set(alarms("desk"))
    assert not [name for name in alarms("desk") if name.startswith("api-")]
    of_api = [alarms("api")[f"api-{ring}"]["metricQueries"][0]["metric"]["dimensions"] for ring in rings]
    of_desk = [alarms("api")[f"desk-{ring}"]["metricQueries"][0]["metric"]["dimensions"] for ring in rings]
    assert len({json.dumps(each, sort_keys=True) for each in of_api}) == 1
    assert {each["LoadBalancer"] for each in of_api} == {each["LoadBalancer"] for each in of_desk}
    assert {each["TargetGroup"] for each in of_api}.isdisjoint(each["TargetGroup"] for each in of_desk)


def test_whoever_gets_the_alarms_by_mail_gets_the_operators_alerts_as_well() -> None:
    mails = {
        each.name: each.inputs
        for each in declared("what was there before").of("aws:sns/topicSubscription:TopicSubscription")
        if each.inputs["protocol"] == "email"
    }
    assert {mail["endpoint"] for mail in mails.values()} == {"oncall@example.com"}
    assert mails["alarms-email"]["topic"] == arn("sns", "gavel-dev-alarms")
    assert mails["alerts-email"]["topic"] == arn("sns", "gavel-dev-alerts")
    assert json.loads(mails["alerts-email"]["filterPolicy"]) == {"code": list(OPERATORS_ALERTS)}


def widgets(kind: str) -> list[dict[str, Any]]:
    (dashboard,) = declared(kind).of("aws:cloudwatch/dashboard:Dashboard")
    found = dashboard.json("dashboardBody")["widgets"]
    assert isinstance(found, list)
    return found


def lines(kind: str) -> Iterator[tuple[str, str, dict[str, str]]]:
    for widget in widgets(kind):
        for namespace, metric, *names, _ in widget["properties"].get("metrics", ()):
            yield namespace, metric, dict(zip(names[::2], names[1::2], strict=True))


@pytest.mark.parametrize("kind", KINDS)
def test_the_dashboard_shows_metrics_that_exist(kind: str) -> None:
    shown = list(lines(kind))
    assert shown
    for namespace, metric, dimensions in shown:
        assert_exists(kind, namespace, metric, dimensions)


@pytest.mark.parametrize("kind", KINDS)
def test_the_dashboard_goes_left_to_right_and_nothing_lies_on_something_else(kind: str) -> None:
    placed = widgets(kind)
    titles = {each["properties"]["markdown"]: each["x"] for each in placed if each["type"] == "text"}
    assert sorted(titles, key=titles.__getitem__) == ["**INGEST**", "**MODERATE**", "**REVIEW**", "**RESULTS**"]
    seen: set[tuple[int, int]] = set()
    for each in placed:
        assert each["x"] + each["width"] <= 24
        cells = {
            (x, y)
            for x in range(each["x"], each["x"] + each["width"])
            for y in range(each["y"], each["y"] + each["height"])
        }
        assert not seen & cells
        seen |= cells
    assert len(placed) <= 500


@pytest.mark.parametrize("kind", KINDS)
def test_the_dashboard_shows_every_queue_and_every_alarm(kind: str) -> None:
    queues = {dimensions["QueueName"] for namespace, _, dimensions in lines(kind) if namespace == "AWS/SQS"}
    assert queues == {each.inputs["name"] for each in declared(kind).of("aws:sqs/queue:Queue")}
    (alarm_widget,) = (each for each in widgets(kind) if each["type"] == "alarm")
    assert len(alarm_widget["properties"]["alarms"]) == len(alarms(kind))
