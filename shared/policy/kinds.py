"""Reads YAML nodes as values of a kind; whatever doesn't fit becomes a problem with its line.

A kind's `says` completes "takes …" in problems, and is what the reference in docs/policy.md shows.
"""

import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, dataclass, fields
from enum import StrEnum
from typing import Any, Final, Protocol

import yaml

from shared.policy.problems import Problems, alternatives
from shared.taxonomy.labels import is_known, nearest, successors, taxonomy

PLAIN_NUMBER: Final = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{1,15})?")
"""Decimal and not too long: YAML would read 010 as eight and 1:30 as ninety, and Python refuses 4,301 digits."""
STRING: Final = "tag:yaml.org,2002:str"
BOOLEANS: Final = {"true": True, "false": False}


class Kind(Protocol):
    @property
    def says(self) -> str: ...

    def read(self, node: yaml.Node, path: str, problems: Problems) -> Any:
        """The value, or None when a problem was added."""
        ...


@dataclass(frozen=True, slots=True)
class Number:
    """At most two decimals: finer ones tell nothing apart, and A2I's conditions have a limited length."""

    low: float
    high: float

    @property
    def says(self) -> str:
        return f"a number from {self.low:g} to {self.high:g}"

    def read(self, node: yaml.Node, path: str, problems: Problems) -> float | None:
        text = _plain(node)
        if text is None or not PLAIN_NUMBER.fullmatch(text):
            hint = "; leave the quotes out" if _is_quoted_number(node) else ""
            problems.add(path, f"takes {self.says}, not {_shown(node)}{hint}")
            return None
        if len(text.partition(".")[2]) > 2:
            problems.add(path, f"takes at most two decimals, not {_shown(node)}")
            return None
        value = float(text)
        if not self.low <= value <= self.high:
            problems.add(path, f"takes {self.says}, not {_shown(node)}")
            return None
        return value


@dataclass(frozen=True, slots=True)
class Whole:
    low: int
    high: int

    @property
    def says(self) -> str:
        return f"a whole number from {self.low} to {self.high}"

    def read(self, node: yaml.Node, path: str, problems: Problems) -> int | None:
        text = _plain(node)
        if text is None or not PLAIN_NUMBER.fullmatch(text) or "." in text or not self.low <= int(text) <= self.high:
            hint = "; leave the quotes out" if _is_quoted_number(node) else ""
            problems.add(path, f"takes {self.says}, not {_shown(node)}{hint}")
            return None
        return int(text)


@dataclass(frozen=True, slots=True)
class Flag:
    says: str = "`true` or `false`"

    def read(self, node: yaml.Node, path: str, problems: Problems) -> bool | None:
        value = BOOLEANS.get((_plain(node) or "").lower())
        if value is None:
            problems.add(path, f"takes {self.says}, not {_shown(node)}")
        return value


@dataclass(frozen=True, slots=True)
class Word:
    """One of an enum's words, save one that is `never` taken here, `because` of a reason."""

    words: type[StrEnum]
    never: StrEnum | None = None
    because: str = ""

    @property
    def says(self) -> str:
        return alternatives(word for word in self.words if word is not self.never)

    def read(self, node: yaml.Node, path: str, problems: Problems) -> StrEnum | None:
        text = _plain(node)
        if text is not None and text == self.never:
            problems.add(path, f"takes {self.says}, not `{text}`: {self.because}")
            return None
        if text is None or text not in set(self.words):
            problems.add(path, f"takes {self.says}, not {_shown(node)}")
            return None
        return self.words(text)


@dataclass(frozen=True, slots=True)
class Text:
    """`pattern` must match the whole text; `shape` says so in words."""

    limit: int
    pattern: str = r"(?s).*"
    shape: str = "text"

    @property
    def says(self) -> str:
        return f"{self.shape}, at most {self.limit:,} characters"

    def read(self, node: yaml.Node, path: str, problems: Problems) -> str | None:
        if not isinstance(node, yaml.ScalarNode) or node.tag != STRING:
            hint = "; put it in quotes" if isinstance(node, yaml.ScalarNode) and node.value else ""
            problems.add(path, f"takes {self.says}, not {_shown(node)}{hint}")
            return None
        text = str(node.value)
        if not text.strip() or len(text) > self.limit or not re.fullmatch(self.pattern, text):
            problems.add(path, f"takes {self.says}, not {_shown(node)}")
            return None
        return text


@dataclass(frozen=True, slots=True)
class LabelName:
    says: str = "a label of the moderation taxonomy 7.0"

    def read(self, node: yaml.Node, path: str, problems: Problems) -> str | None:
        text = _plain(node)
        if text is None:
            problems.add(path, f"takes {self.says}, not {_shown(node)}")
            return None
        if not is_known(text):
            problems.add(path, _about_label(text))
            return None
        return text


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list of at least one item. An item with a problem is left out of what is read."""

    item: Kind

    @property
    def says(self) -> str:
        return f"a list, each item {self.item.says}"

    def read(self, node: yaml.Node, path: str, problems: Problems) -> tuple[Any, ...] | None:
        if not isinstance(node, yaml.SequenceNode) or not node.value:
            problems.add(path, f"takes {self.says}, not {_shown(node)}")
            return None
        items = []
        for number, item in enumerate(node.value):
            where = f"{path}[{number}]"
            problems.seen(where, _line(item))
            read = self.item.read(item, where, problems)
            if not problems.under(where):
                items.append(read)
        return tuple(items)


@dataclass(frozen=True, slots=True)
class Key:
    """One key of a section, and what it means."""

    kind: Kind
    meaning: str


@dataclass(frozen=True, slots=True)
class Section:
    """A mapping that is read as one of the model's classes: its keys are fields, its defaults theirs.

    `filled` are required fields that whoever reads the section gives by itself.
    """

    model: Any
    keys: Mapping[str, Key]
    says: str = "a mapping"
    filled: frozenset[str] = frozenset()

    @property
    def required(self) -> frozenset[str]:
        return frozenset(each.name for each in fields(self.model) if _is_required(each)) - self.filled

    def read(self, node: yaml.Node, path: str, problems: Problems) -> Any:
        values = self.values(node, path, problems)
        return None if values is None or not self.required <= values.keys() else self.model(**values)

    def values(self, node: yaml.Node, path: str, problems: Problems) -> dict[str, Any] | None:
        """The values that could be read; None when the node isn't a mapping."""
        if not isinstance(node, yaml.MappingNode):
            problems.add(path, f"takes {self.says} with {alternatives(self.keys)}, not {_shown(node)}")
            return None
        values: dict[str, Any] = {}
        present: set[str] = set()
        for written, value, where in entries(node, path, problems):
            name = str(written.value)
            present.add(name)
            key = self.keys.get(name)
            if key is None:
                problems.add(where, f"isn't a key here; {self._about_key(name)}")
                continue
            read = key.kind.read(value, where, problems)
            if read is not None:
                values[name] = read
        for name in sorted(self.required & self.keys.keys() - present):
            problems.add(path, f"`{name}` is missing: {self.keys[name].meaning}")
        return values

    def _about_key(self, name: str) -> str:
        homes = [home for home, key in self.keys.items() if isinstance(key.kind, Section) and name in key.kind.keys]
        if homes:
            return f"it belongs under {alternatives(homes)}"
        near = difflib.get_close_matches(name.lower().replace("-", "_"), list(self.keys), n=1, cutoff=0.6)
        return f"did you mean `{near[0]}`?" if near else f"the keys are {alternatives(self.keys)}"


def entries(node: yaml.MappingNode, path: str, problems: Problems) -> Iterator[tuple[yaml.ScalarNode, yaml.Node, str]]:
    """Every key with its value and path; a key that isn't a word or comes twice is a problem and left out."""
    lines: dict[str, int] = {}
    for key, value in node.value:
        if not isinstance(key, yaml.ScalarNode):
            problems.add(path, "a key must be a word", line=_line(key))
            continue
        name = str(key.value)
        where = f"{path}.{name}" if path else name
        problems.seen(where, _line(key))
        if name in lines:
            problems.add(path, f"`{name}` comes twice; it is on line {lines[name]} already", line=_line(key))
            continue
        lines[name] = _line(key)
        yield key, value, where


def _about_label(text: str) -> str:
    new = successors(text)
    if new:
        return (
            f"`{text}` is a label of moderation model 6.1; in {taxonomy().version} it falls under {alternatives(new)}"
        )
    near = nearest(text)
    hint = f"did you mean {alternatives(near)}?" if near else "see docs/policy.md for all of them"
    return f"`{text[:80]}` isn't a label of the moderation taxonomy {taxonomy().version}; {hint}"


def _plain(node: yaml.Node) -> str | None:
    """The text of a scalar that isn't empty and, if quoted, isn't something else in disguise."""
    if not isinstance(node, yaml.ScalarNode) or not node.value or _is_quoted_number(node):
        return None
    return str(node.value)


def _is_quoted_number(node: yaml.Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and bool(node.style) and bool(PLAIN_NUMBER.fullmatch(node.value))


def _shown(node: yaml.Node) -> str:
    match node:
        case yaml.MappingNode():
            return "a mapping"
        case yaml.SequenceNode():
            return "a list" if node.value else "an empty list"
        case _:
            text = str(node.value)
            if not text:
                return "nothing"
            return f"`{text}`" if len(text) <= 60 else f"{len(text):,} characters"


def _is_required(each: Any) -> bool:
    return each.default is MISSING and each.default_factory is MISSING


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1
