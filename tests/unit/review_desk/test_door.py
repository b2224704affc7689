"""Whose token is believed, and what the user pool is asked."""

import base64
import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from botocore.exceptions import ClientError
from cryptography.hazmat.primitives.asymmetric import rsa

from shared.aws.user_pool import CognitoDoor
from shared.errors import Transient
from shared.signin.ports import BadToken, Challenge, NotLetIn
from tests.unit.review_desk.reviewing import ISSUER

SIGNED_IN_AT = datetime.now(UTC).replace(microsecond=0)
KEY, OTHER_KEY = (rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in range(2))


class Keys:
    def get_signing_key_from_jwt(self, token: str | bytes) -> jwt.PyJWK:
        return jwt.PyJWK(jwt.algorithms.RSAAlgorithm.to_jwk(KEY.public_key(), as_dict=True), algorithm="RS256")


class Pool:
    """Answers with what it is given, in order, and remembers what it was asked."""

    def __init__(self, *answers: dict[str, Any] | str) -> None:
        self.answers = list(answers)
        self.asked: list[dict[str, Any]] = []

    async def describe_user_pool_client(self, **request: Any) -> dict[str, Any]:
        return {"UserPoolClient": {"ClientSecret": "secret"}}

    async def admin_initiate_auth(self, **request: Any) -> dict[str, Any]:
        self.asked.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, str):
            raise ClientError({"Error": {"Code": answer}}, "AdminInitiateAuth")
        return answer

    async def admin_respond_to_auth_challenge(self, **request: Any) -> dict[str, Any]:
        return await self.admin_initiate_auth(**request)

    async def admin_list_groups_for_user(self, **request: Any) -> dict[str, Any]:
        return await self.admin_initiate_auth(**request)


@dataclass
class Clock:
    now: datetime = SIGNED_IN_AT

    def __call__(self) -> datetime:
        return self.now


def door(*answers: dict[str, Any] | str, clock: Clock | None = None) -> tuple[CognitoDoor, Pool]:
    pool = Pool(*answers)
    entry = CognitoDoor(
        pool, Keys(), region="us-east-1", pool="us-east-1_pool", client_id="client", clock=clock or Clock()
    )
    return entry, pool


def groups(*names: str, **more: str) -> dict[str, Any]:
    return {"Groups": [{"GroupName": name} for name in names], **more}


def token(key: Any = KEY, **changes: Any) -> str:
    claims = {
        "iss": ISSUER,
        "aud": "client",
        "sub": "subject-0",
        "token_use": "id",
        "email": "reviewer@example.com",
        "auth_time": int(SIGNED_IN_AT.timestamp()),
        "cognito:username": "user-0",
        "cognito:groups": ["gavel-dev-moderators"],
        "exp": datetime.now(UTC) + timedelta(hours=1),
    }
    kept = {name: value for name, value in (claims | changes).items() if value is not None}
    return jwt.encode(kept, key, algorithm="RS256")


async def test_a_token_tells_who_somebody_is() -> None:
    member = await door()[0].member(token())
    assert member.subject == "subject-0"
    assert member.groups == {"gavel-dev-moderators"}


@pytest.mark.parametrize(
    "bad",
    [
        token(exp=datetime.now(UTC) - timedelta(seconds=1)),
        token(exp=None),
        token(OTHER_KEY),
        token(iss=ISSUER.replace("pool", "other")),
        token(aud="another-client"),
        token(token_use="access"),  # noqa: S106  a kind of token
        jwt.encode({"sub": "subject-0"}, "", algorithm="none"),
        "not.a.token",
        "",
    ],
    ids=["expired", "endless", "unsigned by the pool", "other pool", "other client", "access", "none", "text", "empty"],
)
async def test_other_tokens_are_refused(bad: str) -> None:
    with pytest.raises(BadToken):
        await door()[0].member(bad)


async def test_the_groups_of_signing_in_are_good_for_a_minute_and_then_asked_for_once_a_minute() -> None:
    clock = Clock()
    entry, pool = door(groups("a", NextToken="n"), groups("b"), groups("b"), clock=clock)
    for seconds, expected in ((59, {"gavel-dev-moderators"}), (60, {"a", "b"}), (119, {"a", "b"}), (120, {"b"})):
        clock.now = SIGNED_IN_AT + timedelta(seconds=seconds)
        assert (await entry.member(token())).groups == expected
    wanted = {"UserPoolId": "us-east-1_pool", "Username": "user-0", "Limit": 60}
    assert pool.asked == [wanted, wanted | {"NextToken": "n"}, wanted]


async def test_whoever_signs_in_anew_is_in_the_groups_of_then() -> None:
    clock = Clock(SIGNED_IN_AT + timedelta(minutes=5))
    entry, _ = door(groups(), clock=clock)
    assert (await entry.member(token())).groups == frozenset()
    clock.now += timedelta(seconds=20)
    assert (await entry.member(token(auth_time=int(clock.now.timestamp())))).groups == {"gavel-dev-moderators"}


async def test_whoever_is_no_more_is_in_no_group() -> None:
    entry, _ = door("UserNotFoundException", clock=Clock(SIGNED_IN_AT + timedelta(minutes=2)))
    assert (await entry.member(token())).groups == frozenset()


async def test_nobody_is_let_in_by_groups_that_cant_be_asked_for() -> None:
    entry, _ = door("TooManyRequestsException", clock=Clock(SIGNED_IN_AT + timedelta(minutes=2)))
    with pytest.raises(Transient):
        await entry.member(token())


async def test_the_secret_hash_goes_with_the_name_that_was_typed() -> None:
    entry, pool = door({"AuthenticationResult": {"IdToken": "t"}})
    assert await entry.sign_in("reviewer@example.com", "pw") == "t"
    expected = hmac.new(b"secret", b"reviewer@example.comclient", hashlib.sha256).digest()
    assert pool.asked[0]["AuthParameters"] == {
        "USERNAME": "reviewer@example.com",
        "PASSWORD": "pw",
        "SECRET_HASH": base64.b64encode(expected).decode(),
    }


async def test_the_first_sign_in_wants_a_new_password() -> None:
    entry, pool = door(
        {"ChallengeName": "NEW_PASSWORD_REQUIRED", "Session": "s", "ChallengeParameters": {"USER_ID_FOR_SRP": "sub-1"}},
        {"AuthenticationResult": {"IdToken": "t"}},
    )
    challenge = await entry.sign_in("reviewer@example.com", "pw")
    assert challenge == Challenge(kind="NEW_PASSWORD_REQUIRED", username="sub-1", session="s")
    assert isinstance(challenge, Challenge)
    assert await entry.respond(challenge, "new") == "t"
    responses = pool.asked[1]["ChallengeResponses"]
    assert (responses["USERNAME"], responses["NEW_PASSWORD"]) == ("sub-1", "new")


@pytest.mark.parametrize(("code", "reason"), [("NotAuthorizedException", "wrong"), ("UserNotFoundException", "wrong")])
async def test_nobody_learns_whether_it_was_the_address_or_the_password(code: str, reason: str) -> None:
    with pytest.raises(NotLetIn) as refused:
        await door(code)[0].sign_in("reviewer@example.com", "pw")
    assert refused.value.reason == reason


async def test_a_challenge_without_a_page_is_told() -> None:
    with pytest.raises(NotLetIn, match="unsupported"):
        await door({"ChallengeName": "SMS_MFA", "Session": "s"})[0].sign_in("reviewer@example.com", "pw")
