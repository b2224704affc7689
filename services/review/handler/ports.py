"""What REVIEW needs from outside."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from shared.policy.port import PolicyStore

from services.review.domain.rulings import LoopState
from shared.clock import Clock
from shared.consumer.ports import Outbox
from shared.contracts.words import BackendName
from shared.errors import Transient
from shared.ledger.port import Ledger


class ReviewBackend(Protocol):
    """Where people answer: A2I, or the review desk."""

    async def start(self, name: str, policy_name: str, content: str) -> None:
        """Start a loop with this input. A repeat with the same name and content changes nothing."""
        ...

    async def stop(self, name: str) -> None:
        """Ask for the loop's end; nothing happens when there is none or it is over."""
        ...

    async def describe(self, name: str) -> LoopState | None:
        """The loop as it stands; None when there is no such loop."""
        ...

    async def output(self, uri: str) -> Any:
        """The parsed `output.json`, or None when it isn't JSON; raises Transient while it isn't there."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    ledger: Ledger
    policies: PolicyStore
    backends: Mapping[BackendName, ReviewBackend]
    default_backend: BackendName
    outcomes: Outbox
    clock: Clock

    def backend(self, name: BackendName) -> ReviewBackend:
        try:
            return self.backends[name]
        except KeyError as error:
            raise Transient("review-backend-missing", f"this deployment has no {name} backend") from error
