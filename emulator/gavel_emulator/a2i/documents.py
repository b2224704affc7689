"""JSON as A2I reads and writes it."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

DEEPEST = 100
"""Levels of nesting that are read. Ours: A2I's limit isn't published, and Python's reader and writer each have one."""


def read_object(text: str) -> dict[str, Any]:
    """The JSON object in `text`. Raises ValueError that says what is wrong, without quoting the text."""
    try:
        document = json.loads(text, parse_constant=_refuse_constant)
    except RecursionError:
        raise ValueError(f"nested deeper than {DEEPEST} levels") from None
    if not isinstance(document, dict):
        raise ValueError("not a JSON object")
    if _depth(document) > DEEPEST:
        raise ValueError(f"nested deeper than {DEEPEST} levels")
    return document


def write(document: Mapping[str, Any]) -> str:
    """Keys in alphabetical order, as A2I writes them; ASCII, because a JSON string may hold half a surrogate pair."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"))


def instant(at: datetime) -> str:
    """`2020-09-28T19:21:54.955Z`"""
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z"


def camel_cased(value: Any) -> Any:
    """The same document with every key's first letter lowered: `ModerationLabels` → `moderationLabels`."""
    match value:
        case Mapping():
            return {key[0].lower() + key[1:]: camel_cased(item) for key, item in value.items()}
        case list():
            return [camel_cased(item) for item in value]
        case _:
            return value


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _depth(document: Any) -> int:
    deepest, waiting = 0, [(document, 1)]
    while waiting:
        value, depth = waiting.pop()
        if isinstance(value, dict | list):
            deepest = max(deepest, depth)
            waiting += [(item, depth + 1) for item in (value.values() if isinstance(value, dict) else value)]
    return deepest
