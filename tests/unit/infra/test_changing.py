"""What becomes of what is there when the program or a stack's configuration changes."""

import pytest

from infra.entrance import targets_name
from infra.worker import DeploymentFailed, stayed
from tests.fakes.pulumi_engine import Declared, arn
from tests.unit.infra.stacks import KINDS, WITH_A2I, declared

SERVICE = "aws:ecs/service:Service"
RULE = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
POLICY = "aws:iam/rolePolicy:RolePolicy"
KEEPING = (
    *("aws:cognito/userPool:UserPool", "aws:dynamodb/table:Table", "aws:kms/key:Key"),
    "aws:s3/bucket:Bucket",
)
"""What is lost with the resource can't be made again."""


@pytest.mark.parametrize("kind", KINDS)
def test_pulumi_neither_deletes_nor_replaces_what_keeps_something_while_a_stack_is_protected(kind: str) -> None:
    protected = {each.name: declared(kind).options_of(each.type, each.name).is_protected for each in kept(kind)}
    assert set(protected.values()) == {kind in {"prod", "desk", "api"}}, protected


def kept(kind: str) -> tuple[Declared, ...]:
    return declared(kind).of(*KEEPING)


@pytest.mark.parametrize("kind", KINDS)
def test_tasks_have_their_rights_from_their_start_to_their_end(kind: str) -> None:
    rights = {each.name for each in declared(kind).of(POLICY)}
    for service in declared(kind).outputs["services"]:
        own = {name for name in rights if name.startswith(f"{service}-") and name.endswith("-policy")}
        assert {f"{service}-task-policy", f"{service}-execution-policy"} <= own
        assert own <= declared(kind).options_of(SERVICE, f"{service}-service").after


@pytest.mark.parametrize("kind", KINDS)
def test_a_service_keeps_its_name_whatever_it_runs_on(kind: str) -> None:
    for service in declared(kind).of(SERVICE):
        assert service.inputs["forceNewDeployment"] is True, "else other strategies would take another service"
        assert service.inputs["waitForSteadyState"] is True


def test_a_deployment_that_ecs_took_back_is_told_of() -> None:
    old, new = arn("ecs", "task-definition/gavel-prod-ingest:7"), arn("ecs", "task-definition/gavel-prod-ingest:8")
    stayed("ingest", new, new)
    with pytest.raises(DeploymentFailed, match=r"ingest: .* went back to gavel-prod-ingest:7"):
        stayed("ingest", old, new)


@pytest.mark.parametrize("kind", [kind for kind in WITH_A2I if kind != "what was there before"])
def test_a_pools_domain_makes_room_for_another(kind: str) -> None:
    assert declared(kind).options_of("aws:cognito/userPoolDomain:UserPoolDomain", "reviewers-domain").is_deleted_first


def test_who_is_let_in_is_named_after_itself_so_that_others_can_go() -> None:
    names = {each.name for each in declared("desk").of(RULE) if "cidrIpv4" in each.inputs}
    assert names == {
        *("desk-https-from-192.0.2.0-24", "desk-http-from-192.0.2.0-24"),
        *("desk-https-from-198.51.100.7-32", "desk-http-from-198.51.100.7-32"),
    }


def test_tasks_that_listen_elsewhere_are_a_group_of_targets_of_their_own() -> None:
    names = {targets_name("gavel-prod", service, port) for service in ("desk", "api") for port in (8080, 8090)}
    assert len(names) == 4
    assert len(targets_name(f"gavel-{'s' * 16}", "desk", 65_535)) == 32, "what Elastic Load Balancing takes"


@pytest.mark.parametrize("kind", WITH_A2I)
def test_pages_and_flow_definitions_outlive_their_successors_since_people_may_be_at_them(kind: str) -> None:
    types = ("aws:sagemaker/humanTaskUI:HumanTaskUI", "aws:sagemaker/flowDefinition:FlowDefinition")
    found = declared(kind).of(*types)
    assert found
    for each in found:
        assert declared(kind).options_of(each.type, each.name).is_kept
        assert "flow-role-policy" in declared(kind).options_of(each.type, each.name).after
