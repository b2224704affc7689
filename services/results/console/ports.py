"""What the console's pages work with."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from aiohttp import web

from services.results.api.ports import Addresses
from services.results.console.domain.operators import Grant
from services.results.console.domain.waterfall import Span
from services.results.console.reviewing import GoldenAnswers
from shared.clock import Clock
from shared.declines import Declines
from shared.ledger.adapters import AdapterHistory
from shared.ledger.search import Search
from shared.policy.history import PolicyHistory
from shared.policy.port import PolicyStore
from shared.quarantine import Kept, Ledger, Redrive
from shared.signin.ports import Door, Sessions
from shared.simulation import Frames


class Media(Addresses, Protocol):
    def origins(self) -> list[str]:
        """Where these addresses lead to, for the pages' content-security policy."""
        ...


class Evidence(Frames, Kept, Protocol):
    """What detectors found, and messages that are in quarantine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Depth:
    """One queue: messages that wait, those that somebody is at, and its dead letters that nobody has filed yet."""

    queue: str
    waiting: int
    under_way: int
    dead_letters: int


class Depths(Protocol):
    async def depths(self) -> list[Depth]:
        """Of every queue, in the order of the pipeline. Raises Transient."""
        ...


class Spans(Protocol):
    async def about(self, media_id: str) -> list[Span]:
        """All spans of every trace that has a span about this item. Raises Transient."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Console:
    """`groups` are those of the user pool whose members may come here, and what each of them may do. `is_secure`:
    browsers come over https. `declines` is None where nobody works at the desk, `spans` where no traces
    are at hand. `trace_url` is where browsers find one, with `{trace_id}` or `{xray_id}` in it, None where nowhere."""

    ledger: Ledger
    search: Search
    policies: PolicyStore
    history: PolicyHistory
    adapters: AdapterHistory
    evidence: Evidence
    redrive: Redrive
    golden: GoldenAnswers
    declines: Declines | None
    media: Media
    depths: Depths
    spans: Spans | None
    trace_url: str | None
    sessions: Sessions
    door: Door
    groups: Mapping[str, Grant]
    is_secure: bool
    clock: Clock


CONSOLE: Final = web.AppKey("console", Console)
ROOT: Final = "/console"
"""Where the console is, beside the API's `/v1/`."""
