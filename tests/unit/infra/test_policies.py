"""What every IAM document of every stack must hold to."""

import pytest

from infra.permissions import ACTIONS_WITHOUT_RESOURCES
from tests.fakes.pulumi_engine import ACCOUNT
from tests.unit.infra.stacks import KINDS, Statement, declared

EVERY_RESOURCE_ALLOWED = ACTIONS_WITHOUT_RESOURCES | {
    "xray:PutTraceSegments": "X-Ray has no resource level for traces",
    "ecr:GetAuthorizationToken": "signing in to ECR is for the account's registry as a whole",
}
"""Actions that can only be allowed on `*`, with the reason."""

UNCONDITIONED_PRINCIPALS = {
    ("flow-role", "sagemaker.amazonaws.com"): "SageMaker documents no confused-deputy conditions for A2I",
}
"""(resource, service) of statements for a service that carry no condition, with the reason."""

KEY = "aws:kms/key:Key"
ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"
HELD_BY_CONTEXT = "kms:EncryptionContext:aws:logs:arn"
"""What CloudWatch Logs is held to this stack's groups by, where others have a source."""


NAMED_OTHERWISE = (
    ":key/encryption-key",
    ":human-loop/*",
    # Made up by the engine that stands in for Cognito, which names pools by itself.
    ":userpool/reviewers-id",
    # Adapters are the account's, and a policy may name any of them.
    ":project/*",
    # The account's own bus: who may tell what on it, the statement's condition on the source says.
    ":event-bus/default",
)
"""Ends of ARNs that are this stack's, or as narrow as AWS has them."""


def allowed(kind: str) -> list[Statement]:
    """What somebody may do. A network endpoint's policy allows nobody anything: it is a sieve for what others allow."""
    statements = declared(kind).statements()
    return [each for each in statements if each.effect == "Allow" and each.resource.type != ENDPOINT]


@pytest.mark.parametrize("kind", KINDS)
def test_no_action_is_a_wildcard_over_a_service(kind: str) -> None:
    actions = {action for statement in allowed(kind) for action in statement.actions}
    assert not [action for action in actions if action == "*" or action.endswith(":*")]


@pytest.mark.parametrize("kind", KINDS)
def test_only_kms_actions_end_in_a_wildcard_as_aws_documents_them(kind: str) -> None:
    wild = {action for statement in allowed(kind) for action in statement.actions if "*" in action}
    assert wild <= {"kms:ReEncrypt*", "kms:GenerateDataKey*"}


@pytest.mark.parametrize("kind", KINDS)
def test_every_resource_is_named_except_where_aws_has_no_resource_level(kind: str) -> None:
    # In a key's own policy `*` is the key itself.
    loose = [each for each in allowed(kind) if "*" in each.resources and each.resource.type != KEY]
    assert {action for statement in loose for action in statement.actions} <= set(EVERY_RESOURCE_ALLOWED)


@pytest.mark.parametrize("kind", KINDS)
def test_every_resource_belongs_to_this_stack(kind: str) -> None:
    prefix = f"gavel-{declared(kind).environment('ingest')['GAVEL_STACK']}"
    foreign = (
        {"arn:aws:s3:::shop-uploads", "arn:aws:s3:::shop-uploads/offers/*"}
        if kind == "what was there before"
        else set()
    )
    log_groups = prefix.replace("gavel-", "log-group:/gavel/")
    for statement in allowed(kind):
        for arn in set(statement.resources) - {"*"} - foreign:
            ours = prefix in arn or log_groups in arn or arn.endswith(NAMED_OTHERWISE)
            assert ours, f"{statement.resource.name}: {statement.sid}: {arn}"


WITHOUT_NARROWER_SOURCES = {"ecs-tasks.amazonaws.com", "sns.amazonaws.com", "rekognition.amazonaws.com"}
"""A task, a subscription's topic and a video job have no ARN that could be named beforehand, or none at all."""


@pytest.mark.parametrize("kind", KINDS)
def test_every_aws_service_acts_only_for_this_account_and_its_own_resources(kind: str) -> None:
    for statement in allowed(kind):
        service = statement.principals.get("Service")
        if service is None or (statement.resource.name, service) in UNCONDITIONED_PRINCIPALS:
            continue
        where = f"{statement.resource.name}: {statement.sid}"
        arns = statement.conditions["ArnLike"]
        if HELD_BY_CONTEXT in arns:
            assert all(ACCOUNT in arn and "gavel" in arn for arn in arns[HELD_BY_CONTEXT]), where
            continue
        source = arns.get("aws:SourceArn", "*")
        assert source.startswith("arn:aws:"), where
        assert "aws:SourceAccount" in statement.conditions.get("StringEquals", {}) or f":{ACCOUNT}:" in source, where
        assert not source.endswith(":*") or service in WITHOUT_NARROWER_SOURCES, where


@pytest.mark.parametrize("kind", KINDS)
def test_nobody_outside_the_account_is_let_in(kind: str) -> None:
    for statement in allowed(kind):
        principal = statement.principals.get("AWS")
        assert principal in {None, "arn:aws:iam::111122223333:root"}, f"{statement.resource.name}: {statement.sid}"


@pytest.mark.parametrize("kind", KINDS)
def test_the_ids_of_a_documents_statements_are_unique_and_take_letters_only(kind: str) -> None:
    seen: set[tuple[str, str, str]] = set()
    for each in declared(kind).statements():
        key = (each.resource.type, each.resource.name, each.sid)
        assert key not in seen
        assert each.sid.isalnum(), key
        seen.add(key)


def test_the_lists_of_exceptions_hold_nothing_that_is_not_needed() -> None:
    statements = [statement for kind in KINDS for statement in allowed(kind)]
    loose = {action for each in statements if "*" in each.resources for action in each.actions}
    assert set(EVERY_RESOURCE_ALLOWED) <= loose
    unconditioned = {
        (each.resource.name, each.principals.get("Service", "")) for each in statements if not each.conditions
    }
    assert set(UNCONDITIONED_PRINCIPALS) <= unconditioned
