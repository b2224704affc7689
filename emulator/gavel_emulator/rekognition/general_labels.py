"""The answer of DetectLabels, made from a scene and the vocabulary."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from gavel_emulator.rekognition.scene import Box, Seen
from gavel_emulator.rekognition.vocabulary import GeneralLabel, Vocabulary

DEFAULT_MIN_CONFIDENCE = 55.0
MAX_LABELS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelFilter:
    """`Settings.GeneralLabels`. Without inclusions everything is in; an exclusion always wins."""

    included_labels: Collection[str] = ()
    included_categories: Collection[str] = ()
    excluded_labels: Collection[str] = ()
    excluded_categories: Collection[str] = ()

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> "LabelFilter":
        return cls(
            included_labels=settings.get("LabelInclusionFilters") or (),
            included_categories=settings.get("LabelCategoryInclusionFilters") or (),
            excluded_labels=settings.get("LabelExclusionFilters") or (),
            excluded_categories=settings.get("LabelCategoryExclusionFilters") or (),
        )

    def passes(self, label: GeneralLabel) -> bool:
        def named(labels: Collection[str], categories: Collection[str]) -> bool:
            return label.name in labels or any(category in categories for category in label.categories)

        anything = not self.included_labels and not self.included_categories
        return (anything or named(self.included_labels, self.included_categories)) and not named(
            self.excluded_labels, self.excluded_categories
        )


def label_list(
    seen: tuple[Seen, ...],
    vocabulary: Vocabulary,
    *,
    min_confidence: float,
    max_labels: int,
    label_filter: LabelFilter,
) -> list[dict[str, Any]]:
    """`Labels` of the response: the surest first, then by name; parents are added with their child's confidence."""
    confidences: dict[str, float] = {}
    boxes = {one.name: one.boxes for one in seen}
    for one in seen:
        for name in (one.name, *vocabulary.labels[one.name].ancestors):
            confidences[name] = max(one.confidence, confidences.get(name, 0.0))
    chosen = [
        vocabulary.labels[name]
        for name in sorted(confidences, key=lambda name: (-confidences[name], name))
        if confidences[name] >= min_confidence and label_filter.passes(vocabulary.labels[name])
    ]
    return [
        _entry(label, confidences[label.name], boxes.get(label.name, ()))
        for label in chosen[: min(max_labels, MAX_LABELS)]
    ]


def _entry(label: GeneralLabel, confidence: float, boxes: tuple[Box, ...]) -> dict[str, Any]:
    """Boxes are the label's own: its ancestors are listed without any, as in the API's examples."""
    return {
        "Name": label.name,
        "Confidence": confidence,
        "Instances": [_instance(box) for box in boxes],
        "Parents": [{"Name": name} for name in label.ancestors],
        "Aliases": [{"Name": name} for name in label.aliases],
        "Categories": [{"Name": name} for name in label.categories],
    }


def _instance(box: Box) -> dict[str, Any]:
    return {
        "BoundingBox": {"Left": box.left, "Top": box.top, "Width": box.width, "Height": box.height},
        "Confidence": box.confidence,
    }
