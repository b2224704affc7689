"""The results API: who may ask it, by which way, and what it is told."""

from collections.abc import Mapping
from typing import Any

import pytest

from infra.config import ConfigError
from infra.config import load as load_config
from services.results.api.domain.callers import Permission, caller
from services.results.api.settings import ENVIRONMENT, load
from tests.unit.infra.stacks import KINDS, WITH_API, declared
from tests.unit.infra.test_workers import LEFT_ALONE

CLIENT = "aws:cognito/userPoolClient:UserPoolClient"
SERVER = "aws:cognito/resourceServer:ResourceServer"
SERVICE = "aws:ecs/service:Service"


@pytest.mark.parametrize("kind", WITH_API)
def test_the_api_is_told_all_that_it_reads(kind: str) -> None:
    given = declared(kind).environment("api")
    assert set(given) <= ENVIRONMENT
    assert ENVIRONMENT - set(given) <= set(LEFT_ALONE)
    read, outputs = load(given), declared(kind).outputs
    assert (read.queues, read.user_pool_id) == (outputs["queues"], outputs["api_user_pool_id"])
    assert (read.ledger_table, read.media_events_url) == (outputs["ledger_table"], outputs["queues"]["media-events"])
    assert read.api_shown == (f"{outputs['media_bucket']}/", f"{outputs['work_bucket']}/derivatives/")
    assert "api" in outputs["services"]


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in WITH_API])
def test_there_is_no_api_where_nobody_asked_for_it(kind: str) -> None:
    assert declared(kind).outputs["api_url"] == ""
    assert not declared(kind).of(SERVER)


def test_every_right_and_every_tenant_is_a_scope_as_the_service_reads_it() -> None:
    servers = [each.inputs for each in declared("api").of(SERVER)]
    scopes = [f"{server['identifier']}/{scope['scopeName']}" for server in servers for scope in server["scopes"]]
    everything = caller("anybody", scopes)
    assert everything.permissions == set(Permission)
    assert everything.tenants == {"*", "default"}


def test_a_client_gets_tokens_for_its_own_scopes_by_its_secret_alone() -> None:
    clients = {each.name: each.inputs for each in declared("api").of(CLIENT) if each.name.startswith("api-client-")}
    assert set(clients) == {"api-client-operator", "api-client-shop"}
    for inputs in clients.values():
        assert (inputs["generateSecret"], inputs["allowedOauthFlows"]) == (True, ["client_credentials"])
    assert clients["api-client-shop"]["allowedOauthScopes"] == ["gavel/read", "tenant/default"]


def test_nobody_can_sign_in_to_the_programs_pool() -> None:
    pool = declared("api").one("aws:cognito/userPool:UserPool", "api-clients").inputs
    assert pool["adminCreateUserConfig"] == {"allowAdminCreateUserOnly": True}
    assert pool["deletionProtection"] == "ACTIVE"


def test_the_load_balancer_hands_the_apis_paths_to_its_tasks_and_only_it_reaches_them() -> None:
    rule = declared("api").one("aws:lb/listenerRule:ListenerRule", "api-paths").inputs
    assert rule["conditions"] == [{"pathPattern": {"values": ["/v1/*", "/console", "/console/*"]}}]
    service = declared("api").one(SERVICE, "api-service").inputs
    assert service["loadBalancers"][0]["containerPort"] == 8090
    assert service["networkConfiguration"]["securityGroups"] == ["tasks-id", "api-tasks-id"]
    into = declared("api").one("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "api-tasks-from-entrance")
    assert into.inputs["referencedSecurityGroupId"] == "desk-entrance-id"
    assert declared("api").outputs["api_url"] == "https://desk.example.com"


def test_the_api_has_as_many_tasks_as_its_callers_keep_busy() -> None:
    policy = declared("api").one("aws:appautoscaling/policy:Policy", "api-scale-by-load").inputs
    target = declared("api").one("aws:appautoscaling/target:Target", "api-scale").inputs
    assert policy["resourceId"] == target["resourceId"] == "service/gavel-prod/api"
    assert policy["targetTrackingScalingPolicyConfiguration"]["predefinedMetricSpecification"] == {
        "predefinedMetricType": "ECSServiceAverageCPUUtilization"
    }
    assert target["minCapacity"] < target["maxCapacity"]


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"api": True}, "api: desk_entrance or api_url has to say where callers find it"),
        (
            {"api": True, "api_url": "https://api.example.com", "nat": "none", "review_backend": "desk"},
            "api: a user pool that gives programs tokens has no private endpoint, so tasks need a NAT gateway",
        ),
        (
            {"api_clients": [{"name": "shop", "items_of": ["shop"]}]},
            "api_clients: shop: there is no such tenant: shop",
        ),
        (
            {"api_clients": [{"name": "shop", "permissions": []}]},
            "api_clients: shop: without a permission and a tenant there is nothing that it could do",
        ),
        ({"api_clients": [{"name": "a"}, {"name": "a"}]}, "api_clients: a is there twice"),
    ],
    ids=str,
)
def test_what_can_not_be_is_refused(values: Mapping[str, Any], told: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_config("dev", {"region": "eu-west-1", **values})
    assert caught.value.problems == (told,)
