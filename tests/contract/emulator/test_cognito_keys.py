"""The tokens of the local Cognito verify against the keys at the pool's well-known address."""

import base64
import hashlib
import http.client
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.conftest import Aws
from tests.emulator import Emulator

# PKCS #1 v1.5 puts this before a SHA-256 digest (RFC 8017, 9.2).
SHA256_PREFIX = bytes.fromhex("3031300d060960864801650304020105000420")


@pytest.fixture
def pool(aws: Aws, unique: Callable[[str], str]) -> str:
    made: str = aws("cognito-idp").create_user_pool(PoolName=unique("pool"))["UserPool"]["Id"]
    return made


def tokens(aws: Aws, pool: str) -> dict[str, str]:
    cognito = aws("cognito-idp")
    flows = ["ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
    client = cognito.create_user_pool_client(UserPoolId=pool, ClientName="desk", ExplicitAuthFlows=flows)
    client_id = client["UserPoolClient"]["ClientId"]
    cognito.admin_create_user(UserPoolId=pool, Username="robin", MessageAction="SUPPRESS")
    password = {"Password": "Correct-horse-1", "Permanent": True}
    cognito.admin_set_user_password(UserPoolId=pool, Username="robin", **password)
    who = {"USERNAME": "robin", "PASSWORD": "Correct-horse-1"}
    by_admin = cognito.admin_initiate_auth(
        UserPoolId=pool, ClientId=client_id, AuthFlow="ADMIN_USER_PASSWORD_AUTH", AuthParameters=who
    )["AuthenticationResult"]
    by_user = cognito.initiate_auth(ClientId=client_id, AuthFlow="USER_PASSWORD_AUTH", AuthParameters=who)
    own = by_user["AuthenticationResult"]
    return {
        "access by admin": by_admin["AccessToken"],
        "id by admin": by_admin["IdToken"],
        "access": own["AccessToken"],
        "id": own["IdToken"],
    }


def test_every_token_verifies_against_the_pools_keys(aws: Aws, emulator: Emulator, pool: str) -> None:
    keys = emulator.get(f"/{pool}/.well-known/jwks.json")["keys"]
    for kind, token in tokens(aws, pool).items():
        header, claims, signature = token.split(".")
        (key,) = [key for key in keys if key["kid"] == json.loads(decoded(header))["kid"]]
        assert verifies(f"{header}.{claims}".encode(), decoded(signature), key), kind
        assert not verifies(f"{header}.{claims}x".encode(), decoded(signature), key), kind
        assert json.loads(decoded(claims))["iss"].endswith(pool)


def test_a_pool_that_does_not_exist_has_no_keys(emulator: Emulator) -> None:
    connection = http.client.HTTPConnection(urlsplit(emulator.endpoint).netloc, timeout=120)
    connection.request("GET", "/us-east-1_none/.well-known/jwks.json")
    assert connection.getresponse().status == 404
    connection.close()


def verifies(signed: bytes, signature: bytes, key: dict[str, Any]) -> bool:
    """RS256: RSASSA-PKCS1-v1_5 with SHA-256."""
    modulus, exponent = number(key["n"]), number(key["e"])
    size = (modulus.bit_length() + 7) // 8
    opened = pow(int.from_bytes(signature), exponent, modulus).to_bytes(size)
    digest = SHA256_PREFIX + hashlib.sha256(signed).digest()
    return opened == b"\x00\x01" + b"\xff" * (size - len(digest) - 3) + b"\x00" + digest


def number(text: str) -> int:
    return int.from_bytes(decoded(text))


def decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
