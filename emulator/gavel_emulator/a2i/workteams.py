"""Private work teams. Every team belongs to the account's one workforce of the region."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from gavel_emulator.a2i import paging, tags
from gavel_emulator.a2i.refusals import in_use, invalid, limit_exceeded
from gavel_emulator.a2i.state import Plane, Workforce, Workteam

LIMIT = 25
"""Per account and region (API reference, CreateWorkteam)."""
PUBLIC_TEAM = "arn:aws:sagemaker:{region}:394669845002:workteam/public-crowd/default"

_DESCRIBED = ("MemberDefinitions", "Description", "NotificationConfiguration", "WorkerAccessConfiguration")


def create(plane: Plane, request: Mapping[str, Any]) -> dict[str, Any]:
    name = request["WorkteamName"]
    if name in plane.workteams:
        raise in_use(f"A work team named {name} exists already. Choose another name.")
    if len(plane.workteams) >= LIMIT:
        raise limit_exceeded(f"The account has {LIMIT} work teams in {plane.region}, as many as it may.")
    workforce = _workforce(plane, request.get("WorkforceName"))
    _check_members(workforce, request["MemberDefinitions"])
    _check_presign(request)
    now = plane.clock()
    team = Workteam(
        name=name,
        arn=plane.arn(f"workteam/private-crowd/{name}"),
        created_at=now,
        updated_at=now,
        workforce_name=workforce.name,
        request=request,
    )
    plane.workteams[name] = team
    tags.keep(plane, team.arn, request)
    return {"WorkteamArn": team.arn}


def describe(plane: Plane, request: Mapping[str, Any]) -> dict[str, Any]:
    return {"Workteam": _described(plane, _find(plane, request["WorkteamName"]))}


def list_(plane: Plane, request: Mapping[str, Any]) -> dict[str, Any]:
    wanted = request.get("NameContains", "")
    by_name = request.get("SortBy") == "Name"
    teams, token = paging.page(
        (team for team in plane.workteams.values() if wanted in team.name),
        request,
        place=lambda team: (team.name, "") if by_name else paging.by_creation(team.created_at, team.name),
        descending=request.get("SortOrder") == "Descending",
    )
    return {"Workteams": [_described(plane, team) for team in teams], "NextToken": token}


def update(plane: Plane, request: Mapping[str, Any]) -> dict[str, Any]:
    team = _find(plane, request["WorkteamName"])
    if "MemberDefinitions" in request:
        _check_members(plane.workforces[team.workforce_name], request["MemberDefinitions"])
    _check_presign(request)
    changes = {key: request[key] for key in _DESCRIBED if request.get(key) is not None}
    updated = replace(team, request={**team.request, **changes}, updated_at=plane.clock())
    plane.workteams[team.name] = updated
    return {"Workteam": _described(plane, updated)}


def delete(plane: Plane, request: Mapping[str, Any]) -> dict[str, Any]:
    team = _find(plane, request["WorkteamName"])
    del plane.workteams[team.name]
    plane.tags.pop(team.arn, None)
    return {"Success": True}


def identity_of(plane: Plane, arn: str) -> dict[str, str]:
    """How output.json names the identity provider of a team's workers; empty for the public workforce, which has none.

    Raises Refused when there is no such team.
    """
    if arn == PUBLIC_TEAM.format(region=plane.region):
        return {}
    team = next((team for team in plane.workteams.values() if team.arn == arn), None)
    if team is None:
        raise invalid(f"The specified Workteam '{arn}' does not exist or you do not have access to it.")
    workforce = plane.workforces[team.workforce_name].request
    if cognito := workforce.get("CognitoConfig"):
        issuer = f"https://cognito-idp.{plane.region}.amazonaws.com/{cognito['UserPool']}"
        return {"identityProviderType": "Cognito", "issuer": issuer}
    return {"identityProviderType": "Oidc", "issuer": workforce["OidcConfig"]["Issuer"]}


def _find(plane: Plane, name: str) -> Workteam:
    if name not in plane.workteams:
        raise invalid(f"The work team {name} does not exist in {plane.region}.")
    return plane.workteams[name]


def _workforce(plane: Plane, name: str | None) -> Workforce:
    candidates = [workforce for workforce in plane.workforces.values() if name in (None, workforce.name)]
    if not candidates:
        raise invalid(f"No workforce {f'named {name} ' if name else ''}found in this account and region.")
    return candidates[0]


def _check_members(workforce: Workforce, members: list[dict[str, Any]]) -> None:
    cognito = workforce.request.get("CognitoConfig")
    expected = "CognitoMemberDefinition" if cognito else "OidcMemberDefinition"
    for member in members:
        if set(member) != {expected}:
            raise invalid(
                f"Each member definition of a team in workforce {workforce.name} has a {expected} and no more."
            )
        if cognito and any(member[expected][key] != cognito[key] for key in ("UserPool", "ClientId")):
            raise invalid(f"Member definitions must have the UserPool and ClientId of workforce {workforce.name}.")
        if not cognito and not member[expected].get("Groups"):
            raise invalid("An OidcMemberDefinition needs at least one group.")


def _check_presign(request: Mapping[str, Any]) -> None:
    presign = request.get("WorkerAccessConfiguration", {}).get("S3Presign", {})
    if len(presign.get("IamPolicyConstraints", {})) > 1:
        raise invalid("IamPolicyConstraints takes SourceIp or VpcSourceIp, not both.")


def _described(plane: Plane, team: Workteam) -> dict[str, Any]:
    workforce = plane.workforces[team.workforce_name]
    return {
        "WorkteamName": team.name,
        "WorkteamArn": team.arn,
        "WorkforceArn": workforce.arn,
        "SubDomain": workforce.sub_domain,
        "CreateDate": team.created_at,
        "LastUpdatedDate": team.updated_at,
    } | {key: team.request[key] for key in _DESCRIBED if key in team.request}
