"""Rekognition's moderation labels: model 7.0 as it answers, and where the labels of model 6.1 went.

Source: the Rekognition developer guide, "Using the image and video moderation APIs" (names are case-sensitive), and
"Moderation response transform" for 6.1. The data is in the JSON files beside this module.
"""

import difflib
import json
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Final

NEAR: Final = 0.6
"""The least likeness of a name that is worth suggesting."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """One label. `parent` is "" at level 1; ancestors come nearest first, descendants in the taxonomy's order."""

    name: str
    parent: str
    level: int
    ancestors: tuple[str, ...]
    descendants: tuple[str, ...]

    @property
    def top(self) -> str:
        """The label of level 1 that this one is, or is under."""
        return self.ancestors[-1] if self.ancestors else self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Taxonomy:
    """`labels` by name, each before its descendants."""

    version: str
    labels: dict[str, Label]


@cache
def taxonomy() -> Taxonomy:
    """The moderation taxonomy, read once; treat it as constant."""
    stored = _stored("moderation_v7.json")
    parents: dict[str, str] = {label["name"]: label["parent"] for label in stored["labels"]}
    lines = {name: _ancestors(name, parents) for name in parents}
    labels = {
        label["name"]: Label(
            name=label["name"],
            parent=label["parent"],
            level=label["level"],
            ancestors=lines[label["name"]],
            descendants=tuple(other for other, line in lines.items() if label["name"] in line),
        )
        for label in stored["labels"]
    }
    return Taxonomy(version=stored["version"], labels=labels)


def is_known(name: str) -> bool:
    return name in taxonomy().labels


def ancestors(name: str) -> tuple[str, ...]:
    """Parent first, level 1 last. Raises KeyError for a name that isn't in the taxonomy, as the next three do."""
    return taxonomy().labels[name].ancestors


def descendants(name: str) -> tuple[str, ...]:
    return taxonomy().labels[name].descendants


def level(name: str) -> int:
    return taxonomy().labels[name].level


def top(name: str) -> str:
    return taxonomy().labels[name].top


def nearest(name: str, limit: int = 3) -> tuple[str, ...]:
    """The real names that a misspelt or shortened one most resembles, best first; empty when none is near."""
    scores = {real: _likeness(_fold(name), _fold(real)) for real in taxonomy().labels}
    near = sorted((real for real, score in scores.items() if score >= NEAR), key=lambda real: -scores[real])
    return tuple(near[:limit])


def successors(name: str) -> tuple[str, ...]:
    """The 7.0 labels that took the place of a 6.1 label; empty when the name isn't one that 7.0 dropped."""
    return _dropped_by_7().get(name, ())


@cache
def _dropped_by_7() -> dict[str, tuple[str, ...]]:
    return {old: tuple(new) for old, new in _stored("moderation_v6_1.json")["successors"].items()}


def _ancestors(name: str, parents: dict[str, str]) -> tuple[str, ...]:
    parent = parents[name]
    return (parent, *_ancestors(parent, parents)) if parent else ()


def _likeness(name: str, real: str) -> float:
    """0 to 1; resembling some words of a longer name ("Gore" in "Blood & Gore") counts a little less."""
    words, length = real.split(), len(name.split())
    parts = (" ".join(words[i : i + length]) for i in range(len(words) - length + 1))
    best = max((difflib.SequenceMatcher(None, name, part).ratio() for part in parts), default=0.0)
    return max(difflib.SequenceMatcher(None, name, real).ratio(), 0.9 * best)


def _fold(name: str) -> str:
    """Capitals, and `and` for `&`, make no difference."""
    return name.casefold().replace("&", "and")


def _stored(file: str) -> Any:
    return json.loads(resources.files("shared.taxonomy").joinpath(file).read_text(encoding="utf-8"))
