"""Where policies come from."""

from typing import Protocol

from shared.contracts.messages import PolicyRef
from shared.policy.model import Policy, Tenants


class PolicyStore(Protocol):
    """The deployed policies. What isn't there, or can't be read, is the deployment's fault and not the message's:
    every method raises Transient for it, so that messages wait until that is mended."""

    async def current(self, name: str) -> Policy:
        """The version that new items are judged by. It may be some seconds old; it is whole."""
        ...

    async def at(self, ref: PolicyRef) -> Policy:
        """Exactly this version, for as long as any item or verdict names it."""
        ...

    async def tenants(self) -> Tenants:
        """Who owns which part of which bucket. It may be some seconds old."""
        ...
