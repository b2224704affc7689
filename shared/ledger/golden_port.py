"""Golden items as REVIEW and the command line see them; `shared.aws.golden` keeps them in the ledger's table."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Protocol

from shared.ledger.golden import GoldenAnswer, GoldenItem, GoldenLoop


class Golden(Protocol):
    """Every method may raise Transient; then nothing is known to have been written. Repeating one changes nothing."""

    async def keep(self, item: GoldenItem) -> None:
        """Add an item, or change its right answer; when it was opened last stays as it is."""
        ...

    async def remove(self, policy: str, media_id: str, at: datetime) -> bool:
        """Open it no more. False when there is no such item."""
        ...

    async def items(self, policy: str) -> tuple[GoldenItem, ...]:
        """Those of a policy that weren't removed, in no order."""
        ...

    async def drawn(self, policy: str, beside: str) -> GoldenLoop | None:
        """The loop that was drawn to go beside this real one, as it was then."""
        ...

    async def draw(self, loop: GoldenLoop, *, busy_until: datetime) -> GoldenLoop | None:
        """Settle which golden loop goes beside the real one: this, or the one that was drawn before.

        None when the item is before reviewers already, or was removed.
        """
        ...

    async def open(self, loop: GoldenLoop) -> bool:
        """Write the loop down under its id, before it is started. False when that was done before."""
        ...

    async def loop(self, loop_id: str) -> GoldenLoop | None: ...

    async def end(self, loop: GoldenLoop, outcome: str, at: datetime) -> bool:
        """The loop is over, and its item free for another. False when that was so before."""
        ...

    def open_loops(self, *, before: datetime) -> AsyncIterator[GoldenLoop]:
        """Loops opened before then that aren't over, the oldest first (eventually consistent)."""
        ...

    async def add_answer(self, answer: GoldenAnswer) -> bool:
        """False when this reviewer's answer in this loop is there already."""
        ...

    async def answered_by(self, policy: str, media_id: str) -> tuple[str, ...]:
        """Everybody who has answered about this golden item, in whatever loop."""
        ...

    def answers(self, *, since: datetime) -> AsyncIterator[GoldenAnswer]:
        """Answers of all policies, the oldest first (eventually consistent)."""
        ...
