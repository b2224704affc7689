"""Access tokens of the stack's Cognito user pool.

https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-the-access-token.html
"""

import asyncio
from collections.abc import Mapping
from typing import Any, Final, Protocol

import jwt

from services.results.api.domain.callers import Caller, caller
from services.results.api.ports import BadToken
from shared.errors import Transient

ACCESS: Final = "access"


class SigningKeys(Protocol):
    """The pool's public keys; PyJWKClient fetches them once, and again when a token names an unknown one."""

    def get_signing_key_from_jwt(self, token: str | bytes) -> jwt.PyJWK: ...


class CognitoTokens:
    def __init__(self, keys: SigningKeys, *, region: str, pool: str) -> None:
        self._keys = keys
        self._issuer = f"https://cognito-idp.{region}.amazonaws.com/{pool}"

    async def caller(self, token: str) -> Caller:
        claims = await asyncio.to_thread(self._claims, token)
        return caller(str(claims["client_id"]), str(claims.get("scope", "")).split())

    def _claims(self, token: str) -> Mapping[str, Any]:
        """Signature, issuer, expiry, and that it is an access token, which has no audience but a client."""
        try:
            claims: Mapping[str, Any] = jwt.decode(
                token,
                self._keys.get_signing_key_from_jwt(token),
                algorithms=["RS256"],
                issuer=self._issuer,
                options={"require": ["exp", "iss", "client_id", "token_use"], "verify_aud": False},
            )
        except jwt.PyJWKClientConnectionError as error:
            raise Transient("user-pool-keys-unreachable") from error
        except jwt.PyJWTError as error:
            raise BadToken(type(error).__name__) from error
        if claims["token_use"] != ACCESS:
            raise BadToken("NotAnAccessToken")
        return claims
