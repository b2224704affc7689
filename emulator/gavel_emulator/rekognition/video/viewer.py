"""What the model sees in a video: what the object's metadata or the labels file tells it, or what a detector finds in
the frames. Metadata wins, one kind at a time, as with pictures.
"""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import BinaryIO, Protocol

from PIL.Image import Image

from gavel_emulator.rekognition.detectors.labels_file import LabelsBook
from gavel_emulator.rekognition.detectors.port import Detector
from gavel_emulator.rekognition.detectors.scripted import CONTENT_TYPES, LABELS, SOURCE_SHA256
from gavel_emulator.rekognition.errors import invalid_script
from gavel_emulator.rekognition.notation import NotationError
from gavel_emulator.rekognition.scene import Picture, Scene
from gavel_emulator.rekognition.video.film import Film, frames
from gavel_emulator.rekognition.video.script import Script, parse_script
from gavel_emulator.rekognition.video.sightings import EVERY_MS, Sighting, scripted, watched


class GoneVideo(Exception):
    """The object can't be read any more; the text is the job's StatusMessage."""


class Video(Protocol):
    @property
    def size_bytes(self) -> int: ...

    @property
    def metadata(self) -> Mapping[str, str]:
        """The object's user metadata."""
        ...

    def opened(self) -> AbstractContextManager[BinaryIO]:
        """Reading may raise GoneVideo."""
        ...

    def sha256(self) -> str:
        """In hex; reads all of it, and raises GoneVideo as that does."""
        ...


class Viewer:
    """`pixels` looks at frames of videos that aren't scripted; without it they show nothing."""

    def __init__(self, book: LabelsBook, pixels: Detector | None) -> None:
        self._book = book
        self._pixels = pixels

    def check(self, metadata: Mapping[str, str], film: Film | None) -> None:
        """Raises RekognitionError (`invalid_script`) for metadata that makes no sense."""
        try:
            spoken = _spoken(metadata)
            if film:
                spoken.check_length(film.duration_ms)
        except NotationError as problems:
            raise invalid_script(str(problems)) from problems

    def look(self, video: Video, film: Film) -> tuple[Sighting, ...]:
        """Takes as long as reading the video takes, where the labels file or a detector needs it.

        Raises NotationError where the labels file names a time after the video's end, UnreadableFilm, and what reading
        raises.
        """
        told = video.metadata
        noted = self._noted(video)
        if noted is None and not told.keys() & {LABELS, CONTENT_TYPES}:
            return self._watch(video)
        noted, spoken = noted or Script(), _spoken(told)
        script = Script(
            moderation=spoken.moderation if LABELS in told else noted.moderation,
            content_types=spoken.content_types if CONTENT_TYPES in told else noted.content_types,
        )
        return scripted(script, film.duration_ms)

    def _noted(self, video: Video) -> Script | None:
        if self._book.is_empty:
            return None
        return self._book.find_script(video.metadata.get(SOURCE_SHA256, "")) or self._book.find_script(video.sha256())

    def _watch(self, video: Video) -> tuple[Sighting, ...]:
        pixels = self._pixels
        if pixels is None:
            return ()

        def look(image: Image) -> Scene:
            return pixels.look(Picture(content=b"", sha256="", pixels=image, metadata={})) or Scene()

        with video.opened() as file:
            return watched(frames(file, every_ms=EVERY_MS), look)


def _spoken(metadata: Mapping[str, str]) -> Script:
    return parse_script(labels=metadata.get(LABELS, ""), content_types=metadata.get(CONTENT_TYPES, ""))
