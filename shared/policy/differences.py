"""What differs between two policies, field by field."""

from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, Final

from shared.policy.model import Policy

KEYED: Final = {"rules": "label", "content_types": "name", "review_only": "category"}
"""Lists whose members are known by one of their fields, so that one more in the middle is one difference."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """`path` as `rules.Weapons.reject_at`; None stands for what isn't there."""

    path: str
    before: Any
    after: Any


def differences(before: Policy, after: Policy) -> list[Difference]:
    """In order of path; the version itself follows from all others."""
    then, now = dict(_flat(before, "")), dict(_flat(after, ""))
    return [
        Difference(path=path, before=then.get(path), after=now.get(path))
        for path in sorted(then.keys() | now.keys())
        if path != "version" and then.get(path) != now.get(path)
    ]


def _flat(value: Any, path: str, key: str | None = None) -> Iterator[tuple[str, Any]]:
    """Every field that says something, by path; `key` is the one that the path says already."""
    name = path.rpartition(".")[2]
    if is_dataclass(value) and not isinstance(value, type):
        for each in fields(value):
            if each.name != key:
                yield from _flat(getattr(value, each.name), f"{path}.{each.name}" if path else each.name)
    elif isinstance(value, tuple) and name in KEYED:
        for one in value:
            place = f"{path}.{getattr(one, KEYED[name])}"
            yield place, "there"
            yield from _flat(one, place, KEYED[name])
    elif isinstance(value, tuple):
        yield path, list(value)
    elif value is not None:
        yield path, value
