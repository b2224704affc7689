"""The token endpoint: machines get access tokens for the scopes of their client, and else Cognito's errors."""

import base64
import http.client
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

import jwt
import pytest

from tests.conftest import Aws
from tests.emulator import Emulator

SCOPES = ["gavel/read", "gavel/view", "tenant/shop"]


@dataclass(frozen=True, kw_only=True)
class Client:
    pool: str
    id: str
    secret: str

    @property
    def basic(self) -> dict[str, str]:
        return {"Authorization": "Basic " + base64.b64encode(f"{self.id}:{self.secret}".encode()).decode()}


@pytest.fixture
def made(aws: Aws, unique: Callable[[str], str]) -> Callable[..., Client]:
    def make(**settings: Any) -> Client:
        cognito = aws("cognito-idp")
        pool = cognito.create_user_pool(PoolName=unique("pool"))["UserPool"]["Id"]
        told = {
            "GenerateSecret": True,
            "AllowedOAuthFlowsUserPoolClient": True,
            "AllowedOAuthFlows": ["client_credentials"],
            "AllowedOAuthScopes": SCOPES,
        }
        client = cognito.create_user_pool_client(UserPoolId=pool, ClientName="machine", **(told | settings))
        made = client["UserPoolClient"]
        return Client(pool=pool, id=made["ClientId"], secret=made.get("ClientSecret", ""))

    return make


Asked = Callable[..., tuple[int, dict[str, Any]]]


@pytest.fixture
def ask(emulator: Emulator) -> Asked:
    def post(headers: Mapping[str, str] | None = None, **form: str) -> tuple[int, dict[str, Any]]:
        connection = http.client.HTTPConnection(urlsplit(emulator.endpoint).netloc, timeout=120)
        told = {"Content-Type": "application/x-www-form-urlencoded", **(headers or {})}
        connection.request("POST", "/oauth2/token", urlencode({"grant_type": "client_credentials", **form}), told)
        answer = connection.getresponse()
        found = answer.status, json.loads(answer.read())
        connection.close()
        return found

    return post


def test_a_token_has_the_claims_of_cognitos_and_verifies_against_the_pools_keys(
    emulator: Emulator, made: Callable[..., Client], ask: Asked
) -> None:
    client = made()
    status, told = ask(client.basic, scope="gavel/read tenant/shop")
    assert (status, told["token_type"], told["expires_in"]) == (200, "Bearer", 3600)
    key = jwt.PyJWKClient(f"{emulator.endpoint}/{client.pool}/.well-known/jwks.json").get_signing_key_from_jwt(
        told["access_token"]
    )
    issuer = f"https://cognito-idp.us-east-1.amazonaws.com/{client.pool}"
    claims = jwt.decode(told["access_token"], key, algorithms=["RS256"], issuer=issuer)
    assert set(claims) == {
        *("sub", "client_id", "token_use", "scope", "auth_time", "iss", "exp", "iat", "version", "jti")
    }
    assert (claims["sub"], claims["client_id"], claims["token_use"], claims["version"]) == (
        client.id,
        client.id,
        "access",
        2,
    )
    assert (claims["scope"], claims["exp"] - claims["iat"]) == ("gavel/read tenant/shop", 3600)


def test_a_secret_in_the_form_does_as_well_and_no_scope_means_all_of_them(
    made: Callable[..., Client], ask: Asked
) -> None:
    client = made()
    status, told = ask(client_id=client.id, client_secret=client.secret)
    assert status == 200
    claims = jwt.decode(told["access_token"], options={"verify_signature": False})
    assert claims["scope"].split() == SCOPES


def test_two_tokens_of_a_client_are_not_the_same(made: Callable[..., Client], ask: Asked) -> None:
    client = made()
    assert ask(client.basic)[1]["access_token"] != ask(client.basic)[1]["access_token"]


def test_a_wrong_secret_an_unknown_client_and_a_client_without_a_secret_are_refused_alike(
    made: Callable[..., Client], ask: Asked
) -> None:
    client, public = made(), made(GenerateSecret=False)
    refused = [
        ask(client_id=client.id, client_secret="wrong"),  # noqa: S106  a wrong one
        ask(client_id="nobody", client_secret=client.secret),
        ask(client_id=public.id),
        ask({"Authorization": "Basic ?"}),
        ask(),
    ]
    assert refused == [(400, {"error": "invalid_client"})] * len(refused)


@pytest.mark.parametrize(
    ("settings", "form", "error"),
    [
        ({}, {"scope": "gavel/read gavel/operate"}, "invalid_scope"),
        ({"AllowedOAuthFlows": ["code"]}, {}, "unauthorized_client"),
        ({"AllowedOAuthFlowsUserPoolClient": False}, {}, "unauthorized_client"),
        ({}, {"grant_type": "password"}, "unsupported_grant_type"),
        ({}, {"grant_type": ""}, "invalid_request"),
    ],
    ids=["a scope that isn't the client's", "no such flow", "no flows at all", "another grant", "no grant"],
)
def test_what_can_not_be_granted_is_refused_by_its_word(
    made: Callable[..., Client], ask: Asked, settings: dict[str, Any], form: dict[str, str], error: str
) -> None:
    assert ask(made(**settings).basic, **form) == (400, {"error": error})
