"""Activation conditions: which answers of Rekognition people look at.

The notation is that of "JSON Schema for Human Loop Activation Conditions" and its Rekognition page in the SageMaker
Developer Guide: any true entry of `Conditions` starts a loop; `And` and `Or` take two or more and nest two levels deep.
"""

import math
import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeGuard

from gavel_emulator.a2i.documents import read_object

Label = Mapping[str, Any]
"""One entry of Rekognition's ModerationLabels."""

LEVELS = 2
ANY_LABEL = "*"
COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "ConfidenceEquals": operator.eq,
    "ConfidenceLessThan": operator.lt,
    "ConfidenceLessThanEquals": operator.le,
    "ConfidenceGreaterThan": operator.gt,
    "ConfidenceGreaterThanEquals": operator.ge,
}


class ConditionsInvalid(ValueError):
    """The conditions aren't what Rekognition's flow definitions take; the text says where and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfidenceCheck:
    label: str
    bounds: Mapping[str, float]

    def fits(self, label: Label) -> bool:
        return self.label in (ANY_LABEL, label["Name"]) and all(
            COMPARISONS[name](label["Confidence"], bound) for name, bound in self.bounds.items()
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampling:
    percentage: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    word: str
    members: tuple["Condition", ...]


Condition = ConfidenceCheck | Sampling | Group


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    activated: bool
    results: dict[str, Any]
    """The conditions again, each with its `EvaluationResult`."""
    selected: tuple[Label, ...]
    """What people are shown: the labels of all true checks, or every label when only sampling was true."""


EVERYTHING: tuple[Condition, ...] = (Sampling(percentage=100),)
"""A flow definition on a built-in source without conditions: every image is reviewed."""


def parse(text: str) -> tuple[Condition, ...]:
    """Raises ConditionsInvalid with the first problem and its place."""
    try:
        document = read_object(text)
    except ValueError as error:
        raise ConditionsInvalid(f"not valid JSON: {error}") from error
    entries = document.get("Conditions")
    if set(document) != {"Conditions"} or not isinstance(entries, list):
        raise ConditionsInvalid('expected {"Conditions": [...]} and nothing else')
    return tuple(_condition(entry, f"Conditions[{index}]", level=0) for index, entry in enumerate(entries))


def evaluate(conditions: Sequence[Condition], labels: Sequence[Label], draw: float) -> Evaluation:
    """Every condition is evaluated. `draw` is this request's place in [0, 100): the same for the same request."""
    results = [_result(condition, labels, draw) for condition in conditions]
    activated = any(result["EvaluationResult"] for result in results)
    checks = [
        check
        for condition, result in zip(conditions, results, strict=True)
        for check in _true_checks(condition, result)
    ]
    selected = [label for label in labels if any(check.fits(label) for check in checks)] if checks else labels
    return Evaluation(
        activated=activated, results={"Conditions": results}, selected=tuple(selected) if activated else ()
    )


def _condition(entry: Any, place: str, *, level: int) -> Condition:
    if not isinstance(entry, dict):
        raise ConditionsInvalid(f"{place}: not an object")
    for word in ("And", "Or"):
        if word in entry:
            return _group(word, entry, place, level=level + 1)
    if not entry.keys() <= {"ConditionType", "ConditionParameters"}:
        raise ConditionsInvalid(f"{place}: a condition has ConditionType and ConditionParameters, or And, or Or")
    parameters = entry.get("ConditionParameters", {})
    if not isinstance(parameters, dict):
        raise ConditionsInvalid(f"{place}.ConditionParameters: not an object")
    match entry.get("ConditionType"):
        case "ModerationLabelConfidenceCheck":
            return _check(parameters, f"{place}.ConditionParameters")
        case "Sampling":
            return _sampling(parameters, f"{place}.ConditionParameters")
        case _:
            raise ConditionsInvalid(f"{place}.ConditionType: must be ModerationLabelConfidenceCheck or Sampling")


def _group(word: str, entry: dict[str, Any], place: str, *, level: int) -> Group:
    members = entry[word]
    if len(entry) > 1:
        raise ConditionsInvalid(f"{place}: {word} stands alone")
    if level > LEVELS:
        raise ConditionsInvalid(f"{place}: And and Or nest at most {LEVELS} levels deep")
    if not isinstance(members, list) or len(members) < 2:
        raise ConditionsInvalid(f"{place}.{word}: at least two conditions")
    return Group(
        word=word,
        members=tuple(
            _condition(member, f"{place}.{word}[{index}]", level=level) for index, member in enumerate(members)
        ),
    )


def _check(parameters: dict[str, Any], place: str) -> ConfidenceCheck:
    label = parameters.get("ModerationLabelName")
    if not isinstance(label, str) or not label:
        raise ConditionsInvalid(f"{place}.ModerationLabelName: the name of a label, or {ANY_LABEL}")
    bounds = {name: value for name, value in parameters.items() if name != "ModerationLabelName"}
    for name, value in bounds.items():
        if name not in COMPARISONS:
            raise ConditionsInvalid(f"{place}.{name}: unknown; known are {', '.join(COMPARISONS)}")
        if not _is_number(value) or not 0 <= value <= 100:
            raise ConditionsInvalid(f"{place}.{name}: a number from 0 to 100")
    return ConfidenceCheck(label=label, bounds=bounds)


def _sampling(parameters: dict[str, Any], place: str) -> Sampling:
    percentage = parameters.get("RandomSamplingPercentage")
    if set(parameters) != {"RandomSamplingPercentage"} or not _is_number(percentage) or not 0.01 <= percentage <= 100:
        raise ConditionsInvalid(f"{place}: RandomSamplingPercentage, a number from 0.01 to 100, and nothing else")
    return Sampling(percentage=percentage)


def _is_number(value: Any) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _result(condition: Condition, labels: Sequence[Label], draw: float) -> dict[str, Any]:
    match condition:
        case Group(word=word, members=members):
            results = [_result(member, labels, draw) for member in members]
            combine = all if word == "And" else any
            return {"EvaluationResult": combine(result["EvaluationResult"] for result in results), word: results}
        case Sampling(percentage=percentage):
            return {
                "ConditionParameters": {"RandomSamplingPercentage": percentage},
                "ConditionType": "Sampling",
                "EvaluationResult": draw < percentage,
            }
        case ConfidenceCheck(label=name, bounds=bounds):
            return {
                "ConditionParameters": {**bounds, "ModerationLabelName": name},
                "ConditionType": "ModerationLabelConfidenceCheck",
                "EvaluationResult": any(condition.fits(label) for label in labels),
            }


def _true_checks(condition: Condition, result: Mapping[str, Any]) -> Iterator[ConfidenceCheck]:
    """The checks that are true with everything above them: one inside an `And` that failed selects nothing."""
    if not result["EvaluationResult"]:
        return
    match condition:
        case ConfidenceCheck():
            yield condition
        case Group(word=word, members=members):
            for member, member_result in zip(members, result[word], strict=True):
                yield from _true_checks(member, member_result)
