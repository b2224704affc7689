"""The console: who may sign in to it, by what, and where it is."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from infra.config import ConfigError
from infra.config import load as load_config
from infra.policy_files import policy_files, problems
from services.results.api.domain.callers import EVERY_TENANT, Permission
from services.results.api.settings import load
from tests.unit.infra.stacks import KINDS, WITH_API, declared

CLIENT = "aws:cognito/userPoolClient:UserPoolClient"
GROUP = "aws:cognito/userGroup:UserGroup"


@pytest.mark.parametrize("kind", WITH_API)
def test_its_groups_are_of_the_reviewers_pool_and_stand_for_scopes(kind: str) -> None:
    declaration = declared(kind)
    read = load(declaration.environment("api"))
    (group,) = (each.inputs for each in declaration.of(GROUP) if each.name.startswith("operators-"))
    assert set(read.console_groups) == {group["name"]}
    assert declaration.outputs["operator_groups"] == [group["name"]]
    grant = read.console_groups[group["name"]]
    assert (grant.permissions, grant.items_of) == (frozenset(Permission), frozenset({EVERY_TENANT}))
    assert read.console_pool_id == declaration.outputs["user_pool_id"] != read.user_pool_id


@pytest.mark.parametrize("kind", WITH_API)
def test_a_token_for_the_desk_is_none_for_the_console(kind: str) -> None:
    declaration = declared(kind)
    inputs = declaration.one(CLIENT, "console-client").inputs
    assert load(declaration.environment("api")).console_client_id != declaration.outputs["user_pool_client_id"]
    assert inputs["explicitAuthFlows"] == ["ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
    assert (inputs["generateSecret"], inputs["idTokenValidity"]) == (True, 4)
    assert inputs["tokenValidityUnits"] == {"idToken": "hours"}
    assert "allowedOauthFlows" not in inputs


def test_it_is_below_the_apis_address_and_alerts_lead_there() -> None:
    declaration = declared("api")
    assert declaration.outputs["console_url"] == "https://desk.example.com/console"
    assert declaration.environment("review")["GAVEL_CONSOLE_URL"] == declaration.outputs["console_url"]


def test_traces_are_looked_up_where_the_collector_sends_them() -> None:
    assert declared("api").environment("api")["GAVEL_TRACE_URL"] == (
        "https://us-east-1.console.aws.amazon.com/cloudwatch/home?region=us-east-1#xray:traces/{xray_id}"
    )
    assert "GAVEL_TRACE_URL" not in declared("local").environment("api")


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in WITH_API])
def test_there_is_none_without_the_api(kind: str) -> None:
    assert declared(kind).outputs["console_url"] == ""
    assert not [each for each in declared(kind).of(GROUP, CLIENT) if "operators" in each.name or "console" in each.name]


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"operators": [{"name": "a"}, {"name": "a"}]}, "operators: a is there twice"),
        (
            {"operators": [{"name": "moderators"}]},
            "operators: moderators is the default team: its reviewers would be operators",
        ),
        ({"operators": [{"name": "a", "items_of": ["shop"]}]}, "operators: a: there is no such tenant: shop"),
    ],
    ids=str,
)
def test_what_would_let_others_in_is_refused(values: Mapping[str, Any], told: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_config("dev", {"region": "eu-west-1", **values})
    assert caught.value.problems == (told,)


def test_a_policys_team_can_not_be_a_group_of_operators() -> None:
    (file,) = policy_files(("standard",))
    review = replace(file.policy.review, team="operators")
    told = problems(
        load_config("dev", {"region": "eu-west-1"}), (replace(file, policy=replace(file.policy, review=review)),)
    )
    assert "policy standard: its team operators is a group of operators" in told
