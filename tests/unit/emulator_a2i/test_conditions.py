"""Activation conditions: what is accepted, when they are true, what people are shown."""

import json
from typing import Any

import pytest
from gavel_emulator.a2i.conditions import EVERYTHING, ConditionsInvalid, Evaluation, evaluate, parse

VIOLENCE = {"Name": "Violence", "ParentName": "", "Confidence": 71.2}
WEAPONS = {"Name": "Weapons", "ParentName": "Violence", "Confidence": 92.6}
SMOKING = {"Name": "Smoking", "ParentName": "Drugs & Tobacco Paraphernalia & Use", "Confidence": 55.0}
LABELS = (VIOLENCE, WEAPONS, SMOKING)


def check(name: str, **bounds: float) -> dict[str, Any]:
    return {
        "ConditionType": "ModerationLabelConfidenceCheck",
        "ConditionParameters": {"ModerationLabelName": name} | bounds,
    }


def sampling(percentage: float) -> dict[str, Any]:
    return {"ConditionType": "Sampling", "ConditionParameters": {"RandomSamplingPercentage": percentage}}


def evaluated(*conditions: dict[str, Any], draw: float = 50.0) -> Evaluation:
    return evaluate(parse(json.dumps({"Conditions": conditions})), LABELS, draw)


def names(evaluation: Evaluation) -> list[str]:
    return [label["Name"] for label in evaluation.selected]


@pytest.mark.parametrize(
    ("bounds", "activated"),
    [
        ({"ConfidenceEquals": 71.2}, True),
        ({"ConfidenceEquals": 71.3}, False),
        ({"ConfidenceLessThan": 71.2}, False),
        ({"ConfidenceLessThan": 71.3}, True),
        ({"ConfidenceLessThanEquals": 71.2}, True),
        ({"ConfidenceGreaterThan": 71.2}, False),
        ({"ConfidenceGreaterThan": 71}, True),
        ({"ConfidenceGreaterThanEquals": 71.2}, True),
        ({"ConfidenceGreaterThanEquals": 60, "ConfidenceLessThan": 90}, True),
        ({"ConfidenceGreaterThanEquals": 60, "ConfidenceLessThan": 70}, False),
        ({}, True),
    ],
)
def test_a_check_compares_as_it_says(bounds: dict[str, float], activated: bool) -> None:
    assert evaluated(check("Violence", **bounds)).activated is activated


@pytest.mark.parametrize("name", ["violence", "Violenc", "Nudity"])
def test_a_label_is_named_exactly(name: str) -> None:
    assert not evaluated(check(name, ConfidenceGreaterThan=0)).activated


def test_a_star_is_any_label_and_selects_those_that_fit() -> None:
    assert names(evaluated(check("*", ConfidenceGreaterThanEquals=70))) == ["Violence", "Weapons"]


def test_and_needs_all_and_or_needs_one() -> None:
    true, false = check("Violence", ConfidenceGreaterThan=1), check("Violence", ConfidenceGreaterThan=99)
    assert not evaluated({"And": [true, false]}).activated
    assert evaluated({"Or": [true, false]}).activated
    assert evaluated(false, true).activated


def test_the_labels_of_all_true_checks_are_selected_and_nothing_is_cut_short() -> None:
    evaluation = evaluated({"Or": [check("Violence", ConfidenceLessThan=90), check("Smoking", ConfidenceLessThan=90)]})
    assert names(evaluation) == ["Violence", "Smoking"]


def test_a_true_check_inside_a_false_and_selects_nothing() -> None:
    evaluation = evaluated({"And": [check("Weapons"), check("Nudity")]}, check("Smoking"))
    assert names(evaluation) == ["Smoking"]


def test_sampling_alone_selects_every_label() -> None:
    assert names(evaluated(sampling(60))) == ["Violence", "Weapons", "Smoking"]


def test_sampling_with_a_check_selects_the_checks_label() -> None:
    assert names(evaluated({"And": [sampling(60), check("Weapons")]})) == ["Weapons"]


@pytest.mark.parametrize(("draw", "activated"), [(0.0, True), (4.99, True), (5.0, False), (99.9, False)])
def test_sampling_takes_the_draws_below_its_percentage(draw: float, activated: bool) -> None:
    evaluation = evaluated(sampling(5), draw=draw)
    assert evaluation.activated is activated
    assert bool(evaluation.selected) is activated


def test_without_conditions_everything_is_reviewed() -> None:
    assert evaluate(EVERYTHING, (), 99.999999).activated


def test_no_entry_means_no_review() -> None:
    assert not evaluated().activated


def test_the_results_repeat_the_conditions_with_their_outcome() -> None:
    evaluation = evaluated({"Or": [check("Violence", ConfidenceGreaterThan=60), sampling(5)]})
    assert evaluation.results == {
        "Conditions": [
            {
                "EvaluationResult": True,
                "Or": [
                    {
                        "ConditionParameters": {"ConfidenceGreaterThan": 60, "ModerationLabelName": "Violence"},
                        "ConditionType": "ModerationLabelConfidenceCheck",
                        "EvaluationResult": True,
                    },
                    {
                        "ConditionParameters": {"RandomSamplingPercentage": 5},
                        "ConditionType": "Sampling",
                        "EvaluationResult": False,
                    },
                ],
            }
        ]
    }


def test_two_levels_of_and_and_or_are_accepted() -> None:
    evaluation = evaluated({"Or": [{"And": [check("Weapons"), check("Violence")]}, check("Nudity")]})
    assert names(evaluation) == ["Violence", "Weapons"]


THREE_LEVELS = {"Or": [{"And": [{"Or": [check("A"), check("B")]}, check("C")]}, check("D")]}


@pytest.mark.parametrize(
    ("document", "complaint"),
    [
        ("", "not valid JSON"),
        ("[]", "not a JSON object"),
        ("[" * 5000, "nested deeper"),
        ("{}", "expected"),
        ('{"Conditions":{}}', "expected"),
        ('{"Conditions":[],"More":1}', "nothing else"),
        ('{"Conditions":[1]}', r"Conditions\[0\]: not an object"),
        ('{"Conditions":[{}]}', r"Conditions\[0\].ConditionType"),
        ('{"Conditions":[{"ConditionType":"ImportantFormKeyConfidenceCheck"}]}', "ConditionType"),
        ('{"Conditions":[{"ConditionType":"Sampling","ConditionParameters":[]}]}', "not an object"),
        (json.dumps({"Conditions": [{"And": [check("A")]}]}), "at least two"),
        (json.dumps({"Conditions": [{"And": [check("A"), check("B")], "Or": []}]}), "stands alone"),
        (json.dumps({"Conditions": [{"Not": [check("A"), check("B")]}]}), "or And, or Or"),
        (json.dumps({"Conditions": [THREE_LEVELS]}), r"Or\[0\].And\[0\]: And and Or nest at most 2 levels"),
        (json.dumps({"Conditions": [check("")]}), "ModerationLabelName"),
        (json.dumps({"Conditions": [check("A", ConfidenceAbout=5)]}), "ConfidenceAbout: unknown"),
        (json.dumps({"Conditions": [check("A", ConfidenceLessThan=101)]}), "from 0 to 100"),
        (json.dumps({"Conditions": [check("A", ConfidenceLessThan=60)]}).replace("60", '"60"'), "from 0 to 100"),
        (json.dumps({"Conditions": [check("A", ConfidenceLessThan=True)]}), "from 0 to 100"),
        (json.dumps({"Conditions": [sampling(0)]}), "0.01 to 100"),
        (json.dumps({"Conditions": [sampling(100.1)]}), "0.01 to 100"),
        ('{"Conditions":[{"ConditionType":"Sampling"}]}', "0.01 to 100"),
        ('{"Conditions":[{"ConditionType":"Sampling","ConditionParameters":{"RandomSamplingPercentage":NaN}}]}', "NaN"),
    ],
)
def test_anything_else_is_refused_with_its_place(document: str, complaint: str) -> None:
    with pytest.raises(ConditionsInvalid, match=complaint):
        parse(document)
