"""Whose tokens the API takes: this pool's access tokens, as long as they are valid."""

import time
from functools import cache
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from services.results.api.adapters.tokens import CognitoTokens
from services.results.api.ports import BadToken
from shared.errors import Transient

ISSUER = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_pool"


@cache
def key(name: str) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65_537, key_size=2_048)


class Keys:
    """The pool's keys; `error` is raised in place of answering."""

    def __init__(self, error: Exception | None = None) -> None:
        self._error = error

    def get_signing_key_from_jwt(self, token: str | bytes) -> jwt.PyJWK:
        if self._error is not None:
            raise self._error
        return jwt.PyJWK(jwt.algorithms.RSAAlgorithm.to_jwk(key("pool").public_key(), as_dict=True), algorithm="RS256")


def token(signed_by: str = "pool", **changes: Any) -> str:
    now = int(time.time())
    claims = {
        "iss": ISSUER,
        "client_id": "client-1",
        "token_use": "access",
        "scope": "gavel/read tenant/shop",
        "iat": now,
        "exp": now + 3600,
    }
    kept = {name: value for name, value in (claims | changes).items() if value is not None}
    return jwt.encode(kept, key(signed_by), algorithm="RS256")


def tokens(error: Exception | None = None) -> CognitoTokens:
    return CognitoTokens(Keys(error), region="eu-west-1", pool="eu-west-1_pool")


async def test_a_token_of_the_pools_tells_its_client_and_its_scopes() -> None:
    caller = await tokens().caller(token())
    assert (caller.id, set(caller.permissions), set(caller.tenants)) == ("client-1", {"read"}, {"shop"})


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"exp": 1}, "ExpiredSignatureError"),
        ({"iss": ISSUER + "2"}, "InvalidIssuerError"),
        ({"token_use": "id"}, "NotAnAccessToken"),
        ({"client_id": None}, "MissingRequiredClaimError"),
        ({"exp": None}, "MissingRequiredClaimError"),
        ({"signed_by": "somebody"}, "InvalidSignatureError"),
    ],
    ids=["expired", "another pool's", "an id token", "no client", "without end", "forged"],
)
async def test_every_other_token_is_refused(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(BadToken, match=reason):
        await tokens().caller(token(**changes))


async def test_an_unreachable_pool_is_no_reason_to_refuse() -> None:
    with pytest.raises(Transient):
        await tokens(jwt.PyJWKClientConnectionError("down")).caller(token())
