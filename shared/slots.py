"""Slots for what may only run so many times at once in the whole account, whichever task starts it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """The account as it stands. Until `closed_until` none is given out, however few are held."""

    holders: Mapping[str, datetime] = field(default_factory=dict)
    closed_until: datetime | None = None

    def free(self, limit: int, now: datetime) -> int:
        if self.closed_until is not None and now < self.closed_until:
            return 0
        return max(0, limit - len(self.holders))


class SlotAccount(Protocol):
    """Every method is one atomic step, returns the account as it stands then, and raises Transient when the store can't
    be reached. A holder has one slot however often it is taken, so a repeat after a crash finds it, and needs no other.
    """

    async def take(self, holder: str, *, limit: int, now: datetime) -> Holding:
        """Give `holder` a slot unless `limit` are held or the account is closed; who holds one afterwards has it."""
        ...

    async def release(self, holder: str) -> Holding: ...

    async def close(self, until: datetime) -> Holding:
        """What is held stays held."""
        ...

    async def look(self) -> Holding: ...
