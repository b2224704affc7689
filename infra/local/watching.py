"""CloudWatch and its logs: what a stack is watched by."""

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
        chosen(
            *(inputs, "alarmDescription", "namespace", "metricName", "statistic", "comparisonOperator"),
            *("treatMissingData", "alarmActions"),
        )
    ) | {
        "OKActions": inputs["okActions"],
        "Dimensions": [{"Name": key, "Value": value} for key, value in inputs["dimensions"].items()],
        "Period": inputs["period"],
        "EvaluationPeriods": inputs["evaluationPeriods"],
        "DatapointsToAlarm": inputs["datapointsToAlarm"],
        "Threshold": inputs["threshold"],
    }
    there = cloudwatch.describe_alarms(AlarmNames=[inputs["name"]])["MetricAlarms"]
    if not there or not fits(there[0], wanted):
        cloudwatch.put_metric_alarm(AlarmName=inputs["name"], **wanted)
    return Made(id=inputs["name"], outputs={"arn": aws.arn("cloudwatch", f"alarm:{inputs['name']}")})


MAKERS: Final[dict[str, Maker]] = {
    "aws:cloudwatch/logGroup:LogGroup": log_group,
    "aws:cloudwatch/metricAlarm:MetricAlarm": alarm,
}
