"""The moderation taxonomy of model 7.0: three levels, read from the data file that the services use too."""

import functools
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[3]
DATA = CHECKOUT / "shared" / "taxonomy" / "moderation_v7.json"


@dataclass(frozen=True, slots=True)
class ModerationLabel:
    """`parent` is the empty string at level 1, as on the wire."""

    name: str
    parent: str
    level: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Taxonomy:
    version: str
    labels: Mapping[str, ModerationLabel]

    def lineage(self, name: str) -> tuple[ModerationLabel, ...]:
        """The label itself, then its ancestors up to level 1. Raises KeyError for a name that isn't in the taxonomy."""
        line = [self.labels[name]]
        while line[-1].parent:
            line.append(self.labels[line[-1].parent])
        return tuple(line)


@functools.cache
def taxonomy() -> Taxonomy:
    """Read once; raises OSError or KeyError where the checkout's data file is missing or has another form."""
    document = json.loads(DATA.read_text("utf-8"))
    labels = [ModerationLabel(entry["name"], entry["parent"] or "", entry["level"]) for entry in document["labels"]]
    return Taxonomy(version=document["version"], labels={label.name: label for label in labels})
