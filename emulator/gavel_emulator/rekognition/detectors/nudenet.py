"""Sees with a real model: NudeNet on the pixels, mapped to the moderation taxonomy.

An optional extra (`requirements-vision.txt`). NudeNet is licensed under the AGPL-3.0, which is why it is loaded only
where someone asks for it (`GAVEL_DETECTOR=nudenet`), and why it is never part of what is deployed. Its wheel carries
the model (12 MB, ONNX), so nothing is downloaded at run time.

It knows nudity and its neighbours only: no violence, no drugs, no general labels.
"""

import threading
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from PIL import Image, ImageOps

from gavel_emulator.rekognition.scene import Picture, Scene, Seen

TAXONOMY_NAMES: Mapping[str, str] = {
    "FEMALE_GENITALIA_EXPOSED": "Exposed Female Genitalia",
    "MALE_GENITALIA_EXPOSED": "Exposed Male Genitalia",
    "ANUS_EXPOSED": "Exposed Buttocks or Anus",
    "BUTTOCKS_EXPOSED": "Exposed Buttocks or Anus",
    "FEMALE_BREAST_EXPOSED": "Exposed Female Nipple",
    "MALE_BREAST_EXPOSED": "Exposed Male Nipple",
    "FEMALE_BREAST_COVERED": "Female Swimwear or Underwear",
    "FEMALE_GENITALIA_COVERED": "Female Swimwear or Underwear",
}
"""NudeNet's classes that say something about nudity; faces, feet, bellies and armpits say nothing that the taxonomy
names. A covered breast may as well be a pullover, so the covered classes count only together (`COVERED`)."""

COVERED = ("FEMALE_BREAST_COVERED", "FEMALE_GENITALIA_COVERED")


class Model(Protocol):
    def detect(self, image: Any) -> Sequence[Mapping[str, Any]]:
        """`[{"class": "FACE_FEMALE", "score": 0.87, "box": […]}]`; `image` is an array of rows of blue, green, red."""
        ...


class NudeNet:
    def __init__(self, model: Model) -> None:
        self._model = model
        # One picture at a time: the runtime already uses every core for one.
        self._lock = threading.Lock()

    def look(self, picture: Picture) -> Scene:
        # Not the file itself: NudeNet fails on greyscale and 16-bit files, and leaves EXIF's turns undone.
        upright = ImageOps.exif_transpose(picture.pixels).convert("RGB")
        with self._lock:
            found = self._model.detect(_bgr(upright))
        return Scene(moderation=to_taxonomy(found))


def load_model() -> Model:
    """Raises ModuleNotFoundError, saying what to install, when the extra isn't there."""
    try:
        from nudenet import NudeDetector
    except ModuleNotFoundError as missing:
        raise ModuleNotFoundError(
            "GAVEL_DETECTOR=nudenet needs the optional extra: pip install -r emulator/requirements-vision.txt"
        ) from missing
    model: Model = NudeDetector()
    return model


def _bgr(pixels: Image.Image) -> Any:
    import numpy

    return numpy.ascontiguousarray(numpy.asarray(pixels)[:, :, ::-1])


def to_taxonomy(found: Sequence[Mapping[str, Any]]) -> tuple[Seen, ...]:
    """The surest detection of each label, in percent."""
    scores: dict[str, float] = {}
    for one in found:
        scores[one["class"]] = max(float(one["score"]), scores.get(one["class"], 0.0))
    if not all(part in scores for part in COVERED):
        scores = {part: score for part, score in scores.items() if part not in COVERED}
    confidences: dict[str, float] = {}
    for part, score in scores.items():
        if part in TAXONOMY_NAMES:
            name = TAXONOMY_NAMES[part]
            confidences[name] = max(score * 100, confidences.get(name, 0.0))
    return tuple(Seen(name, confidence) for name, confidence in confidences.items())
