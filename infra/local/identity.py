"""IAM, KMS and Cognito."""

import json
from typing import Any, Final

from infra.local.aws import Aws, Made, Maker, Properties, capitalised, chosen, fits, found

NO_ENTITY: Final = "NoSuchEntity"
POOL_FIELDS: Final = (
    *("usernameAttributes", "autoVerifiedAttributes", "adminCreateUserConfig", "mfaConfiguration"),
    "deletionProtection",
)
CLIENT_FIELDS: Final = (
    *("allowedOauthFlowsUserPoolClient", "allowedOauthFlows", "allowedOauthScopes", "supportedIdentityProviders"),
    *("callbackUrls", "preventUserExistenceErrors", "enableTokenRevocation", "explicitAuthFlows"),
    *("idTokenValidity", "tokenValidityUnits"),
)
CLIENT_NAMES: Final = {
    "allowedOauthFlowsUserPoolClient": "AllowedOAuthFlowsUserPoolClient",
    "allowedOauthFlows": "AllowedOAuthFlows",
    "allowedOauthScopes": "AllowedOAuthScopes",
    "callbackUrls": "CallbackURLs",
}


def role(aws: Aws, name: str, inputs: Properties) -> Made:
    iam, role_name, trust = aws.client("iam"), inputs["name"], inputs["assumeRolePolicy"]
    there = found(iam.get_role, NO_ENTITY, RoleName=role_name)
    if there is None:
        there = iam.create_role(RoleName=role_name, AssumeRolePolicyDocument=trust)
    elif there["Role"]["AssumeRolePolicyDocument"] != json.loads(trust):
        iam.update_assume_role_policy(RoleName=role_name, PolicyDocument=trust)
    return Made(id=role_name, outputs={"arn": there["Role"]["Arn"]})


def role_policy(aws: Aws, name: str, inputs: Properties) -> Made:
    iam, which = aws.client("iam"), {"RoleName": inputs["role"], "PolicyName": inputs.get("name") or name}
    there = found(iam.get_role_policy, NO_ENTITY, **which)
    if there is None or there["PolicyDocument"] != json.loads(inputs["policy"]):
        iam.put_role_policy(**which, PolicyDocument=inputs["policy"])
    return Made(id=f"{which['RoleName']}:{which['PolicyName']}")


def key(aws: Aws, name: str, inputs: Properties) -> Made:
    """A key has no name: it is known again by its tags."""
    kms = aws.client("kms")
    tags = [{"TagKey": key, "TagValue": value} for key, value in inputs["tags"].items()]
    key_id = next((each for each in _key_ids(kms) if kms.list_resource_tags(KeyId=each).get("Tags") == tags), None)
    if key_id is None:
        created = kms.create_key(Description=inputs["description"], Policy=inputs["policy"], Tags=tags)
        key_id = created["KeyMetadata"]["KeyId"]
    elif json.loads(kms.get_key_policy(KeyId=key_id, PolicyName="default")["Policy"]) != json.loads(inputs["policy"]):
        kms.put_key_policy(KeyId=key_id, PolicyName="default", Policy=inputs["policy"])
    if inputs["enableKeyRotation"] and not kms.get_key_rotation_status(KeyId=key_id)["KeyRotationEnabled"]:
        kms.enable_key_rotation(KeyId=key_id)
    return Made(id=key_id, outputs={"keyId": key_id, "arn": aws.arn("kms", f"key/{key_id}")})


def alias(aws: Aws, name: str, inputs: Properties) -> Made:
    kms, alias_name, key_id = aws.client("kms"), inputs["name"], inputs["targetKeyId"]
    there = {each["AliasName"]: each.get("TargetKeyId") for each in kms.list_aliases()["Aliases"]}
    if alias_name not in there:
        kms.create_alias(AliasName=alias_name, TargetKeyId=key_id)
    elif there[alias_name] != key_id:
        kms.update_alias(AliasName=alias_name, TargetKeyId=key_id)
    return Made(id=alias_name)


def user_pool(aws: Aws, name: str, inputs: Properties) -> Made:
    cognito = aws.client("cognito-idp")
    wanted = capitalised(chosen(inputs, *POOL_FIELDS))
    if password_policy := inputs.get("passwordPolicy"):
        wanted["Policies"] = {"PasswordPolicy": capitalised(password_policy)}
    pools = cognito.list_user_pools(MaxResults=60)["UserPools"]
    pool_id = next((pool["Id"] for pool in pools if pool["Name"] == inputs["name"]), None)
    if pool_id is None:
        pool_id = cognito.create_user_pool(PoolName=inputs["name"], **wanted)["UserPool"]["Id"]
    elif not fits(cognito.describe_user_pool(UserPoolId=pool_id)["UserPool"], wanted):
        changeable = {key: value for key, value in wanted.items() if key != "UsernameAttributes"}
        cognito.update_user_pool(UserPoolId=pool_id, **changeable)
    return Made(id=pool_id, outputs={"arn": aws.arn("cognito-idp", f"userpool/{pool_id}")})


def user_pool_client(aws: Aws, name: str, inputs: Properties) -> Made:
    cognito, pool_id = aws.client("cognito-idp"), inputs["userPoolId"]
    wanted = capitalised(chosen(inputs, *CLIENT_FIELDS), CLIENT_NAMES)
    clients = cognito.list_user_pool_clients(UserPoolId=pool_id, MaxResults=60)["UserPoolClients"]
    client_id = next((each["ClientId"] for each in clients if each["ClientName"] == inputs["name"]), None)
    if client_id is None:
        created = cognito.create_user_pool_client(
            UserPoolId=pool_id, ClientName=inputs["name"], GenerateSecret=inputs["generateSecret"], **wanted
        )
        client_id = created["UserPoolClient"]["ClientId"]
    else:
        which = {"UserPoolId": pool_id, "ClientId": client_id}
        if not fits(cognito.describe_user_pool_client(**which)["UserPoolClient"], wanted):
            cognito.update_user_pool_client(**which, **wanted)
    return Made(id=client_id)


def user_pool_domain(aws: Aws, name: str, inputs: Properties) -> Made:
    cognito = aws.client("cognito-idp")
    there: dict[str, Any] = cognito.describe_user_pool_domain(Domain=inputs["domain"])
    if there.get("DomainDescription", {}).get("UserPoolId") != inputs["userPoolId"]:
        cognito.create_user_pool_domain(Domain=inputs["domain"], UserPoolId=inputs["userPoolId"])
    return Made(id=inputs["domain"])


def resource_server(aws: Aws, name: str, inputs: Properties) -> Made:
    cognito, which = aws.client("cognito-idp"), capitalised(chosen(inputs, "userPoolId", "identifier"))
    wanted = capitalised(chosen(inputs, "name", "scopes"))
    there = found(cognito.describe_resource_server, "ResourceNotFoundException", **which)
    if there is None:
        cognito.create_resource_server(**which, **wanted)
    elif not fits(there["ResourceServer"], wanted):
        cognito.update_resource_server(**which, **wanted)
    return Made(id=f"{which['UserPoolId']}|{which['Identifier']}")


def user_group(aws: Aws, name: str, inputs: Properties) -> Made:
    cognito, which = aws.client("cognito-idp"), {"UserPoolId": inputs["userPoolId"], "GroupName": inputs["name"]}
    there = found(cognito.get_group, "ResourceNotFoundException", **which)
    if there is None:
        cognito.create_group(**which, Description=inputs["description"])
    elif there["Group"].get("Description") != inputs["description"]:
        cognito.update_group(**which, Description=inputs["description"])
    return Made(id=f"{which['UserPoolId']}/{which['GroupName']}")


def _key_ids(kms: Any) -> list[str]:
    return [each["KeyId"] for page in kms.get_paginator("list_keys").paginate() for each in page["Keys"]]


MAKERS: Final[dict[str, Maker]] = {
    "aws:iam/role:Role": role,
    "aws:iam/rolePolicy:RolePolicy": role_policy,
    "aws:kms/key:Key": key,
    "aws:kms/alias:Alias": alias,
    "aws:cognito/userPool:UserPool": user_pool,
    "aws:cognito/userPoolClient:UserPoolClient": user_pool_client,
    "aws:cognito/resourceServer:ResourceServer": resource_server,
    "aws:cognito/userPoolDomain:UserPoolDomain": user_pool_domain,
    "aws:cognito/userGroup:UserGroup": user_group,
}
