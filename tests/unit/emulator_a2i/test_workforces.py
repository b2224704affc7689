"""The workforce and its work teams."""

from typing import Any

import pytest
from gavel_emulator.a2i import workforces, workteams
from gavel_emulator.a2i.refusals import Refused

from tests.unit.emulator_a2i.accounts import COGNITO, MEMBERS, Account

OIDC = {
    "ClientId": "client",
    "ClientSecret": "kept to itself",
    "Issuer": "https://idp.example",
    "AuthorizationEndpoint": "https://idp.example/authorize",
    "TokenEndpoint": "https://idp.example/token",
    "UserInfoEndpoint": "https://idp.example/user",
    "LogoutEndpoint": "https://idp.example/logout",
    "JwksUri": "https://idp.example/keys",
}


def code_of(caught: pytest.ExceptionInfo[Refused]) -> str:
    return caught.value.code


def test_there_is_one_workforce(account: Account) -> None:
    account.with_team()
    with pytest.raises(Refused, match="Cannot create more than one workforce for account 111122223333") as caught:
        workforces.create(account.plane, {"WorkforceName": "more", "CognitoConfig": COGNITO})
    assert code_of(caught) == "ValidationException"


def test_a_workforce_is_deleted_after_its_teams(account: Account) -> None:
    account.with_team()
    with pytest.raises(Refused) as caught:
        workforces.delete(account.plane, {"WorkforceName": "people"})
    assert code_of(caught) == "ResourceInUse"
    assert workteams.delete(account.plane, {"WorkteamName": "team"}) == {"Success": True}
    workforces.delete(account.plane, {"WorkforceName": "people"})
    with pytest.raises(Refused, match="No workforce found"):
        workforces.describe(account.plane, {"WorkforceName": "people"})


@pytest.mark.parametrize("configs", [{}, {"CognitoConfig": COGNITO, "OidcConfig": OIDC}])
def test_a_workforce_signs_in_in_exactly_one_way(account: Account, configs: dict[str, Any]) -> None:
    with pytest.raises(Refused, match="Exactly one"):
        workforces.create(account.plane, {"WorkforceName": "people"} | configs)


def test_a_client_secret_is_never_told(account: Account) -> None:
    workforces.create(account.plane, {"WorkforceName": "people", "OidcConfig": OIDC})
    assert "kept to itself" not in str(workforces.describe(account.plane, {"WorkforceName": "people"}))


def test_a_workforce_enters_and_leaves_a_vpc(account: Account) -> None:
    workforces.create(account.plane, {"WorkforceName": "people", "CognitoConfig": COGNITO})
    vpc = {"VpcId": "vpc-1", "SecurityGroupIds": ["sg-1"], "Subnets": ["subnet-1"]}

    def updated(**changes: Any) -> Any:
        return workforces.update(account.plane, {"WorkforceName": "people"} | changes)["Workforce"]

    assert updated(WorkforceVpcConfig=vpc)["WorkforceVpcConfig"]["VpcEndpointId"].startswith("vpce-")
    with pytest.raises(Refused, match="can't be combined"):
        updated(SourceIpConfig={"Cidrs": ["10.0.0.0/16"]})
    assert "WorkforceVpcConfig" not in updated(WorkforceVpcConfig={})
    assert updated(SourceIpConfig={"Cidrs": ["10.0.0.0/16"]})["SourceIpConfig"] == {"Cidrs": ["10.0.0.0/16"]}


def test_oidc_is_changed_only_without_teams(account: Account) -> None:
    workforces.create(account.plane, {"WorkforceName": "people", "OidcConfig": OIDC})
    members = [{"OidcMemberDefinition": {"Groups": ["reviewers"]}}]
    workteams.create(account.plane, {"WorkteamName": "team", "Description": "d", "MemberDefinitions": members})
    with pytest.raises(Refused) as caught:
        workforces.update(account.plane, {"WorkforceName": "people", "OidcConfig": OIDC})
    assert (caught.value.code, caught.value.status) == ("ConflictException", 400)


def test_a_cognito_workforce_stays_one(account: Account) -> None:
    account.with_team()
    with pytest.raises(Refused, match="can't change to OIDC"):
        workforces.update(account.plane, {"WorkforceName": "people", "OidcConfig": OIDC})


def test_a_team_needs_a_workforce(account: Account) -> None:
    with pytest.raises(Refused, match="No workforce") as caught:
        workteams.create(account.plane, {"WorkteamName": "t", "Description": "d", "MemberDefinitions": MEMBERS})
    assert code_of(caught) == "ValidationException"


@pytest.mark.parametrize(
    "members",
    [
        [{}],
        [{"OidcMemberDefinition": {"Groups": ["g"]}}],
        [MEMBERS[0] | {"OidcMemberDefinition": {"Groups": ["g"]}}],
        [{"CognitoMemberDefinition": COGNITO | {"UserGroup": "g", "ClientId": "other"}}],
        [MEMBERS[0], {"CognitoMemberDefinition": COGNITO | {"UserGroup": "g", "UserPool": "us-east-1_other"}}],
    ],
)
def test_the_members_of_a_team_come_from_its_workforce(account: Account, members: list[Any]) -> None:
    request = {"WorkteamName": "team", "MemberDefinitions": members, "Description": "d"}
    with pytest.raises(Refused, match="ember"):
        workteams.update(account.with_team().plane, request)


def test_an_updated_team_keeps_what_was_not_changed(account: Account) -> None:
    account.with_team()
    workteams.update(account.plane, {"WorkteamName": "team", "Description": "new"})
    team = workteams.describe(account.plane, {"WorkteamName": "team"})["Workteam"]
    assert (team["Description"], team["MemberDefinitions"]) == ("new", MEMBERS)
    assert team["LastUpdatedDate"] > team["CreateDate"]


def test_twenty_five_teams_are_the_limit(account: Account) -> None:
    account.with_team()
    request = {"Description": "d", "MemberDefinitions": MEMBERS}
    for number in range(24):
        workteams.create(account.plane, request | {"WorkteamName": f"team-{number}"})
    with pytest.raises(Refused) as caught:
        workteams.create(account.plane, request | {"WorkteamName": "more"})
    assert code_of(caught) == "ResourceLimitExceeded"


def test_a_missing_team_is_a_validation_error(account: Account) -> None:
    for operation in (workteams.describe, workteams.delete, workteams.update):
        with pytest.raises(Refused, match="The work team nobody") as caught:
            operation(account.plane, {"WorkteamName": "nobody"})
        assert code_of(caught) == "ValidationException"


def test_teams_are_found_by_a_part_of_their_name(account: Account) -> None:
    account.with_team()
    workteams.create(account.plane, {"WorkteamName": "A", "Description": "d", "MemberDefinitions": MEMBERS})
    by_name = workteams.list_(account.plane, {"SortBy": "Name"})["Workteams"]
    assert [team["WorkteamName"] for team in by_name] == ["A", "team"]
    assert [team["WorkteamName"] for team in workteams.list_(account.plane, {})["Workteams"]] == ["team", "A"]
    found = workteams.list_(account.plane, {"NameContains": "ea"})["Workteams"]
    assert [team["WorkteamName"] for team in found] == ["team"]
