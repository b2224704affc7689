"""The labels that DetectLabels can name, with parents, aliases and categories (a part of Rekognition's, model 3.0).

The data file lists direct parents only; the API lists all ancestors, so they are worked out here.
"""

import functools
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CHECKOUT = Path(__file__).resolve().parents[3]
DATA = CHECKOUT / "shared" / "taxonomy" / "general_labels_v3.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class GeneralLabel:
    """`ancestors` holds every label above this one, sorted by name, as the API lists them."""

    name: str
    ancestors: tuple[str, ...]
    aliases: tuple[str, ...]
    categories: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    version: str
    labels: Mapping[str, GeneralLabel]


@functools.cache
def vocabulary() -> Vocabulary:
    return read_vocabulary(json.loads(DATA.read_text("utf-8")))


def read_vocabulary(document: Mapping[str, Any]) -> Vocabulary:
    """Raises KeyError for a parent that the document doesn't list."""
    entries = {entry["name"]: entry for entry in document["labels"]}

    def ancestors(name: str) -> set[str]:
        direct = set(entries[name].get("parents", ()))
        return direct.union(*(ancestors(parent) for parent in direct))

    labels = {
        name: GeneralLabel(
            name=name,
            ancestors=tuple(sorted(ancestors(name))),
            aliases=tuple(entry.get("aliases", ())),
            categories=tuple(entry["categories"]),
        )
        for name, entry in entries.items()
    }
    return Vocabulary(version=document["version"], labels=labels)
