"""Turns rules into bands of confidence, and a policy into one table: label → what each confidence comes to."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from shared.contracts.messages import ContentType
from shared.contracts.words import Choice
from shared.policy.model import ContentTypeShift, Policy, Rule
from shared.taxonomy.labels import Label, taxonomy


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """The outcome from `start` up to the next band's start. Unreachable where a shift moves `start` beyond 100."""

    start: float
    choice: Choice


@dataclass(frozen=True, slots=True, kw_only=True)
class Cover:
    """What a policy says of one label: `bands` from the highest down, and `otherwise` below them all.

    `rule` is the nearest rule on the label or an ancestor; without one, `otherwise` is the policy's `unlisted`.
    """

    label: Label
    rule: Rule | None
    bands: tuple[Band, ...]
    otherwise: Choice

    def outcome(self, confidence: float) -> tuple[Choice, float | None]:
        """The outcome at this confidence and where its band starts; for what is below every band, where that ends."""
        for band in self.bands:
            if confidence >= band.start:
                return band.choice, band.start
        return self.otherwise, self.bands[-1].start if self.bands else None


def bands(rule: Rule, shift: float = 0.0) -> tuple[Band, ...]:
    """The bands of a rule with its thresholds moved by `shift` points, from the highest down; none approves."""
    starts = [
        (rule.review_from, Choice.ESCALATE),
        (rule.restrict_at, Choice.RESTRICT),
        (rule.reject_at, Choice.REJECT),
    ]
    if all(start is None for start, _ in starts):
        starts = [(rule.approve_below, Choice.ESCALATE)]
    # Thresholds and shifts have two decimals; without rounding 62.55 + 10.1 would miss a confidence of 72.65.
    found = [Band(start=round(float(start + shift), 2), choice=choice) for start, choice in starts if start is not None]
    return tuple(sorted(found, key=lambda band: -band.start))


def nearest_rule(policy: Policy, label: Label) -> Rule | None:
    """The rule on the label itself or else on its nearest ancestor that has one."""
    rules = {rule.label: rule for rule in policy.rules}
    return next((rules[name] for name in (label.name, *label.ancestors) if name in rules), None)


def shifts_for(label: Label, shifts: Sequence[ContentTypeShift]) -> tuple[ContentTypeShift, ...]:
    """Those of the shifts that concern this label."""
    line = {label.name, *label.ancestors}
    return tuple(each for each in shifts if not each.labels or not line.isdisjoint(each.labels))


def active_shifts(policy: Policy, content_types: Sequence[ContentType]) -> tuple[ContentTypeShift, ...]:
    """The shifts that apply to media of these content types."""
    if not policy.content_types or not content_types:
        return ()
    return tuple(
        shift
        for shift in policy.content_types
        if any(each.name == shift.name and each.confidence >= shift.at for each in content_types)
    )


@lru_cache(maxsize=128)
def covers(policy: Policy, active: tuple[ContentTypeShift, ...] = ()) -> dict[str, Cover]:
    """Every label of the taxonomy with what the policy says of it while these shifts apply; treat it as constant."""
    return {name: _cover(policy, label, active) for name, label in taxonomy().labels.items()}


def _cover(policy: Policy, label: Label, active: tuple[ContentTypeShift, ...]) -> Cover:
    rule = nearest_rule(policy, label)
    if rule is None:
        return Cover(label=label, rule=None, bands=(), otherwise=policy.unlisted)
    shift = min((each.shift for each in shifts_for(label, active)), default=0.0)
    return Cover(label=label, rule=rule, bands=bands(rule, shift), otherwise=Choice.APPROVE)
