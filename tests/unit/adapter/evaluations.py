"""An evaluation as Rekognition writes it, for tests."""

import json
from typing import Any

THRESHOLDS = range(5, 101, 5)
COUNTS = tuple[int, int, int, int]


def counts(given: COUNTS) -> dict[str, int]:
    return dict(zip(("TruePositive", "TrueNegative", "FalsePositive", "FalseNegative"), given, strict=True))


def evaluation_json(base: COUNTS, adapter: COUNTS, *, label: str = "Smoking", threshold: float = 50) -> bytes:
    """The same at every threshold; all together is the one label."""
    pair = {"BaseModel": counts(base), "Adapter": counts(adapter)}

    def at(each: float) -> dict[str, Any]:
        return {
            "ConfidenceThreshold": each,
            "AggregatedEvaluationResults": pair,
            "LabelEvaluationResults": [{"Label": label, **pair}],
        }

    return json.dumps(
        {
            "AggregatedEvaluationResults": {"F1Score": 0.9},
            "EvaluationDetails": {
                "EvaluationEndTimestamp": "2026-03-10T12:00:00.000Z",
                "Labels": [label],
                "NumberOfTestingImages": sum(base),
                "NumberOfTrainingImages": 300,
                "ProjectVersionArn": "arn:aws:rekognition:us-east-1:000000000000:project/p/version/v/2",
            },
            "ContentModeration": {
                "InputConfidenceThresholdEvalResults": at(threshold),
                "AllConfidenceThresholdsEvalResults": [at(each) for each in reversed(THRESHOLDS)],
            },
        }
    ).encode()
