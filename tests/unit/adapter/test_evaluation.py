"""An evaluation is read as the guide describes it, and says no more than its few images can."""

import pytest

from cli.adapter.plot import as_png
from shared.custom_moderation.evaluation import Counts, EvaluationUnreadable, Rate, panels, read_evaluation
from tests.unit.adapter.evaluations import evaluation_json

READ = read_evaluation(evaluation_json((10, 60, 0, 30), (36, 55, 5, 4)))


def test_both_models_are_counted_for_every_label_and_threshold() -> None:
    assert (READ.training_images, READ.testing_images, READ.labels) == (300, 100, ("Smoking",))
    assert [each.confidence_threshold for each in READ.thresholds] == [float(at) for at in range(5, 101, 5)]
    compared = READ.given.compared("Smoking")
    assert compared is not None
    assert compared.base_model == Counts(true_positive=10, true_negative=60, false_positive=0, false_negative=30)
    assert (compared.base_model.false_negatives, compared.adapter.false_negatives) == (Rate(30, 40), Rate(4, 40))
    assert READ.given.compared("Weapons") is None
    assert READ.at(50.0) is READ.given
    assert READ.at(52.0) is None


def test_a_rate_comes_with_what_it_may_truly_be() -> None:
    assert Rate(4, 40).interval == pytest.approx((0.0396, 0.2305), abs=1e-4)
    assert (Rate(0, 0).share, Rate(0, 0).interval) == (None, (0.0, 1.0))


def test_f1_is_unknown_where_nothing_was_there_or_named() -> None:
    assert Counts(true_negative=100).f1 is None
    assert Counts(true_positive=36, false_positive=5, false_negative=4).f1 == pytest.approx(8 / 9)


def test_a_plot_has_all_labels_together_and_each() -> None:
    shown = list(panels(READ))
    assert [panel.label for panel in shown] == [None, "Smoking"]
    assert shown[1].false_negatives["base"].shares == (0.75,) * 20
    assert shown[1].false_positives["adapter"].shares[0] == pytest.approx(5 / 60, abs=1e-4)
    assert as_png(READ).startswith(b"\x89PNG")


@pytest.mark.parametrize("content", [b"", b"{}", b'{"ContentModeration": {"InputConfidenceThresholdEvalResults": 1}}'])
def test_what_is_no_evaluation_is_told_where(content: bytes) -> None:
    with pytest.raises(EvaluationUnreadable):
        read_evaluation(content)
