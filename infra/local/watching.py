"""CloudWatch and its logs: what a stack is watched by."""

import json
from typing import Any, Final

from infra.local.aws import Aws, Made, Maker, Properties, capitalised, chosen, fits


def log_group(aws: Aws, name: str, inputs: Properties) -> Made:
    logs, group_name, days = aws.client("logs"), inputs["name"], inputs["retentionInDays"]
    groups = logs.describe_log_groups(logGroupNamePrefix=group_name)["logGroups"]
    there = next((each for each in groups if each["logGroupName"] == group_name), None)
    if there is None:
        logs.create_log_group(logGroupName=group_name, **chosen(inputs, "kmsKeyId"))
    elif inputs.get("kmsKeyId") and there.get("kmsKeyId") != inputs["kmsKeyId"]:
        logs.associate_kms_key(logGroupName=group_name, kmsKeyId=inputs["kmsKeyId"])
    if there is None or there.get("retentionInDays") != days:
        logs.put_retention_policy(logGroupName=group_name, retentionInDays=days)
    return Made(id=group_name, outputs={"arn": aws.arn("logs", f"log-group:{group_name}")})


def alarm(aws: Aws, name: str, inputs: Properties) -> Made:
    cloudwatch = aws.client("cloudwatch")
    wanted: dict[str, Any] = capitalised(
        chosen(inputs, "alarmDescription", "comparisonOperator", "treatMissingData", "alarmActions")
    ) | {
        "OKActions": inputs["okActions"],
        "Metrics": [_query(each) for each in inputs["metricQueries"]],
        "EvaluationPeriods": inputs["evaluationPeriods"],
        "DatapointsToAlarm": inputs["datapointsToAlarm"],
        "Threshold": inputs["threshold"],
    }
    there = cloudwatch.describe_alarms(AlarmNames=[inputs["name"]])["MetricAlarms"]
    if not there or not fits(there[0], wanted):
        cloudwatch.put_metric_alarm(AlarmName=inputs["name"], **wanted)
    return Made(id=inputs["name"], outputs={"arn": aws.arn("cloudwatch", f"alarm:{inputs['name']}")})


def dashboard(aws: Aws, name: str, inputs: Properties) -> Made:
    cloudwatch, which = aws.client("cloudwatch"), {"DashboardName": inputs["dashboardName"]}
    listed = cloudwatch.list_dashboards(DashboardNamePrefix=inputs["dashboardName"])["DashboardEntries"]
    is_there = any(each["DashboardName"] == inputs["dashboardName"] for each in listed)
    there = cloudwatch.get_dashboard(**which)["DashboardBody"] if is_there else "null"
    if json.loads(there) != json.loads(inputs["dashboardBody"]):
        cloudwatch.put_dashboard(**which, DashboardBody=inputs["dashboardBody"])
    return Made(id=inputs["dashboardName"])


def _query(query: Properties) -> dict[str, Any]:
    """One series or expression of an alarm, as CloudWatch's API has it."""
    asked: dict[str, Any] = capitalised(chosen(query, "id", "expression", "label", "returnData"))
    if metric := query.get("metric"):
        dimensions = [{"Name": key, "Value": value} for key, value in metric.get("dimensions", {}).items()]
        asked["MetricStat"] = {
            "Metric": capitalised(chosen(metric, "namespace", "metricName")) | {"Dimensions": dimensions},
            "Stat": metric["stat"],
            "Period": metric["period"],
        }
    return asked


MAKERS: Final[dict[str, Maker]] = {
    "aws:cloudwatch/logGroup:LogGroup": log_group,
    "aws:cloudwatch/dashboard:Dashboard": dashboard,
    "aws:cloudwatch/metricAlarm:MetricAlarm": alarm,
}
