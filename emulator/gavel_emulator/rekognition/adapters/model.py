"""What an adapter has learned, and how it changes what the base model sees.

For each label that it was trained for, the confidence is the probability that a logistic regression gives it, on the
picture's features and on the base model's own confidence in that label. Everything else is left as the base model sees
it.
"""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gavel_emulator.rekognition.adapters.features import Features
from gavel_emulator.rekognition.moderation import with_ancestors
from gavel_emulator.rekognition.scene import Scene, Seen
from gavel_emulator.rekognition.taxonomy import taxonomy


@dataclass(frozen=True, slots=True)
class Lesson:
    """One row for each picture; one column of `base` (percent) and of `truth` for each label."""

    labels: tuple[str, ...]
    features: NDArray[np.float32]
    base: NDArray[np.float32]
    truth: NDArray[np.bool_]

    def packed(self) -> bytes:
        file = io.BytesIO()
        np.savez(file, features=self.features, base=self.base, truth=self.truth)
        return file.getvalue()


@dataclass(frozen=True, slots=True)
class Model:
    """One row of `weights` for each label: those of the features, and last that of the base confidence."""

    labels: tuple[str, ...]
    weights: NDArray[np.float64]
    intercepts: NDArray[np.float64]

    @classmethod
    def unpacked(cls, labels: tuple[str, ...], content: bytes) -> "Model":
        with np.load(io.BytesIO(content)) as arrays:
            return cls(labels, arrays["weights"], arrays["intercepts"])

    def adapt(self, features: Features, scene: Scene) -> Scene:
        base = confidences(scene)
        own = np.array([base.get(label, 0.0) for label in self.labels])
        odds = self.weights[:, :-1] @ features + self.weights[:, -1] * own + self.intercepts
        learned = 100 / (1 + np.exp(-np.clip(odds, -50, 50)))
        return Scene(
            moderation=(
                *(Seen(label, round(float(sure), 4)) for label, sure in zip(self.labels, learned, strict=True)),
                *(seen for seen in scene.moderation if seen.name not in self.labels),
            ),
            content_types=scene.content_types,
            objects=scene.objects,
        )


def confidences(scene: Scene) -> Mapping[str, float]:
    """By label, ancestors among them, in percent."""
    return {label.name: sure for label, sure in with_ancestors(scene.moderation, taxonomy())}


def lesson(
    labels: Sequence[str],
    pictures: Sequence[Features],
    base: Sequence[Mapping[str, float]],
    truth: Sequence[frozenset[str]],
) -> Lesson:
    return Lesson(
        tuple(labels),
        np.stack(pictures),
        np.array([[seen.get(label, 0.0) for label in labels] for seen in base], dtype=np.float32),
        np.array([[label in shown for label in labels] for shown in truth], dtype=np.bool_),
    )
