"""The user pool: who may sign in, and whose a token is.

Sign-in goes through Gavel's own pages (ADMIN_USER_PASSWORD_AUTH), so that a password works only together with the AWS
permissions of the service that has them, and never from elsewhere with the client's id alone.
"""

import asyncio
import base64
import hashlib
import hmac
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Protocol

import jwt
from botocore.exceptions import ClientError

from shared.aws.errors import error_code, translated
from shared.clock import Clock
from shared.errors import Transient
from shared.signin.ports import BadToken, Challenge, Member, NotLetIn

ANSWER_FIELD: Final = {"NEW_PASSWORD_REQUIRED": "NEW_PASSWORD", "SOFTWARE_TOKEN_MFA": "SOFTWARE_TOKEN_MFA_CODE"}
"""The challenges that there are pages for, with the name of what they want."""
ID: Final = "id"
GROUPS_KEPT: Final = timedelta(minutes=1)
"""A token tells the groups of the moment of signing in. Whoever is taken off one is out after this long, not when the
token ends; asking at every request would be slow, and meet the pool's quota."""
GROUPS_A_PAGE: Final = 60
"""AdminListGroupsForUser, Limit."""
REFUSALS: Final = {
    "NotAuthorizedException": "wrong",
    "UserNotFoundException": "wrong",
    "UserNotConfirmedException": "wrong",
    "CodeMismatchException": "wrong",
    "PasswordResetRequiredException": "reset",
    "InvalidPasswordException": "password",
    "PasswordHistoryPolicyViolationException": "password",
    "InvalidParameterException": "wrong",
    "ExpiredCodeException": "again",
}


class Cognito(Protocol):
    async def admin_initiate_auth(self, **request: Any) -> dict[str, Any]: ...
    async def admin_respond_to_auth_challenge(self, **request: Any) -> dict[str, Any]: ...
    async def admin_list_groups_for_user(self, **request: Any) -> dict[str, Any]: ...
    async def describe_user_pool_client(self, **request: Any) -> dict[str, Any]: ...


class SigningKeys(Protocol):
    """The pool's public keys; PyJWKClient fetches them once, and again when a token names an unknown one."""

    def get_signing_key_from_jwt(self, token: str | bytes) -> jwt.PyJWK: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class _Groups:
    """Those that somebody was in at this moment."""

    at: datetime
    names: frozenset[str]


class CognitoDoor:
    def __init__(
        self, cognito: Cognito, keys: SigningKeys, *, region: str, pool: str, client_id: str, clock: Clock
    ) -> None:
        self._cognito = cognito
        self._pool = pool
        self._client_id = client_id
        self._issuer = f"https://cognito-idp.{region}.amazonaws.com/{pool}"
        self._keys = keys
        self._clock = clock
        self._secret: str | None = None
        self._groups: dict[str, _Groups] = {}

    async def sign_in(self, username: str, password: str) -> str | Challenge:
        parameters = {"USERNAME": username, "PASSWORD": password, "SECRET_HASH": await self._secret_hash(username)}
        return await self._asked(
            username,
            self._cognito.admin_initiate_auth(
                UserPoolId=self._pool,
                ClientId=self._client_id,
                AuthFlow="ADMIN_USER_PASSWORD_AUTH",
                AuthParameters=parameters,
            ),
        )

    async def respond(self, challenge: Challenge, answer: str) -> str | Challenge:
        responses = {
            "USERNAME": challenge.username,
            "SECRET_HASH": await self._secret_hash(challenge.username),
            ANSWER_FIELD[challenge.kind]: answer,
        }
        return await self._asked(
            challenge.username,
            self._cognito.admin_respond_to_auth_challenge(
                UserPoolId=self._pool,
                ClientId=self._client_id,
                ChallengeName=challenge.kind,
                Session=challenge.session,
                ChallengeResponses=responses,
            ),
            in_challenge=True,
        )

    async def member(self, token: str) -> Member:
        claims = await asyncio.to_thread(self._claims, token)
        return Member(
            issuer=self._issuer,
            subject=str(claims["sub"]),
            email=str(claims.get("email", "")),
            groups=await self._groups_of(claims),
            until=datetime.fromtimestamp(int(claims["exp"]), UTC),
        )

    def _claims(self, token: str) -> Mapping[str, Any]:
        """Signature, issuer, audience, expiry, and that it is an id token: an access token tells other things."""
        try:
            key = self._keys.get_signing_key_from_jwt(token)
            claims: Mapping[str, Any] = jwt.decode(
                token,
                key,
                algorithms=["RS256"],
                issuer=self._issuer,
                audience=self._client_id,
                options={"require": ["exp", "iss", "aud", "sub", "token_use", "auth_time", "cognito:username"]},
            )
        except jwt.PyJWKClientConnectionError as error:
            raise Transient("user-pool-keys-unreachable") from error
        except jwt.PyJWTError as error:
            raise BadToken(type(error).__name__) from error
        if claims["token_use"] != ID:
            raise BadToken("NotAnIdToken")
        return claims

    async def _groups_of(self, claims: Mapping[str, Any]) -> frozenset[str]:
        """Those of this minute; of somebody who is no more, none."""
        now, username = self._clock(), str(claims["cognito:username"])
        told = _Groups(
            at=datetime.fromtimestamp(int(claims["auth_time"]), UTC),
            names=frozenset(str(group) for group in claims.get("cognito:groups", [])),
        )
        known = max(told, self._groups.get(username, told), key=lambda groups: groups.at)
        if now - known.at >= GROUPS_KEPT:
            known = self._groups[username] = _Groups(at=now, names=await self._listed_groups(username))
        return known.names

    async def _listed_groups(self, username: str) -> frozenset[str]:
        names: set[str] = set()
        page: dict[str, Any] = {}
        while True:
            more = {"NextToken": page["NextToken"]} if page else {}
            try:
                with translated("cognito"):
                    page = await self._cognito.admin_list_groups_for_user(
                        UserPoolId=self._pool, Username=username, Limit=GROUPS_A_PAGE, **more
                    )
            except ClientError as error:
                if error_code(error) == "UserNotFoundException":
                    return frozenset()
                raise
            names |= {str(group["GroupName"]) for group in page["Groups"]}
            if not page.get("NextToken"):
                return frozenset(names)

    async def _asked(
        self, username: str, asked: Awaitable[dict[str, Any]], *, in_challenge: bool = False
    ) -> str | Challenge:
        try:
            with translated("cognito"):
                answer = await asked
        except ClientError as error:
            code = error_code(error)
            # Whoever answers a challenge too late isn't told so by a word of its own.
            reason = "again" if in_challenge and code == "NotAuthorizedException" else REFUSALS.get(code)
            if reason is None:
                raise
            raise NotLetIn(reason) from error
        if "AuthenticationResult" in answer:
            return str(answer["AuthenticationResult"]["IdToken"])
        kind = str(answer.get("ChallengeName"))
        if kind not in ANSWER_FIELD:
            raise NotLetIn("unsupported")
        # Cognito may know the user by another name than the one that was typed, and wants to hear that from now on.
        name = answer.get("ChallengeParameters", {}).get("USER_ID_FOR_SRP") or username
        return Challenge(kind=kind, username=str(name), session=str(answer["Session"]))

    async def _secret_hash(self, username: str) -> str:
        """https://docs.aws.amazon.com/cognito/latest/developerguide/signing-up-users-in-your-app.html"""
        if self._secret is None:
            with translated("cognito"):
                answer = await self._cognito.describe_user_pool_client(UserPoolId=self._pool, ClientId=self._client_id)
            self._secret = str(answer["UserPoolClient"]["ClientSecret"])
        digest = hmac.new(self._secret.encode(), f"{username}{self._client_id}".encode(), hashlib.sha256).digest()
        return base64.b64encode(digest).decode()
