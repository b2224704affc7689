"""Keys, queues, topics and buckets name who may use them: policies of resources against those of roles, both ways."""

import pytest

from tests.fakes.pulumi_engine import ACCOUNT, REGION
from tests.unit.infra.stacks import KINDS, WITH_OWN_KEY, Declaration, Statement, declared

ROLE = f"arn:aws:iam::{ACCOUNT}:role/"
CONSUMING = ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility", "sqs:PurgeQueue")
FROM_CLOUDWATCH = "alarms"
"""The topic that no role publishes to."""


def allowed_roles(declaration: Declaration, action: str, arn: str) -> set[str]:
    """The roles whose own policies allow an action on a resource."""
    names = {each.name: each.inputs["name"] for each in declaration.of("aws:iam/role:Role")}
    policies = {each.name: each.inputs["role"] for each in declaration.of("aws:iam/rolePolicy:RolePolicy")}
    assert set(policies.values()) <= set(names.values())
    return {
        ROLE + policies[each.resource.name]
        for each in declaration.statements()
        if each.resource.name in policies and action in each.actions and arn in each.resources
    }


def refusals(declaration: Declaration, type_: str, sid: str) -> dict[str, Statement]:
    """By resource, the one statement of this name in its policy."""
    found = [each for each in declaration.statements() if each.resource.type == type_ and each.sid == sid]
    assert all(each.effect == "Deny" and each.principals == {"AWS": "*"} for each in found)
    assert all(each.conditions["Bool"] == {"aws:PrincipalIsAWSService": "false"} for each in found)
    return {each.resources[0]: each for each in found}


@pytest.mark.parametrize("kind", KINDS)
def test_a_queue_lets_nobody_but_the_roles_that_may_consume_it_take_messages_away(kind: str) -> None:
    declaration = declared(kind)
    refused = refusals(declaration, "aws:sqs/queuePolicy:QueuePolicy", "OnlyItsOwn")
    assert len(refused) == len(declaration.of("aws:sqs/queue:Queue"))
    for arn, statement in refused.items():
        assert statement.actions == CONSUMING
        named = set(statement.conditions["ArnNotEquals"]["aws:PrincipalArn"])
        assert named == allowed_roles(declaration, "sqs:ReceiveMessage", arn), arn


@pytest.mark.parametrize("kind", KINDS)
def test_a_topic_lets_nobody_but_the_roles_that_may_publish_speak(kind: str) -> None:
    declaration = declared(kind)
    refused = refusals(declaration, "aws:sns/topicPolicy:TopicPolicy", "OnlyItsOwn")
    topics = {each.name for each in declaration.of("aws:sns/topic:Topic")}
    assert len(refused) == len(topics - {FROM_CLOUDWATCH})
    for arn, statement in refused.items():
        assert statement.actions == ("sns:Publish",)
        named = set(statement.conditions["ArnNotEquals"]["aws:PrincipalArn"])
        assert named == allowed_roles(declaration, "sns:Publish", arn), arn


@pytest.mark.parametrize("kind", KINDS)
def test_a_bucket_refuses_everything_to_other_accounts(kind: str) -> None:
    declaration = declared(kind)
    refused = refusals(declaration, "aws:s3/bucketPolicy:BucketPolicy", "OwnAccountOnly")
    buckets = {f"arn:aws:s3:::{each.inputs['bucket']}" for each in declaration.of("aws:s3/bucket:Bucket")}
    assert set(refused) == buckets
    for arn, statement in refused.items():
        assert statement.actions == ("s3:*",)
        assert statement.resources == (arn, f"{arn}/*")
        assert statement.conditions["StringNotEquals"] == {"aws:PrincipalAccount": ACCOUNT}


@pytest.mark.parametrize("kind", WITH_OWN_KEY)
def test_a_key_is_used_through_the_services_that_keep_what_it_encrypts_or_by_those_that_it_names(kind: str) -> None:
    (key,) = declared(kind).of("aws:kms/key:Key")
    for statement in declared(kind).statements():
        reads = {"kms:Decrypt", "kms:GenerateDataKey*", "kms:Encrypt"} & set(statement.actions)
        if statement.resource != key or not reads or "Service" in statement.principals:
            continue
        conditions = statement.conditions
        through = conditions.get("StringEquals", {}).get("kms:ViaService", ())
        by = conditions.get("ArnEquals", {}).get("aws:PrincipalArn", "")
        if through:
            kept = {service.removesuffix(f".{REGION}.amazonaws.com") for service in through}
            assert kept == {"dynamodb", "ecr", "s3", "sns", "sqs"}
        else:
            assert by.startswith(ROLE), statement.sid
