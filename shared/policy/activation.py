"""Compiles a policy to A2I's activation conditions, by which Rekognition starts a human loop by itself.

Whatever `decide` escalates for its labels' confidence starts a loop. The conditions can't say everything:
- not "unless another label rejects", nor "unless a narrower label explains this one": some loops start that the
  decision doesn't need; REVIEW ends those.
- no content types: a label gets a loop where any of its shifts would escalate it.
- no labels that the taxonomy lacks, and no audits (A2I's Sampling draws by itself, not by media id): what is
  escalated for one of these gets its loop from REVIEW.

Source: Amazon SageMaker developer guide, "JSON Schema for Human Loop Activation Conditions in Amazon Augmented AI".
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from shared.contracts.words import Choice
from shared.policy.bands import bands, nearest_rule, shifts_for
from shared.policy.model import Policy
from shared.taxonomy.labels import Label, taxonomy

LIMIT: Final = 10_240
"""Characters of `HumanLoopActivationConditions` (CreateFlowDefinition)."""

NEVER: Final = {"ModerationLabelName": "*", "ConfidenceGreaterThan": 100}
"""No confidence is above 100. A flow without conditions would send every image to people."""


class ConditionsTooLong(ValueError):
    """The policy can't be told to A2I within its limit: use whole numbers, fewer rules, or the custom integration."""

    def __init__(self, characters: int, limit: int) -> None:
        super().__init__(f"the activation conditions take {characters} characters where A2I takes {limit}")
        self.characters = characters
        self.limit = limit


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Confidences from `start` up to and without `end`; 101 where there is no end."""

    start: float
    end: float


OPEN: Final = 101.0


def activation_conditions(policy: Policy, *, limit: int = LIMIT) -> str:
    """The conditions as the JSON text that CreateFlowDefinition takes, the same for the same policy.

    Raises ConditionsTooLong when not even the shortest form fits; a policy that was loaded always does.
    """
    spans = {label.name: review_spans(policy, label) for label in taxonomy().labels.values()}
    text = _text(spans)
    if len(text) > limit:
        # Shifts can leave gaps between a label's spans. Bridging them starts some loops in vain, and never too few.
        text = _text({name: _bridged(each) for name, each in spans.items()})
    if len(text) > limit:
        raise ConditionsTooLong(len(text), limit)
    return text


def review_spans(policy: Policy, label: Label) -> tuple[Span, ...]:
    """The confidences of a label that `decide` escalates, whatever the content types; apart and in order."""
    rule = nearest_rule(policy, label)
    if rule is None:
        return (Span(0.0, OPEN),) if policy.unlisted is Choice.ESCALATE else ()
    shifts = {0.0} | {each.shift for each in shifts_for(label, policy.content_types)}
    found: list[Span] = []
    for shift in shifts:
        end = OPEN
        for band in bands(rule, shift):
            if band.choice is Choice.ESCALATE and band.start <= 100:
                found.append(Span(band.start, end))
            end = band.start
    return tuple(_merged(sorted(found)))


def _merged(spans: list[Span]) -> Iterator[Span]:
    current: Span | None = None
    for span in spans:
        if current is None:
            current = span
        elif span.start <= current.end:
            current = Span(current.start, max(current.end, span.end))
        else:
            yield current
            current = span
    if current is not None:
        yield current


def _bridged(spans: tuple[Span, ...]) -> tuple[Span, ...]:
    return (Span(spans[0].start, max(span.end for span in spans)),) if spans else ()


def _text(spans: dict[str, tuple[Span, ...]]) -> str:
    if len(set(spans.values())) == 1:
        # `*` is any label at all: the same for every label needs saying once.
        spans = {"*": next(iter(spans.values()))}
    checks = [_check(name, span) for name, each in spans.items() for span in each]
    conditions = [
        {"ConditionType": "ModerationLabelConfidenceCheck", "ConditionParameters": check} for check in checks or [NEVER]
    ]
    return json.dumps({"Conditions": conditions}, separators=(",", ":"))


def _check(name: str, span: Span) -> dict[str, Any]:
    check: dict[str, Any] = {"ModerationLabelName": name, "ConfidenceGreaterThanEquals": _number(span.start)}
    if span.end <= 100:
        check["ConfidenceLessThan"] = _number(span.end)
    return check


def _number(value: float) -> float | int:
    return int(value) if value.is_integer() else value
