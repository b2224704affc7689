"""Sees what it was told: by the object's metadata, or by a labels file keyed by content hash.

Metadata wins, one kind at a time: an object whose metadata names objects and no moderation labels takes the latter from
the labels file.

A derivative that INGEST makes (WebP to JPEG) has other bytes than its source, so another hash. INGEST copies the
source's `gavel-*` metadata onto it, and adds the source's hash as `gavel-source-sha256`: that one is looked up first.
"""

from gavel_emulator.rekognition.detectors.labels_file import LabelsBook
from gavel_emulator.rekognition.errors import invalid_script
from gavel_emulator.rekognition.notation import NotationError, parse_scene
from gavel_emulator.rekognition.scene import Picture, Scene

LABELS = "gavel-labels"
CONTENT_TYPES = "gavel-content-types"
OBJECTS = "gavel-objects"
SOURCE_SHA256 = "gavel-source-sha256"


class Scripted:
    def __init__(self, book: LabelsBook) -> None:
        self._book = book

    def look(self, picture: Picture) -> Scene | None:
        told = picture.metadata
        try:
            noted = self._book.find(told.get(SOURCE_SHA256, "")) or self._book.find(picture.sha256)
            if noted is None and not told.keys() & {LABELS, CONTENT_TYPES, OBJECTS}:
                return None
            noted = noted or Scene()
            spoken = parse_scene(
                labels=told.get(LABELS, ""),
                content_types=told.get(CONTENT_TYPES, ""),
                objects=told.get(OBJECTS, ""),
            )
        except NotationError as problems:
            raise invalid_script(str(problems)) from problems
        return Scene(
            moderation=spoken.moderation if LABELS in told else noted.moderation,
            content_types=spoken.content_types if CONTENT_TYPES in told else noted.content_types,
            objects=spoken.objects if OBJECTS in told else noted.objects,
        )
