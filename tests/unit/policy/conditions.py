"""Evaluates A2I activation conditions as AWS's documentation words them, knowing nothing of how ours are made."""

import json
import operator
from collections.abc import Callable, Iterable
from typing import Any, Final

from shared.contracts.messages import Finding

COMPARISONS: Final[dict[str, Callable[[float, float], bool]]] = {
    "ConfidenceEquals": operator.eq,
    "ConfidenceLessThan": operator.lt,
    "ConfidenceLessThanEquals": operator.le,
    "ConfidenceGreaterThan": operator.gt,
    "ConfidenceGreaterThanEquals": operator.ge,
}


def activates(conditions: str, findings: Iterable[Finding]) -> bool:
    """Whether A2I would start a human loop: any entry of the top list is true. Raises for what A2I would refuse."""
    read = json.loads(conditions)
    assert set(read) == {"Conditions"}
    assert read["Conditions"]
    found = tuple(findings)
    results = [_is_true(node, found, depth=0) for node in read["Conditions"]]
    return any(results)


def _is_true(node: dict[str, Any], findings: tuple[Finding, ...], *, depth: int) -> bool:
    assert depth <= 2
    if "ConditionType" in node:
        assert set(node) == {"ConditionType", "ConditionParameters"}
        assert node["ConditionType"] == "ModerationLabelConfidenceCheck"
        return _check(node["ConditionParameters"], findings)
    ((word, inner),) = node.items()
    assert word in {"And", "Or"}
    assert len(inner) >= 2
    results = [_is_true(each, findings, depth=depth + 1) for each in inner]
    return all(results) if word == "And" else any(results)


def _check(parameters: dict[str, Any], findings: tuple[Finding, ...]) -> bool:
    name = parameters["ModerationLabelName"]
    bounds = {word: bound for word, bound in parameters.items() if word != "ModerationLabelName"}
    assert bounds
    return any(
        name in {"*", each.label} and all(COMPARISONS[word](each.confidence, bound) for word, bound in bounds.items())
        for each in findings
    )
