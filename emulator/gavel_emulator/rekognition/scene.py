"""What a detector is shown and what it says it sees; the answers of the API are made from it."""

from collections.abc import Mapping
from dataclasses import dataclass

from PIL.Image import Image


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A decoded image. `metadata` is the S3 object's user metadata (names in lower case, without `x-amz-meta-`), empty
    for an image that came as bytes; `sha256` is of `content`, in hex.
    """

    content: bytes
    sha256: str
    pixels: Image
    metadata: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """Where one instance of a thing is, as ratios of the picture's sides; `confidence` of the place, in percent."""

    left: float
    top: float
    width: float
    height: float
    confidence: float


@dataclass(frozen=True, slots=True)
class Seen:
    """One thing in a picture; `confidence` is in percent."""

    name: str
    confidence: float
    boxes: tuple[Box, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """Everything in a picture, without ancestors: those are added when an answer is made.

    `moderation` names labels of the moderation taxonomy, `content_types` Animated and Illustrated, `objects` labels of
    the general vocabulary (DetectLabels).
    """

    moderation: tuple[Seen, ...] = ()
    content_types: tuple[Seen, ...] = ()
    objects: tuple[Seen, ...] = ()
