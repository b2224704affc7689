"""The services that moto plays: whatever Gavel asks of them is answered as botocore's model says, member by member.

Each test walks through one use of a service; `validating` holds every answer on the way against the model.
"""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.conftest import Aws
from tests.contract.model import validating

Unique = Callable[[str], str]

KEEP_THIRTY = {
    "rulePriority": 1,
    "selection": {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 30},
    "action": {"type": "expire"},
}


def test_dynamodb_keeps_a_table_as_the_ledger_needs_it(aws: Aws, unique: Unique) -> None:
    dynamodb, table = validating(aws("dynamodb")), unique("ledger")
    dynamodb.create_table(
        TableName=table,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[
            {"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk", "status_day", "updated_at")
        ],
        KeySchema=key("pk", "sk"),
        GlobalSecondaryIndexes=[
            {
                "IndexName": "by_status",
                "KeySchema": key("status_day", "updated_at"),
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
        SSESpecification={"Enabled": True},
        Tags=[{"Key": "stack", "Value": "tests"}],
    )
    described = dynamodb.describe_table(TableName=table)["Table"]
    assert described["TableStatus"] == "ACTIVE"
    dynamodb.update_time_to_live(
        TableName=table, TimeToLiveSpecification={"Enabled": True, "AttributeName": "expires_at"}
    )
    assert dynamodb.describe_time_to_live(TableName=table)["TimeToLiveDescription"]["AttributeName"] == "expires_at"
    dynamodb.update_continuous_backups(
        TableName=table, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
    )
    dynamodb.describe_continuous_backups(TableName=table)
    dynamodb.list_tags_of_resource(ResourceArn=described["TableArn"])

    item = {"pk": {"S": "a"}, "sk": {"S": "summary"}, "status_day": {"S": "open#1"}, "updated_at": {"S": "1"}}
    only_new = "attribute_not_exists(pk)"
    dynamodb.put_item(TableName=table, Item=item, ConditionExpression=only_new)
    with pytest.raises(dynamodb.exceptions.ConditionalCheckFailedException):
        dynamodb.put_item(TableName=table, Item=item, ConditionExpression=only_new)
    place = {"pk": {"S": "a"}, "sk": {"S": "summary"}}
    assert dynamodb.get_item(TableName=table, Key=place, ConsistentRead=True)["Item"] == item
    dynamodb.update_item(
        TableName=table,
        Key=place,
        UpdateExpression="SET updated_at = :now",
        ExpressionAttributeValues={":now": {"S": "2"}},
        ReturnValues="ALL_NEW",
    )
    found = dynamodb.query(
        TableName=table,
        IndexName="by_status",
        KeyConditionExpression="status_day = :day",
        ExpressionAttributeValues={":day": {"S": "open#1"}},
    )
    assert [entry["updated_at"] for entry in found["Items"]] == [{"S": "2"}]
    put = {"Put": {"TableName": table, "Item": {**item, "sk": {"S": "verdict#1"}}, "ConditionExpression": only_new}}
    dynamodb.transact_write_items(TransactItems=[put])
    with pytest.raises(dynamodb.exceptions.TransactionCanceledException) as cancelled:
        dynamodb.transact_write_items(TransactItems=[put])
    assert cancelled.value.response["CancellationReasons"][0]["Code"] == "ConditionalCheckFailed"
    dynamodb.batch_get_item(RequestItems={table: {"Keys": [place]}})
    dynamodb.delete_item(TableName=table, Key=place)
    dynamodb.delete_table(TableName=table)


def key(partition: str, sort: str) -> list[dict[str, str]]:
    return [{"AttributeName": partition, "KeyType": "HASH"}, {"AttributeName": sort, "KeyType": "RANGE"}]


def test_kms_keeps_a_customer_key(aws: Aws, unique: Unique) -> None:
    kms, alias = validating(aws("kms")), unique("alias/tests")
    key_id = kms.create_key(Description="tests", Tags=[{"TagKey": "stack", "TagValue": "tests"}])["KeyMetadata"][
        "KeyId"
    ]
    kms.create_alias(AliasName=alias, TargetKeyId=key_id)
    assert kms.describe_key(KeyId=alias)["KeyMetadata"]["KeyId"] == key_id
    kms.enable_key_rotation(KeyId=key_id)
    assert kms.get_key_rotation_status(KeyId=key_id)["KeyRotationEnabled"] is True
    policy = kms.get_key_policy(KeyId=key_id, PolicyName="default")["Policy"]
    kms.put_key_policy(KeyId=key_id, PolicyName="default", Policy=policy)
    kms.list_aliases(KeyId=key_id)
    kms.list_resource_tags(KeyId=key_id)
    made = kms.generate_data_key(KeyId=alias, KeySpec="AES_256")
    assert kms.decrypt(CiphertextBlob=made["CiphertextBlob"])["Plaintext"] == made["Plaintext"]
    secret = kms.encrypt(KeyId=alias, Plaintext=b"x")["CiphertextBlob"]
    assert kms.decrypt(CiphertextBlob=secret)["Plaintext"] == b"x"
    kms.schedule_key_deletion(KeyId=key_id, PendingWindowInDays=7)


def test_ecr_keeps_a_repository(aws: Aws, unique: Unique) -> None:
    ecr, name = validating(aws("ecr")), unique("gavel")
    made = ecr.create_repository(
        repositoryName=name,
        imageTagMutability="IMMUTABLE",
        imageScanningConfiguration={"scanOnPush": True},
        encryptionConfiguration={"encryptionType": "AES256"},
    )["repository"]
    assert made["repositoryUri"] == f"000000000000.dkr.ecr.us-east-1.amazonaws.com/{name}"
    ecr.describe_repositories(repositoryNames=[name])
    ecr.put_lifecycle_policy(repositoryName=name, lifecyclePolicyText=json.dumps({"rules": [KEEP_THIRTY]}))
    ecr.get_lifecycle_policy(repositoryName=name)
    ecr.get_authorization_token()
    ecr.list_tags_for_resource(resourceArn=made["repositoryArn"])
    ecr.delete_repository(repositoryName=name)


def test_cognito_keeps_reviewers(aws: Aws, unique: Unique) -> None:
    cognito = validating(aws("cognito-idp"))
    pool = cognito.create_user_pool(
        PoolName=unique("reviewers"),
        Policies={"PasswordPolicy": {"MinimumLength": 12, "RequireNumbers": True}},
        AdminCreateUserConfig={"AllowAdminCreateUserOnly": True},
        MfaConfiguration="OFF",
        AccountRecoverySetting={"RecoveryMechanisms": [{"Priority": 1, "Name": "verified_email"}]},
        UserPoolTags={"stack": "tests"},
    )["UserPool"]["Id"]
    cognito.describe_user_pool(UserPoolId=pool)
    client = cognito.create_user_pool_client(
        UserPoolId=pool,
        ClientName="desk",
        GenerateSecret=False,
        ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH", "ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
    )["UserPoolClient"]["ClientId"]
    cognito.describe_user_pool_client(UserPoolId=pool, ClientId=client)
    cognito.create_user_pool_domain(UserPoolId=pool, Domain=unique("desk"))
    cognito.create_group(UserPoolId=pool, GroupName="reviewers", Description="they review", Precedence=1)
    cognito.list_groups(UserPoolId=pool)
    cognito.admin_create_user(
        UserPoolId=pool, Username="robin", TemporaryPassword="Changeme-1234", MessageAction="SUPPRESS"
    )
    cognito.admin_add_user_to_group(UserPoolId=pool, GroupName="reviewers", Username="robin")
    assert [user["Username"] for user in cognito.list_users_in_group(UserPoolId=pool, GroupName="reviewers")["Users"]]
    cognito.admin_list_groups_for_user(UserPoolId=pool, Username="robin")
    first = {"USERNAME": "robin", "PASSWORD": "Changeme-1234"}
    challenge = cognito.initiate_auth(ClientId=client, AuthFlow="USER_PASSWORD_AUTH", AuthParameters=first)
    assert challenge["ChallengeName"] == "NEW_PASSWORD_REQUIRED"
    cognito.respond_to_auth_challenge(
        ClientId=client,
        ChallengeName="NEW_PASSWORD_REQUIRED",
        Session=challenge["Session"],
        ChallengeResponses={"USERNAME": "robin", "NEW_PASSWORD": "Correct-horse-1"},
    )
    cognito.admin_get_user(UserPoolId=pool, Username="robin")
    cognito.delete_user_pool_domain(
        UserPoolId=pool, Domain=cognito.describe_user_pool(UserPoolId=pool)["UserPool"]["Domain"]
    )
    cognito.delete_user_pool(UserPoolId=pool)


def test_application_auto_scaling_keeps_target_and_policy(aws: Aws, unique: Unique) -> None:
    ecs, scaling, name = validating(aws("ecs")), validating(aws("application-autoscaling")), unique("scaled")
    ecs.create_cluster(clusterName=name)
    container = {"name": "main", "image": "gavel:local", "memory": 16}
    ecs.register_task_definition(family=name, containerDefinitions=[container])
    ecs.create_service(cluster=name, serviceName="moderate", taskDefinition=name, desiredCount=0)
    place = {
        "ServiceNamespace": "ecs",
        "ResourceId": f"service/{name}/moderate",
        "ScalableDimension": "ecs:service:DesiredCount",
    }
    scaling.register_scalable_target(**place, MinCapacity=1, MaxCapacity=3)
    scaling.describe_scalable_targets(ServiceNamespace="ecs", ResourceIds=[place["ResourceId"]])
    statistic: dict[str, Any] = {
        "Metric": {"Namespace": "AWS/SQS", "MetricName": "ApproximateNumberOfMessagesVisible", "Dimensions": []},
        "Stat": "Sum",
    }
    scaling.put_scaling_policy(
        **place,
        PolicyName="backlog",
        PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration={
            "TargetValue": 50,
            "ScaleInCooldown": 300,
            "CustomizedMetricSpecification": {
                "Metrics": [
                    {"Id": "waiting", "MetricStat": statistic, "ReturnData": False},
                    {"Id": "backlog", "Expression": "waiting / 1", "Label": "backlog", "ReturnData": True},
                ]
            },
        },
    )
    (policy,) = scaling.describe_scaling_policies(**place)["ScalingPolicies"]
    assert policy["PolicyName"] == "backlog"
    scaling.delete_scaling_policy(**place, PolicyName="backlog")
    scaling.deregister_scalable_target(**place)


def test_ecs_keeps_clusters_and_task_definitions(aws: Aws, unique: Unique) -> None:
    ecs, name = validating(aws("ecs")), unique("cluster")
    cluster = ecs.create_cluster(
        clusterName=name,
        settings=[{"name": "containerInsights", "value": "enabled"}],
        capacityProviders=["FARGATE", "FARGATE_SPOT"],
        defaultCapacityProviderStrategy=[{"capacityProvider": "FARGATE", "weight": 1}],
        tags=[{"key": "stack", "value": "tests"}],
    )["cluster"]
    ecs.describe_clusters(clusters=[name], include=["TAGS", "SETTINGS"])
    ecs.list_clusters()
    ecs.list_tags_for_resource(resourceArn=cluster["clusterArn"])
    arn = ecs.register_task_definition(
        family=name,
        requiresCompatibilities=["FARGATE"],
        networkMode="awsvpc",
        cpu="256",
        memory="512",
        taskRoleArn="arn:aws:iam::000000000000:role/task",
        executionRoleArn="arn:aws:iam::000000000000:role/execution",
        runtimePlatform={"cpuArchitecture": "ARM64", "operatingSystemFamily": "LINUX"},
        volumes=[{"name": "tmp"}],
        containerDefinitions=[
            {
                "name": "main",
                "image": "gavel:local",
                "essential": True,
                "command": ["python", "-m", "services.ingest.main"],
                "environment": [{"name": "GAVEL_STACK", "value": "local"}],
                "stopTimeout": 60,
                "user": "10001:10001",
                "readonlyRootFilesystem": True,
                "linuxParameters": {"initProcessEnabled": True},
                "mountPoints": [{"sourceVolume": "tmp", "containerPath": "/tmp", "readOnly": False}],  # noqa: S108
                "logConfiguration": {"logDriver": "awslogs", "options": {"awslogs-group": "/gavel"}},
            }
        ],
    )["taskDefinition"]["taskDefinitionArn"]
    described = ecs.describe_task_definition(taskDefinition=name)["taskDefinition"]
    assert (described["taskDefinitionArn"], described["containerDefinitions"][0]["stopTimeout"]) == (arn, 60)
    ecs.list_task_definitions(familyPrefix=name)
    ecs.list_task_definition_families(familyPrefix=name)
    ecs.deregister_task_definition(taskDefinition=arn)
    ecs.delete_cluster(cluster=name)
