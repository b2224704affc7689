"""What Rekognition measured of an adapter on its test set, beside the base model: per label and per threshold.

The evaluation is a JSON file whose place DescribeProjectVersions names. Its shape is from the Rekognition guide,
"Evaluation and improving your adapter"; fields that aren't used here may be missing, and others may come.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import msgspec

from shared.ledger.scores import wilson


class Counts(msgspec.Struct, frozen=True, rename="pascal"):
    """How often a model was right and wrong about a label, over the images of the test set."""

    true_positive: int = 0
    true_negative: int = 0
    false_positive: int = 0
    false_negative: int = 0

    @property
    def f1(self) -> float | None:
        """0 to 1; None where no image has any of it and nobody said so."""
        told = 2 * self.true_positive + self.false_positive + self.false_negative
        return 2 * self.true_positive / told if told else None

    @property
    def false_positives(self) -> "Rate":
        """Of the images that don't have it."""
        return Rate(self.false_positive, self.false_positive + self.true_negative)

    @property
    def false_negatives(self) -> "Rate":
        """Of the images that do."""
        return Rate(self.false_negative, self.false_negative + self.true_positive)


@dataclass(frozen=True, slots=True)
class Rate:
    """`of` is 0 where there was nothing to be wrong about."""

    wrong: int
    of: int

    @property
    def share(self) -> float | None:
        return self.wrong / self.of if self.of else None

    @property
    def interval(self) -> tuple[float, float]:
        """The true share is within, so likely as 95 %; anywhere where nothing is known."""
        return wilson(self.wrong, self.of) if self.of else (0.0, 1.0)


class Compared(msgspec.Struct, frozen=True, rename="pascal"):
    base_model: Counts
    adapter: Counts


class LabelCompared(msgspec.Struct, frozen=True, rename="pascal"):
    label: str
    base_model: Counts
    adapter: Counts


class AtThreshold(msgspec.Struct, frozen=True, rename="pascal"):
    confidence_threshold: float
    aggregated_evaluation_results: Compared
    label_evaluation_results: tuple[LabelCompared, ...] = ()

    def compared(self, label: str | None) -> Compared | None:
        """Of one label, or of all together."""
        if label is None:
            return self.aggregated_evaluation_results
        found = (each for each in self.label_evaluation_results if each.label == label)
        return next((Compared(base_model=each.base_model, adapter=each.adapter) for each in found), None)


class _Details(msgspec.Struct, frozen=True, rename="pascal"):
    project_version_arn: str = ""
    number_of_testing_images: int = 0
    number_of_training_images: int = 0


class _Thresholds(msgspec.Struct, frozen=True, rename="pascal"):
    input_confidence_threshold_eval_results: AtThreshold
    all_confidence_thresholds_eval_results: tuple[AtThreshold, ...] = ()


class _Document(msgspec.Struct, frozen=True, rename="pascal"):
    content_moderation: _Thresholds
    evaluation_details: _Details = _Details()


class EvaluationUnreadable(ValueError):
    """The file isn't what the guide describes; the text says where."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """`given` is at the threshold that the adapter was trained for, `thresholds` are all others, the lowest first."""

    adapter: str
    training_images: int
    testing_images: int
    given: AtThreshold
    thresholds: tuple[AtThreshold, ...]

    @property
    def labels(self) -> tuple[str, ...]:
        return tuple(each.label for each in self.given.label_evaluation_results)

    def at(self, threshold: float) -> AtThreshold | None:
        """What was measured at exactly this threshold."""
        every = (self.given, *self.thresholds)
        return next((each for each in every if each.confidence_threshold == threshold), None)


class Curve(msgspec.Struct, frozen=True, kw_only=True):
    """How often one model is wrong in one way (0-1), for each threshold where there was something to be wrong about."""

    thresholds: tuple[float, ...]
    shares: tuple[float, ...]


class Panel(msgspec.Struct, frozen=True, kw_only=True):
    """What a plot shows of one label, or of all together where `label` is None; curves by model."""

    label: str | None = None
    false_positives: dict[str, Curve]
    false_negatives: dict[str, Curve]


MODELS: Final = ("base", "adapter")


def read_evaluation(content: bytes) -> Evaluation:
    """Raises EvaluationUnreadable."""
    try:
        document = msgspec.json.decode(content, type=_Document)
    except msgspec.DecodeError as error:
        raise EvaluationUnreadable(str(error)) from error
    moderation, details = document.content_moderation, document.evaluation_details
    return Evaluation(
        adapter=details.project_version_arn,
        training_images=details.number_of_training_images,
        testing_images=details.number_of_testing_images,
        given=moderation.input_confidence_threshold_eval_results,
        thresholds=tuple(
            sorted(moderation.all_confidence_thresholds_eval_results, key=lambda each: each.confidence_threshold)
        ),
    )


def panels(evaluation: Evaluation) -> Iterator[Panel]:
    """All labels together, then each label that any image of the test set has or that a model named."""
    for label in (None, *evaluation.labels):
        yield Panel(
            label=label,
            false_positives={model: _curve(evaluation, label, model, "false_positives") for model in MODELS},
            false_negatives={model: _curve(evaluation, label, model, "false_negatives") for model in MODELS},
        )


def _curve(evaluation: Evaluation, label: str | None, model: str, which: str) -> Curve:
    points = []
    for each in evaluation.thresholds:
        compared = each.compared(label)
        if compared is None:
            continue
        rate: Rate = getattr(compared.base_model if model == "base" else compared.adapter, which)
        if rate.share is not None:
            points.append((each.confidence_threshold, round(rate.share, 4)))
    return Curve(thresholds=tuple(at for at, _ in points), shares=tuple(share for _, share in points))
