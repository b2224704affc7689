"""The labels file: what pictures and videos show, keyed by the SHA-256 of their content.

    {"<64 hex digits>": {"labels": "Weapon Violence:92.6", "content_types": "Illustrated:93.9", "objects": "Robin:91"}}

All three parts are optional; `{}` is a picture that shows nothing. JSON, or YAML where the name ends so. An entry that
names times (`Smoking@1200-4800:88.1`) is a video's; one that names none may be either's.
"""

import json
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from gavel_emulator.rekognition.notation import NotationError, parse_scene
from gavel_emulator.rekognition.scene import Scene
from gavel_emulator.rekognition.video.script import Script, names_times, parse_script

SHA256 = re.compile(r"[0-9a-f]{64}")
TIMED_PARTS = ("labels", "content_types")
PARTS = (*TIMED_PARTS, "objects")


class LabelsFileError(ValueError):
    """Names every problem of the document, one a line."""


@dataclass(frozen=True, slots=True)
class Noted:
    """One entry: what it means for a picture and for a video, and as it was written."""

    scene: Scene | None
    """None for one that names times."""
    script: Script
    written: Mapping[str, str]


class LabelsBook:
    """The entries in force; filled from the file at the start and over HTTP later. Safe to use from many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._noted: dict[str, Noted] = {}

    def add(self, document: object) -> int:
        """Adds the document's entries, replacing those of the same hash; tells how many it had.

        Raises LabelsFileError and adds nothing when any entry is bad.
        """
        noted = read_entries(document)
        with self._lock:
            self._noted.update(noted)
        return len(noted)

    def add_file(self, path: Path) -> int:
        """`add` for a file's document. Raises LabelsFileError, which then names the file."""
        try:
            return self.add(_read_document(path))
        except LabelsFileError as problems:
            raise LabelsFileError(f"the labels file {path} can't be used:\n{problems}") from problems

    def find(self, sha256: str) -> Scene | None:
        """What a picture shows. Raises NotationError when its entry names times."""
        noted = self._find(sha256)
        if noted and noted.scene is None:
            raise NotationError(f"the labels file's entry {sha256.lower()} names times, and this is a picture")
        return noted.scene if noted else None

    def find_script(self, sha256: str) -> Script | None:
        """What a video shows."""
        noted = self._find(sha256)
        return noted.script if noted else None

    @property
    def is_empty(self) -> bool:
        with self._lock:
            return not self._noted

    def entries(self) -> dict[str, Mapping[str, str]]:
        with self._lock:
            return {sha256: noted.written for sha256, noted in self._noted.items()}

    def clear(self) -> None:
        with self._lock:
            self._noted.clear()

    def _find(self, sha256: str) -> Noted | None:
        with self._lock:
            return self._noted.get(sha256.lower())


def _read_document(path: Path) -> Any:
    try:
        text = path.read_text("utf-8")
        return yaml.safe_load(text) if path.suffix in {".yaml", ".yml"} else json.loads(text)
    except (OSError, UnicodeDecodeError, json.JSONDecodeError, yaml.YAMLError) as problem:
        raise LabelsFileError(str(problem)) from problem


def read_entries(document: object) -> dict[str, Noted]:
    """By hash, in lower case. Raises LabelsFileError with every problem of every entry."""
    if not isinstance(document, Mapping):
        raise LabelsFileError("the labels must be an object of SHA-256 hashes")
    problems: list[str] = []
    noted: dict[str, Noted] = {}
    for key, entry in document.items():
        try:
            noted[str(key).lower()] = _read_entry(str(key), entry)
        except NotationError as problem:
            problems.append(f"{key}: {problem}")
    if problems:
        raise LabelsFileError("\n".join(problems))
    return noted


def _read_entry(key: str, entry: object) -> Noted:
    if not SHA256.fullmatch(key.lower()):
        raise NotationError("not a SHA-256 in hex")
    if not isinstance(entry, Mapping):
        raise NotationError("not an object")
    unknown = [part for part in entry if part not in PARTS]
    if unknown:
        raise NotationError(f"unknown part {unknown[0]!r}; there are {', '.join(PARTS)}")
    for part, text in entry.items():
        if not isinstance(text, str):
            raise NotationError(f"{part} is not a text")
    if not any(names_times(entry.get(part, "")) for part in TIMED_PARTS):
        scene = parse_scene(**entry)
        return Noted(scene, Script.of(scene), dict(entry))
    if "objects" in entry:
        raise NotationError("objects are of pictures, and this entry names times")
    return Noted(None, parse_script(**entry), dict(entry))
