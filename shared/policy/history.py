"""The versions of policies that were ever deployed."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from shared.contracts.messages import PolicyRef


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """`in_force_since` is told of the version that new items are judged by."""

    version: str
    deployed_at: datetime
    is_current: bool
    in_force_since: datetime | None = None


class NoSuchPolicy(Exception):
    """The text says which, and what there is."""


class PolicyHistory(Protocol):
    """Both raise NoSuchPolicy, and Transient when they can't be read."""

    async def versions(self, name: str) -> list[Version]:
        """Every version that was deployed, the newest first; none is current before the deployment has ended."""
        ...

    async def text(self, ref: PolicyRef) -> str:
        """The file as it was deployed, comments and all."""
        ...
