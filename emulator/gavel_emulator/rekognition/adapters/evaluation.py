"""How well an adapter does on its test set, beside the base model: counted, label by label (Developer Guide,
"Evaluation results manifest").
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

THRESHOLDS = tuple(float(threshold) for threshold in range(5, 101, 5))


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One test image: what it shows, and how sure each model is of each label, in percent; all with ancestors."""

    truth: frozenset[str]
    base: Mapping[str, float]
    adapter: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    true_positive: int = 0
    true_negative: int = 0
    false_positive: int = 0
    false_negative: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(
            true_positive=self.true_positive + other.true_positive,
            true_negative=self.true_negative + other.true_negative,
            false_positive=self.false_positive + other.false_positive,
            false_negative=self.false_negative + other.false_negative,
        )

    @property
    def f1(self) -> float:
        """0 where nothing was there and nothing was seen."""
        wrong = self.false_positive + self.false_negative
        return 2 * self.true_positive / (2 * self.true_positive + wrong) if self.true_positive else 0.0

    def told(self) -> dict[str, int]:
        return {
            "TruePositive": self.true_positive,
            "TrueNegative": self.true_negative,
            "FalsePositive": self.false_positive,
            "FalseNegative": self.false_negative,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelResult:
    label: str
    base: Counts
    adapter: Counts


def count(verdicts: Sequence[tuple[frozenset[str], Mapping[str, float]]], label: str, threshold: float) -> Counts:
    """Of one model: what is there and how sure the model is, for each image."""
    told = [(label in truth, sure.get(label, 0.0) >= threshold) for truth, sure in verdicts]
    return Counts(
        true_positive=told.count((True, True)),
        true_negative=told.count((False, False)),
        false_positive=told.count((False, True)),
        false_negative=told.count((True, False)),
    )


def at(threshold: float, labels: Sequence[str], tested: Sequence[Trial]) -> list[LabelResult]:
    base = [(one.truth, one.base) for one in tested]
    adapter = [(one.truth, one.adapter) for one in tested]
    return [
        LabelResult(label=label, base=count(base, label, threshold), adapter=count(adapter, label, threshold))
        for label in labels
    ]


def f1(results: Sequence[LabelResult]) -> float:
    """The adapter's, of all labels together."""
    return sum((result.adapter for result in results), Counts()).f1


def document(
    *,
    version_arn: str,
    ended_at: datetime,
    threshold: float,
    labels: Sequence[str],
    tested: Sequence[Trial],
    training_images: int,
) -> dict[str, Any]:
    """The evaluation results manifest. What AWS aggregates over isn't documented; here it is the labels trained for."""
    return {
        "AggregatedEvaluationResults": {"F1Score": f1(at(threshold, labels, tested))},
        "EvaluationDetails": {
            "EvaluationEndTimestamp": ended_at.isoformat(timespec="milliseconds"),
            "Labels": list(labels),
            "NumberOfTestingImages": len(tested),
            "NumberOfTrainingImages": training_images,
            "ProjectVersionArn": version_arn,
        },
        "ContentModeration": {
            "InputConfidenceThresholdEvalResults": _told(threshold, at(threshold, labels, tested)),
            "AllConfidenceThresholdsEvalResults": [_told(each, at(each, labels, tested)) for each in THRESHOLDS],
        },
    }


def _told(threshold: float, results: Sequence[LabelResult]) -> dict[str, Any]:
    return {
        "ConfidenceThreshold": threshold,
        "AggregatedEvaluationResults": {
            "BaseModel": sum((result.base for result in results), Counts()).told(),
            "Adapter": sum((result.adapter for result in results), Counts()).told(),
        },
        "LabelEvaluationResults": [
            {"Label": result.label, "BaseModel": result.base.told(), "Adapter": result.adapter.told()}
            for result in results
        ],
    }
