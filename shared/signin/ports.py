"""What signing in needs: a user pool to ask, and a place to keep browsers' sessions in."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import msgspec

from shared.identity import worker_id


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a browser. Before sign-in only `csrf`; in the middle of it what Cognito wants next."""

    csrf: str
    token: str | None = None
    username: str | None = None
    challenge: str | None = None
    challenge_session: str | None = None


class Sessions(Protocol):
    """Sessions by the cookie's value, which nobody can read out of the store."""

    async def get(self, cookie: str) -> Session | None: ...

    async def keep(self, cookie: str, session: Session, *, until: datetime) -> None: ...

    async def end(self, cookie: str) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """Who a valid token is of: `subject` is the id that the user pool `issuer` knows them by."""

    issuer: str
    subject: str
    email: str
    groups: frozenset[str]
    until: datetime

    @property
    def pseudonym(self) -> str:
        """What logs and records may know."""
        return worker_id(self.issuer.rpartition("/")[2], self.subject)


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenge:
    """What Cognito asks before it lets somebody in: `kind` is its word for it."""

    kind: str
    username: str
    session: str


class NotLetIn(Exception):
    """`reason`: `wrong` (e-mail address, password or code), `password` (the new one is too weak), `again` (it took too
    long; from the beginning), `unsupported` (a challenge that there is no page for)."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class BadToken(Exception):
    """Expired, of another pool or client, or not signed by the pool."""


class Door(Protocol):
    """The user pool."""

    async def sign_in(self, username: str, password: str) -> str | Challenge:
        """The id token, or what has to be done first. Raises NotLetIn."""
        ...

    async def respond(self, challenge: Challenge, answer: str) -> str | Challenge: ...

    async def member(self, token: str) -> Member:
        """Raises BadToken."""
        ...
