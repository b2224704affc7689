"""What the API works with."""

from dataclasses import dataclass
from typing import Final, Protocol

from aiohttp import web

from services.results.api.domain.callers import Caller
from shared.clock import Clock
from shared.consumer.ports import Outbox
from shared.contracts.messages import MediaRef
from shared.ledger.search import Search
from shared.policy.port import PolicyStore
from shared.quarantine import Notes, Redrive


class BadToken(Exception):
    """The token isn't one of this user pool's, or isn't valid now; the text is a word of ours."""


class Tokens(Protocol):
    async def caller(self, token: str) -> Caller:
        """Whose access token this is. Raises BadToken, and Transient when the pool's keys can't be had."""
        ...


class Addresses(Protocol):
    def grant(self, media: MediaRef) -> str:
        """An address under which the object can be read for GRANTED_S; signing asks nobody."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Api:
    """`submissions` is the queue that producers send to, `appeals` is REVIEW's."""

    ledger: Notes
    search: Search
    policies: PolicyStore
    tokens: Tokens
    submissions: Outbox
    appeals: Outbox
    redrive: Redrive
    addresses: Addresses
    clock: Clock


API: Final = web.AppKey("api", Api)
CALLER: Final = web.RequestKey("caller", Caller)
GRANTED_S: Final = 300
