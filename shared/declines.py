"""Why people would rather not judge an item: told by loop, and never by who it was."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Protocol

import msgspec


class DeclineReason(StrEnum):
    """A choice, since people would write about people."""

    TOO_MUCH = "too-much"
    KNOWS_SOMEBODY = "knows-somebody"
    CANNOT_JUDGE = "cannot-judge"
    DOES_NOT_LOAD = "does-not-load"


class Declined(msgspec.Struct, frozen=True, kw_only=True):
    reason: DeclineReason
    at: datetime


class Declines(Protocol):
    async def of(self, loop: str) -> Sequence[Declined]:
        """Those of one loop, the newest first. Raises Transient."""
        ...
