"""What REVIEW needs from outside."""

from collections.abc import Iterator, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, Protocol

from services.review.domain.rulings import LoopState
from shared.clock import Clock
from shared.consumer.ports import Outbox, Topic
from shared.contracts.frames import FrameFinding
from shared.contracts.words import BackendName
from shared.errors import Transient
from shared.ledger.entries import LoopOpened
from shared.ledger.golden_port import Golden
from shared.ledger.port import Ledger
from shared.policy.model import Policy
from shared.policy.port import PolicyStore
from shared.verification.port import Words


class ReviewBackend(Protocol):
    """Where people answer: A2I, or the review desk."""

    async def start(self, loop: LoopOpened, policy: Policy, content: str) -> None:
        """Start a loop with this input. A repeat with the same name and content changes nothing.

        `loop` says how many answers are wanted and who may not give one; the rest is as the policy says.
        """
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


class FrameStore(Protocol):
    """Where MODERATE keeps all findings of a video."""

    async def get_frames(self, uri: str) -> Iterator[FrameFinding]:
        """In order of time. Raises Transient while there is no such object, Permanent for what can't be read as one."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """`reading` bounds how many videos' findings are in memory at once."""

    ledger: Ledger
    golden: Golden
    verified: Words
    policies: PolicyStore
    frames: FrameStore
    reading: AbstractAsyncContextManager[None]
    backends: Mapping[BackendName, ReviewBackend]
    default_backend: BackendName
    outcomes: Outbox
    alerts: Topic
    clock: Clock

    def backend(self, name: BackendName) -> ReviewBackend:
        try:
            return self.backends[name]
        except KeyError as error:
            raise Transient("review-backend-missing", f"this deployment has no {name} backend") from error
