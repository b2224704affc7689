"""Who looks at the console, and what they may do: their groups in the user pool stand for the API's scopes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import msgspec

from services.results.api.domain.callers import EVERY_TENANT, Caller, Permission


class Grant(msgspec.Struct, frozen=True, kw_only=True):
    """What the members of one group may do, with the items of which tenants."""

    permissions: frozenset[Permission]
    items_of: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """`grants` count each by itself: a right over one tenant's items is none over another's."""

    pseudonym: str
    email: str
    grants: tuple[Grant, ...]

    def as_caller(self, permission: Permission) -> Caller:
        """The same as who asks the API: with the tenants over whose items the operator has this right."""
        tenants = frozenset(
            tenant for grant in self.grants if permission in grant.permissions for tenant in grant.items_of
        )
        return Caller(
            id=self.pseudonym, permissions=frozenset({permission}) if tenants else frozenset(), tenants=tenants
        )

    def may(self, permission: Permission, tenant: str) -> bool:
        return self.as_caller(permission).may_see(tenant)

    @property
    def sees_everything(self) -> bool:
        """What is nobody's, such as a message that never became an item, is for those who see every tenant's."""
        return EVERY_TENANT in self.as_caller(Permission.READ).tenants


def grants(groups: Iterable[str], known: Mapping[str, Grant]) -> tuple[Grant, ...]:
    """Of a member's groups those that count here: without one, nobody is let in."""
    return tuple(known[group] for group in sorted(groups) if group in known)
