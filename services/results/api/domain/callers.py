"""Who calls, and what a caller may do: read out of the scopes of an access token."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

RESOURCE: Final = "gavel/"
"""What a permission's scope begins with: the identifier of the user pool's resource server."""
TENANT: Final = "tenant/"
EVERY_TENANT: Final = "*"


class Permission(StrEnum):
    READ = "read"
    """Items, their records and statistics, without the media."""
    VIEW = "view"
    """The media themselves, by short-lived addresses."""
    SUBMIT = "submit"
    APPEAL = "appeal"
    OPERATE = "operate"
    """Send quarantined messages again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """`id` is the client's or the user's; `tenants` are those whose items the caller may know of."""

    id: str
    permissions: frozenset[Permission]
    tenants: frozenset[str]

    def may_see(self, tenant: str) -> bool:
        return EVERY_TENANT in self.tenants or tenant in self.tenants


def caller(id_: str, scopes: Iterable[str]) -> Caller:
    """`gavel/read tenant/shop`: each scope is a permission, or a tenant; whatever else there is means nothing here.

    `tenant/*` stands for every tenant, those to come included.
    """
    given = frozenset(scopes)
    return Caller(
        id=id_,
        permissions=frozenset(each for each in Permission if f"{RESOURCE}{each}" in given),
        tenants=frozenset(scope.removeprefix(TENANT) for scope in given if scope.startswith(TENANT)),
    )
