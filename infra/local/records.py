"""DynamoDB and SSM: what Gavel looks things up in."""

from typing import Any, Final

from infra.local.aws import Aws, Made, Maker, Properties, capitalised, fits, found


def table(aws: Aws, name: str, inputs: Properties) -> Made:
    """Keys and indexes of a table that is there already aren't changed: that takes a new one."""
    dynamodb, which = aws.client("dynamodb"), {"TableName": inputs["name"]}
    if found(dynamodb.describe_table, "ResourceNotFoundException", **which) is None:
        encryption = inputs["serverSideEncryption"]
        indexes = [_index(each) for each in inputs["globalSecondaryIndexes"]]
        key = {"SSEType": "KMS", "KMSMasterKeyId": encryption["kmsKeyArn"]} if encryption.get("kmsKeyArn") else {}
        dynamodb.create_table(
            **which,
            BillingMode=inputs["billingMode"],
            AttributeDefinitions=[
                {"AttributeName": each["name"], "AttributeType": each["type"]} for each in inputs["attributes"]
            ],
            KeySchema=[
                {"AttributeName": inputs["hashKey"], "KeyType": "HASH"},
                {"AttributeName": inputs["rangeKey"], "KeyType": "RANGE"},
            ],
            # DynamoDB takes no empty list.
            **({"GlobalSecondaryIndexes": indexes} if indexes else {}),
            SSESpecification={"Enabled": encryption["enabled"], **key},
            DeletionProtectionEnabled=inputs["deletionProtectionEnabled"],
        )
        dynamodb.get_waiter("table_exists").wait(**which)
    time_to_live = capitalised(inputs["ttl"])
    there = dynamodb.describe_time_to_live(**which)["TimeToLiveDescription"]
    if (there["TimeToLiveStatus"] == "ENABLED") != time_to_live["Enabled"]:
        dynamodb.update_time_to_live(**which, TimeToLiveSpecification=time_to_live)
    backups = dynamodb.describe_continuous_backups(**which)["ContinuousBackupsDescription"]
    recoverable = backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED"
    if recoverable != inputs["pointInTimeRecovery"]["enabled"]:
        dynamodb.update_continuous_backups(
            **which,
            PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": inputs["pointInTimeRecovery"]["enabled"]},
        )
    return Made(id=inputs["name"], outputs={"arn": aws.arn("dynamodb", f"table/{inputs['name']}")})


def parameter(aws: Aws, name: str, inputs: Properties) -> Made:
    ssm = aws.client("ssm")
    wanted = {"Type": inputs["type"], "Value": inputs["insecureValue"]}
    there = found(ssm.get_parameter, "ParameterNotFound", Name=inputs["name"]) or {}
    if not fits(there.get("Parameter"), wanted):
        ssm.put_parameter(
            Name=inputs["name"], Description=inputs["description"], Tier=inputs["tier"], Overwrite=True, **wanted
        )
    return Made(id=inputs["name"], outputs={"arn": aws.arn("ssm", f"parameter{inputs['name']}")})


def _index(index: dict[str, Any]) -> dict[str, Any]:
    return {
        "IndexName": index["name"],
        "KeySchema": capitalised(index["keySchemas"]),
        "Projection": {"ProjectionType": index["projectionType"]},
    }


MAKERS: Final[dict[str, Maker]] = {
    "aws:dynamodb/table:Table": table,
    "aws:ssm/parameter:Parameter": parameter,
}
