"""Which custom moderation adapter a request's ProjectVersion means.

The seam for adapters: a request names one by ARN, a shelf knows those that can be used. No project operation is
emulated, so nobody can have made one, and every ARN is unknown, as it is to AWS in an account without projects.
"""

from typing import Protocol

from gavel_emulator.rekognition.errors import unknown_adapter
from gavel_emulator.rekognition.scene import Scene


class Adapter(Protocol):
    arn: str

    def adapt(self, scene: Scene) -> Scene:
        """What the adapted model sees where the base model sees `scene`."""
        ...


class Adapters(Protocol):
    def find(self, arn: str) -> Adapter | None:
        """The adapter; None for one that has EXPIRED, where the base model answers and ProjectVersion is absent.

        Raises RekognitionError for an unknown one (ResourceNotFoundException) and for one that isn't trained
        (ResourceNotReadyException).
        """
        ...


class NoAdapters:
    def find(self, arn: str) -> Adapter | None:
        raise unknown_adapter(arn)
