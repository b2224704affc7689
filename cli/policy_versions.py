"""Deployed versions of policies: which there were, and how two of them, or a file, differ."""

from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from cli.connection import Connection
from cli.items import policies
from shared.contracts.messages import PolicyRef
from shared.policy.load import load
from shared.policy.model import Policy

KEYED = {"rules": "label", "content_types": "name", "review_only": "category"}
"""Lists whose members are known by one of their fields, so that one more in the middle is one difference."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    version: str
    deployed_at: datetime
    is_current: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """`path` as `rules.Weapons.reject_at`; None stands for what isn't there."""

    path: str
    before: Any
    after: Any


class NoSuchPolicy(Exception):
    """The text says which, and what there is."""


async def versions(connection: Connection, name: str) -> list[Version]:
    """Every version that was deployed, the newest first. Raises NoSuchPolicy."""
    bucket, prefix = connection.outputs.policy_bucket, f"policies/{name}/"
    found: dict[str, datetime] = {}
    async for page in connection.s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        for each in page.get("Contents", ()):
            if each["Key"].endswith(".yaml"):
                found[each["Key"].removeprefix(prefix).removesuffix(".yaml")] = each["LastModified"]
    if not found:
        raise NoSuchPolicy(f"no policy {name} is deployed")
    current = await _current(connection, name)
    return [
        Version(version=version, deployed_at=at, is_current=version == current)
        for version, at in sorted(found.items(), key=lambda one: (one[1], one[0]), reverse=True)
    ]


async def named(connection: Connection, name: str) -> Policy:
    """A file, `<name>@<version>`, or `<name>` for the version in force. Raises PolicyError, NoSuchPolicy, Transient."""
    if (text := _text(name)) is not None:
        return load(text, origin=name)
    policy, _, version = name.partition("@")
    known = [each.version for each in await versions(connection, policy)]
    version = version or await _current(connection, policy)
    if version not in known:
        raise NoSuchPolicy(f"policy {policy} was never deployed at {version}; `gavel policy history {policy}` lists")
    return await policies(connection).at(PolicyRef(name=policy, version=version))


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


def _text(name: str) -> str | None:
    file = Path(name)
    return file.read_text(encoding="utf-8") if file.is_file() else None


async def _current(connection: Connection, name: str) -> str:
    try:
        answer = await connection.s3.get_object(Bucket=connection.outputs.policy_bucket, Key=f"policies/{name}/current")
    except ClientError as error:
        raise NoSuchPolicy(f"no version of policy {name} is in force") from error
    return str((await answer["Body"].read()).decode().strip())
