"""What the console's pages work with."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from aiohttp import web

from services.results.api.ports import Addresses, Records
from services.results.console.domain.operators import Grant
from shared.clock import Clock
from shared.ledger.search import Search
from shared.policy.port import PolicyStore
from shared.signin.ports import Door, Sessions


class Media(Addresses, Protocol):
    def origins(self) -> list[str]:
        """Where these addresses lead to, for the pages' content-security policy."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Console:
    """`groups` are those of the user pool whose members may come here, and what each of them may do. `is_secure`:
    browsers come over https."""

    ledger: Records
    search: Search
    policies: PolicyStore
    media: Media
    sessions: Sessions
    door: Door
    groups: Mapping[str, Grant]
    is_secure: bool
    clock: Clock


CONSOLE: Final = web.AppKey("console", Console)
ROOT: Final = "/console"
"""Where the console is, beside the API's `/v1/`."""
