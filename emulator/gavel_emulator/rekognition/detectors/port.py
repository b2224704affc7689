"""Where what Rekognition "sees" comes from."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from gavel_emulator.rekognition.scene import Picture, Scene


class Detector(Protocol):
    def look(self, picture: Picture) -> Scene | None:
        """What the picture shows; None when this detector knows nothing about it.

        Raises RekognitionError (`invalid_script`) when it was told something that makes no sense. May take as long as a
        model takes; is called from many threads at once.
        """
        ...


@dataclass(frozen=True, slots=True)
class FirstToKnow:
    """Asks each detector in turn; a picture that none knows shows nothing."""

    detectors: Sequence[Detector]

    def look(self, picture: Picture) -> Scene:
        for detector in self.detectors:
            scene = detector.look(picture)
            if scene is not None:
                return scene
        return Scene()
