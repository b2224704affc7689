"""The answer of DetectModerationLabels, made from a scene."""

from typing import Any

from gavel_emulator.rekognition.scene import Scene, Seen
from gavel_emulator.rekognition.taxonomy import ModerationLabel, Taxonomy

DEFAULT_MIN_CONFIDENCE = 50.0


def moderation_answer(scene: Scene, taxonomy: Taxonomy, min_confidence: float) -> dict[str, Any]:
    """The response without the parts that concern adapters and human loops."""
    return {
        "ModerationLabels": [
            {"Confidence": confidence, "Name": label.name, "ParentName": label.parent, "TaxonomyLevel": label.level}
            for label, confidence in with_ancestors(scene.moderation, taxonomy)
            if confidence >= min_confidence
        ],
        "ModerationModelVersion": taxonomy.version,
        # The guide ties MinConfidence to labels only; content types come whatever their confidence.
        "ContentTypes": [
            {"Confidence": seen.confidence, "Name": seen.name}
            for seen in sorted(scene.content_types, key=lambda seen: -seen.confidence)
        ],
    }


def with_ancestors(seen: tuple[Seen, ...], taxonomy: Taxonomy) -> list[tuple[ModerationLabel, float]]:
    """All labels with every ancestor, the surest first; a label is followed by its ancestors, upwards, as in the guide.

    An ancestor is as sure as its surest descendant.
    """
    confidences: dict[str, float] = {}
    for one in seen:
        for label in taxonomy.lineage(one.name):
            confidences[label.name] = max(one.confidence, confidences.get(label.name, 0.0))
    listed: dict[str, ModerationLabel] = {}
    deepest_of_the_surest = sorted(confidences, key=lambda name: (-confidences[name], -taxonomy.labels[name].level))
    for name in deepest_of_the_surest:
        for label in taxonomy.lineage(name):
            listed.setdefault(label.name, label)
    return [(label, confidences[label.name]) for label in listed.values()]
