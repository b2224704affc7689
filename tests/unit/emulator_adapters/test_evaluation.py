"""What an adapter is worth: counted beside the base model, and told in AWS's shape."""

from datetime import UTC, datetime

from gavel_emulator.rekognition.adapters.evaluation import Counts, Trial, document

TESTED = (
    Trial(truth=frozenset({"Gambling"}), base={}, adapter={"Gambling": 92.0}),
    Trial(truth=frozenset({"Gambling"}), base={"Gambling": 60.0}, adapter={"Gambling": 44.0}),
    Trial(truth=frozenset(), base={"Gambling": 50.0}, adapter={"Gambling": 7.0}),
    Trial(truth=frozenset(), base={}, adapter={}),
)


def told(true_positive: int, true_negative: int, false_positive: int, false_negative: int) -> dict[str, int]:
    return Counts(
        true_positive=true_positive,
        true_negative=true_negative,
        false_positive=false_positive,
        false_negative=false_negative,
    ).told()


def test_the_evaluation_counts_both_models_at_the_asked_threshold_and_at_twenty_more() -> None:
    evaluation = document(
        version_arn="arn",
        ended_at=datetime(2026, 1, 1, tzinfo=UTC),
        threshold=50.0,
        labels=["Gambling"],
        tested=TESTED,
        training_images=120,
    )
    asked = evaluation["ContentModeration"]["InputConfidenceThresholdEvalResults"]
    assert asked["LabelEvaluationResults"] == [
        {"Label": "Gambling", "BaseModel": told(1, 1, 1, 1), "Adapter": told(1, 2, 0, 1)}
    ]
    assert asked["AggregatedEvaluationResults"] == {"BaseModel": told(1, 1, 1, 1), "Adapter": told(1, 2, 0, 1)}
    assert evaluation["AggregatedEvaluationResults"] == {"F1Score": 2 / 3}
    curve = {
        each["ConfidenceThreshold"]: each
        for each in evaluation["ContentModeration"]["AllConfidenceThresholdsEvalResults"]
    }
    assert list(curve) == [float(threshold) for threshold in range(5, 101, 5)]
    assert curve[5.0]["AggregatedEvaluationResults"]["Adapter"] == told(2, 1, 1, 0)
    assert curve[100.0]["AggregatedEvaluationResults"]["Adapter"] == told(0, 2, 0, 2)
    assert evaluation["EvaluationDetails"] == {
        "EvaluationEndTimestamp": "2026-01-01T00:00:00.000+00:00",
        "Labels": ["Gambling"],
        "NumberOfTestingImages": 4,
        "NumberOfTrainingImages": 120,
        "ProjectVersionArn": "arn",
    }


def test_an_adapter_that_sees_nothing_of_what_is_there_is_worth_nothing() -> None:
    assert Counts(false_negative=5).f1 == 0
    assert Counts(true_negative=5).f1 == 0
