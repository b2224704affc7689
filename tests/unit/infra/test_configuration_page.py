"""`docs/configuration.md` tells every field with its default, and no other."""

import re
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import Any

import msgspec
import pytest

from infra.config import StackConfig
from infra.fields import ApiClient, Capacity, Entrance, ExistingWorkforce, Floor, Location, OperatorGroup, Tenant

PAGE = Path(__file__).parents[3] / "docs" / "configuration.md"
TOLD_IN_WORDS = {
    "nat": "`one` with A2I, else `none`",
    "tenants": "`[default]`",
    "buckets": "`[{}]`",
    "api_clients": "`[operator]`",
    "operators": "`[operators]`",
}
NESTED = {
    "services.<name>": Capacity,
    "floors": Floor,
    "tenants": Tenant,
    "tenants[].buckets": Location,
    "existing_workforce": ExistingWorkforce,
    "desk_entrance": Entrance,
    "api_clients": ApiClient,
    "operators": OperatorGroup,
}


def tables() -> Iterator[tuple[str | None, dict[str, str]]]:
    """Each table as field and default, with the line before it that names what is nested, if it does."""
    title, rows = None, dict[str, str]()
    for line in [*PAGE.read_text(encoding="utf-8").splitlines(), ""]:
        if row := re.fullmatch(r"\| `(\w+)` \| ?(.*?) ?\| .+ \|", line):
            rows[row[1]] = row[2]
        elif rows and not line:
            yield title, rows
            title, rows = None, {}
        elif named := re.match(r"`([\w.<>\[\]]+)`[:,]", line):
            title = named[1]


def default(field: Any) -> str:
    value = field.default if field.default is not msgspec.NODEFAULT else None
    if field.default_factory is not msgspec.NODEFAULT:
        value = field.default_factory()
    match value:
        case None:
            return "none" if not field.required else ""
        case Enum():
            return f"`{value.value}`"
        case bool():
            return f"`{str(value).lower()}`"
        case str():
            return f"`{value}`" if value else ""
        case tuple():
            return f"`[{', '.join(map(str, value))}]`"
        case _:
            return f"`{value}`"


def fields(struct: type[msgspec.Struct]) -> dict[str, str]:
    return {
        field.name: TOLD_IN_WORDS.get(field.name) or default(field)
        for field in msgspec.structs.fields(struct)
        if field.name != "stack"
    }


def test_the_page_tells_every_field_of_the_stack_with_its_default_in_the_same_order() -> None:
    told = {name: text for title, rows in tables() if title is None for name, text in rows.items()}
    assert told == fields(StackConfig)
    assert list(told) == list(fields(StackConfig))


@pytest.mark.parametrize(("title", "struct"), NESTED.items())
def test_the_page_tells_every_field_of_what_is_nested(title: str, struct: type[msgspec.Struct]) -> None:
    assert dict(tables())[title] == fields(struct)


def test_nothing_is_told_that_is_not_there() -> None:
    assert {title for title, _ in tables() if title} == set(NESTED)
