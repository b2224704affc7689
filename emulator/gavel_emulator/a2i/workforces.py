"""The private workforce: at most one per account and region."""

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from gavel_emulator.a2i import paging
from gavel_emulator.a2i.refusals import Refused, in_use, invalid
from gavel_emulator.a2i.state import Plane, Workforce

MOST_CIDRS = 10
"""SourceIpConfig's limit by the API reference; the service model doesn't have it."""

_UPDATABLE = ("SourceIpConfig", "OidcConfig", "WorkforceVpcConfig", "IpAddressType")


def create(plane: Plane, request: Mapping[str, Any]) -> dict[str, Any]:
    name = request["WorkforceName"]
    if plane.workforces:
        raise invalid(
            f"Cannot create more than one workforce for account {plane.account_id}. "
            "If you are trying to update existing workforce, please use UpdateWorkforce API"
        )
    if ("CognitoConfig" in request) == ("OidcConfig" in request):
        raise invalid("Exactly one of CognitoConfig and OidcConfig must be given.")
    _check_network(request)
    now = plane.clock()
    plane.workforces[name] = Workforce(
        name=name,
        arn=plane.arn(f"workforce/{name}"),
        created_at=now,
        updated_at=now,
        sub_domain=f"{_digits(plane, name)[:10]}.labeling.{plane.region}.sagemaker.aws",
        request=request,
    )
    return {"WorkforceArn": plane.workforces[name].arn}


def describe(plane: Plane, request: Mapping[str, Any]) -> dict[str, Any]:
    return {"Workforce": _described(plane, _find(plane, request["WorkforceName"]))}


def list_(plane: Plane, request: Mapping[str, Any]) -> dict[str, Any]:
    wanted = request.get("NameContains", "")
    workforces, token = paging.page(
        (workforce for workforce in plane.workforces.values() if wanted in workforce.name),
        request,
        place=lambda workforce: (workforce.name, ""),
        descending=request.get("SortOrder") == "Descending",
    )
    return {"Workforces": [_described(plane, workforce) for workforce in workforces], "NextToken": token}


def update(plane: Plane, request: Mapping[str, Any]) -> dict[str, Any]:
    workforce = _find(plane, request["WorkforceName"])
    if "OidcConfig" in request:
        if "OidcConfig" not in workforce.request:
            raise invalid(f"Workforce {workforce.name} was created with Cognito and can't change to OIDC.")
        if plane.workteams:
            raise Refused("ConflictException", f"Delete the work teams of {workforce.name} before changing its OIDC.")
    changes = {key: request[key] for key in _UPDATABLE if request.get(key) is not None}
    together = {**workforce.request, **changes}
    if together.get("WorkforceVpcConfig") == {}:
        del together["WorkforceVpcConfig"]  # how the API takes a workforce out of its VPC
    _check_network(together)
    updated = replace(workforce, request=together, updated_at=plane.clock())
    plane.workforces[workforce.name] = updated
    return {"Workforce": _described(plane, updated)}


def delete(plane: Plane, request: Mapping[str, Any]) -> dict[str, Any]:
    workforce = _find(plane, request["WorkforceName"])
    if plane.workteams:
        raise in_use(f"Workforce {workforce.name} has work teams: {', '.join(sorted(plane.workteams))}.")
    del plane.workforces[workforce.name]
    return {}


def _find(plane: Plane, name: str) -> Workforce:
    if name not in plane.workforces:
        raise invalid(f"No workforce found with name {name} in {plane.region}.")
    return plane.workforces[name]


def _check_network(request: Mapping[str, Any]) -> None:
    cidrs = request.get("SourceIpConfig", {}).get("Cidrs", [])
    if len(cidrs) > MOST_CIDRS:
        raise invalid(f"SourceIpConfig takes at most {MOST_CIDRS} CIDRs.")
    vpc = request.get("WorkforceVpcConfig")
    if vpc and not {"VpcId", "SecurityGroupIds", "Subnets"} <= vpc.keys():
        raise invalid("WorkforceVpcConfig needs VpcId, SecurityGroupIds and Subnets.")
    if vpc and cidrs:
        raise invalid("SourceIpConfig can't be combined with WorkforceVpcConfig.")


def _described(plane: Plane, workforce: Workforce) -> dict[str, Any]:
    request = workforce.request
    described = {
        "WorkforceName": workforce.name,
        "WorkforceArn": workforce.arn,
        "SubDomain": workforce.sub_domain,
        "CreateDate": workforce.created_at,
        "LastUpdatedDate": workforce.updated_at,
        "Status": "Active",
        "IpAddressType": request.get("IpAddressType", "ipv4"),
    } | {key: request[key] for key in ("CognitoConfig", "SourceIpConfig") if key in request}
    if oidc := request.get("OidcConfig"):
        described["OidcConfig"] = {key: value for key, value in oidc.items() if key != "ClientSecret"}
    if vpc := request.get("WorkforceVpcConfig"):
        described["WorkforceVpcConfig"] = {**vpc, "VpcEndpointId": f"vpce-{_digits(plane, workforce.name)[:17]}"}
    return described


def _digits(plane: Plane, name: str) -> str:
    """Made up, and the same for the same workforce."""
    return hashlib.sha256(plane.arn(f"workforce/{name}").encode()).hexdigest()
