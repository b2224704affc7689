"""What the model sees at the moments at which it looks."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from PIL.Image import Image

from gavel_emulator.rekognition.scene import Scene
from gavel_emulator.rekognition.video.script import Script

EVERY_MS = 500
"""It looks twice a second, from the beginning: AWS documents no rate, and answers in its guide and in public samples
are about half a second apart. Timestamps are multiples of this, so that a test can count on them."""


@dataclass(frozen=True, slots=True)
class Sighting:
    at_ms: int
    scene: Scene


def scripted(script: Script, duration_ms: int) -> tuple[Sighting, ...]:
    """At every moment at which the model looks, and at the start of what is too short for it: nothing that somebody
    scripted goes unseen. Raises NotationError for what begins after the end.
    """
    script.check_length(duration_ms)
    moments = set(range(0, max(duration_ms, 1), EVERY_MS))
    last = max(moments)
    for span in script.spans():
        next_look = -(-span.start_ms // EVERY_MS) * EVERY_MS
        if next_look > min(span.end_ms, last):
            moments.add(span.start_ms)
    return tuple(Sighting(at_ms, script.at(at_ms)) for at_ms in sorted(moments))


def watched(frames: Iterable[tuple[int, Image]], look: Callable[[Image], Scene]) -> tuple[Sighting, ...]:
    return tuple(Sighting(at_ms, look(image)) for at_ms, image in frames)
