"""What speaks against an adapter, and what can be passed over."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from cli.adapter.promotion import CannotPromote, figures, objections, require_usable, worse_labels
from shared.custom_moderation.evaluation import read_evaluation
from shared.custom_moderation.projects import Adapter, VersionStatus
from shared.ledger.adapters import Figures
from tests.unit.adapter.evaluations import COUNTS, evaluation_json

ARN = "arn:aws:rekognition:us-east-1:000000000000:project/smokers/version/a1b2/1791000000000"
ADAPTER = Adapter(
    arn=ARN, name="a1b2", status=VersionStatus.TRAINING_COMPLETED, created_at=datetime(2026, 3, 10, tzinfo=UTC)
)


def measured(base: COUNTS = (10, 60, 0, 30), adapter: COUNTS = (36, 55, 5, 4)) -> Figures:
    evaluation = read_evaluation(evaluation_json(base, adapter))
    return figures(evaluation, evaluation.given)


def test_an_adapter_that_gains_enough_meets_no_objection() -> None:
    assert measured().gain == pytest.approx(8 / 9 - 0.4)
    assert list(objections(ADAPTER, measured(), 0.02)) == []


def test_too_little_gain_is_an_objection_with_its_figures() -> None:
    (told,) = objections(ADAPTER, measured(adapter=(10, 60, 0, 30)), 0.02)
    assert told == (
        "at a threshold of 50 its F1 is 0.400 and the base model's 0.400, a gain of +0.000 where 0.020 is wanted"
    )


def test_no_gain_comes_up_to_a_margin_that_is_no_number() -> None:
    assert list(objections(ADAPTER, measured(), float("nan"))) != []


def test_nothing_measured_is_an_objection() -> None:
    (unmeasured,) = objections(ADAPTER, measured((0, 100, 0, 0), (0, 100, 0, 0)), 0.0)
    assert "nothing was measured" in unmeasured
    assert list(objections(ADAPTER, None, 0.0)) == ["smokers/a1b2 has no evaluation"]


def test_a_deprecated_adapter_is_an_objection_and_one_that_is_not_asked_cannot_be_forced() -> None:
    deprecated = replace(ADAPTER, status=VersionStatus.DEPRECATED)
    require_usable(deprecated)
    assert "DEPRECATED" in next(objections(deprecated, measured(), 0.02))
    for status in set(VersionStatus) - {VersionStatus.TRAINING_COMPLETED, VersionStatus.DEPRECATED}:
        with pytest.raises(CannotPromote) as caught:
            require_usable(replace(ADAPTER, status=status))
        assert not caught.value.can_be_forced


def test_labels_that_get_worse_are_named() -> None:
    evaluation = read_evaluation(evaluation_json((36, 60, 0, 4), (40, 50, 10, 0)))
    assert worse_labels(evaluation.given) == ("Smoking",)
    assert worse_labels(read_evaluation(evaluation_json((10, 60, 0, 30), (36, 55, 5, 4))).given) == ()
