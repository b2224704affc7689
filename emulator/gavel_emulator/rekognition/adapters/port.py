"""Which custom moderation adapter a request's ProjectVersion means."""

from typing import Protocol

from gavel_emulator.rekognition.job_book import Place
from gavel_emulator.rekognition.scene import Picture, Scene


class Adapter(Protocol):
    @property
    def arn(self) -> str: ...

    def adapt(self, picture: Picture, scene: Scene) -> Scene:
        """What the adapted model sees in the picture, where the base model sees `scene`."""
        ...


class Adapters(Protocol):
    def find(self, place: Place, arn: str) -> Adapter | None:
        """The adapter; None for one that has EXPIRED, where the base model answers and ProjectVersion is absent.

        Raises RekognitionError for an unknown one (ResourceNotFoundException) and for one that isn't trained
        (ResourceNotReadyException).
        """
        ...
