"""The labels that DetectLabels can name, as far as they are known here: names, aliases and parents of model 3.0.

Rekognition has no operation that lists them. AWS publishes the whole list, some 3,000 names, as a file to download from
the developer guide ("Detecting objects and concepts"). `general_labels_v3.json` was written without that file, from
what AWS's documentation and answers of the API that others have published show: it holds common labels only, so that a
name that isn't in it may be real all the same, and what is in it hasn't been held against the file.
"""

import difflib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Final

NEAR: Final = 0.6
"""The least likeness of a name that is worth suggesting."""
SUGGESTIONS: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class GeneralLabel:
    """`parents` are the direct ones."""

    name: str
    parents: tuple[str, ...]
    aliases: tuple[str, ...]


@cache
def general_labels() -> Mapping[str, GeneralLabel]:
    """By name, read once; treat it as constant."""
    text = (resources.files("shared.taxonomy") / "general_labels_v3.json").read_text(encoding="utf-8")
    return {
        entry["name"]: GeneralLabel(
            name=entry["name"], parents=tuple(entry["parents"]), aliases=tuple(entry["aliases"])
        )
        for entry in json.loads(text)["labels"]
    }


def find(name: str) -> GeneralLabel | None:
    """By name or alias, without regard to case."""
    return _spellings().get(name.strip().casefold())


def nearest(name: str) -> tuple[str, ...]:
    """The real names that look most like this one, the likeliest first."""
    near = difflib.get_close_matches(name.strip().casefold(), _spellings(), n=2 * SUGGESTIONS, cutoff=NEAR)
    return tuple(dict.fromkeys(_spellings()[spelling].name for spelling in near))[:SUGGESTIONS]


@cache
def _spellings() -> Mapping[str, GeneralLabel]:
    labels = general_labels().values()
    by_alias = {alias.casefold(): label for label in labels for alias in label.aliases}
    return by_alias | {label.name.casefold(): label for label in labels}
