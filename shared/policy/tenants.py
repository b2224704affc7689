"""Reads `tenants.json`, and tells everything that is wrong with it at once."""

from collections import Counter
from collections.abc import Iterator
from typing import Annotated, Any

import msgspec

from shared.policy.model import BucketPrefix, Tenant, Tenants

Text = Annotated[str, msgspec.Meta(min_length=1)]


class TenantsError(ValueError):
    """A list of tenants that can't be used; `problems` has each with its place."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(("tenants.json can't be used:", *(f"  {problem}" for problem in problems))))
        self.problems = problems


class _Place(msgspec.Struct, forbid_unknown_fields=True):
    bucket: Text
    prefix: str = ""


class _Tenant(msgspec.Struct, forbid_unknown_fields=True):
    name: Text
    policy: Text
    buckets: list[Any]


class _File(msgspec.Struct, forbid_unknown_fields=True):
    tenants: list[Any]


def load_tenants(text: str | bytes) -> Tenants:
    """Who owns which part of which bucket. Raises TenantsError with every problem there is."""
    problems: list[str] = []
    try:
        entries = msgspec.json.decode(text, type=_File).tenants
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise TenantsError((str(error),)) from error
    if not entries:
        problems.append("tenants: is empty; nobody's media would be let in")
    tenants = [
        tenant
        for number, entry in enumerate(entries)
        if (tenant := _tenant(entry, f"tenants[{number}]", problems)) is not None
    ]
    problems.extend(_repeated(tenants))
    if problems:
        raise TenantsError(tuple(problems))
    return Tenants(tenants=tuple(tenants))


def _tenant(entry: object, place: str, problems: list[str]) -> Tenant | None:
    read = _convert(entry, _Tenant, place, problems)
    if read is None:
        return None
    buckets = [_convert(one, _Place, f"{place}.buckets[{n}]", problems) for n, one in enumerate(read.buckets)]
    if not buckets:
        problems.append(f"{place}.buckets: is empty; a tenant owns at least one bucket or a part of one")
    owned = tuple(BucketPrefix(bucket=one.bucket, prefix=one.prefix) for one in buckets if one is not None)
    return Tenant(name=read.name, policy=read.policy, buckets=owned)


def _convert(entry: object, kind: type[Any], place: str, problems: list[str]) -> Any:
    try:
        return msgspec.convert(entry, kind)
    except msgspec.ValidationError as error:
        problems.append(f"{place}: {error}")
        return None


def _repeated(tenants: list[Tenant]) -> Iterator[str]:
    for name, count in Counter(tenant.name for tenant in tenants).items():
        if count > 1:
            yield f"tenants: {count} are named {name!r}; a name is one tenant's"
