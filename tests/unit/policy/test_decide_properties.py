"""What holds for every policy and all evidence."""

import random
from dataclasses import replace
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.contracts.messages import ContentType, Finding
from shared.contracts.words import Action, Choice
from shared.policy.decide import RANK, action_for_labels, decide
from shared.policy.model import Policy, Rule
from shared.taxonomy.labels import ancestors, descendants, taxonomy
from tests.unit.policy.strategies import (
    SHIFT,
    confidences,
    content_types,
    evidence,
    finding,
    findings,
    labels,
    policies,
    with_ancestors,
)

unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
MEDIA = "a" * 26
strange = st.builds(
    Finding,
    label=labels | st.text(max_size=20),
    parent=labels | st.just(""),
    level=st.integers(1, 3),
    confidence=st.floats() | confidences,
)


def literal_choice(policy: Policy, label: str, confidence: float, types: tuple[ContentType, ...]) -> Choice:
    """One label's outcome, as docs/policy.md words it, without tables."""
    line = (label, *ancestors(label))
    rule = next((rule for name in line for rule in policy.rules if rule.label == name), None)
    if rule is None:
        return policy.unlisted
    applying = [
        shift.shift
        for shift in policy.content_types
        if any(each.name == shift.name and each.confidence >= shift.at for each in types)
        and (not shift.labels or any(name in shift.labels for name in line))
    ]
    shift = min(applying) if applying else 0
    thresholds = {Choice.ESCALATE: rule.review_from, Choice.RESTRICT: rule.restrict_at, Choice.REJECT: rule.reject_at}
    if not any(value is not None for value in thresholds.values()):
        thresholds = {Choice.ESCALATE: rule.approve_below}
    reached = {
        round(value + shift, 2): choice
        for choice, value in thresholds.items()
        if value is not None and round(value + shift, 2) <= confidence
    }
    return reached[max(reached)] if reached else Choice.APPROVE


@unhurried
@given(policies(audits=False), evidence, content_types)
def test_the_choice_is_what_the_reference_says_word_for_word(
    policy: Policy, found: tuple[Finding, ...], types: tuple[ContentType, ...]
) -> None:
    outcomes = [
        literal_choice(policy, each.label, each.confidence, types)
        for each in found
        if not any(other.label in descendants(each.label) and other.confidence >= each.confidence for other in found)
    ]
    expected = max(outcomes, key=RANK.__getitem__, default=Choice.APPROVE)
    decision = decide(policy, found, types, media_id=MEDIA)
    assert decision.choice is expected
    milder = [outcome for outcome in outcomes if outcome is not Choice.ESCALATE]
    assert decision.floor.value == max(milder, key=RANK.__getitem__, default=Choice.APPROVE).value


@unhurried
@given(policies(), evidence, content_types, st.randoms(use_true_random=False))
def test_the_order_of_findings_is_nothing(
    policy: Policy, found: tuple[Finding, ...], types: tuple[ContentType, ...], shuffled: random.Random
) -> None:
    other = list(found)
    shuffled.shuffle(other)
    assert decide(policy, found, types, media_id=MEDIA) == decide(policy, other, types[::-1], media_id=MEDIA)


@unhurried
@given(policies(audits=False), st.lists(strange, max_size=6), content_types)
def test_what_cannot_be_judged_is_never_approved_or_merely_restricted(
    policy: Policy, found: list[Finding], types: tuple[ContentType, ...]
) -> None:
    decision = decide(policy, found, types, media_id=MEDIA)
    if any(each.label not in taxonomy().labels or not 0 <= each.confidence <= 100 for each in found):
        assert decision.choice in {Choice.ESCALATE, Choice.REJECT}
    assert 0 <= decision.severity <= 100
    assert decision.reasons
    assert decision.reasons[0].choice is decision.choice


@unhurried
@given(policies(ordered=True, audits=False), labels, confidences, confidences, content_types)
def test_where_bands_get_graver_more_confidence_is_never_milder(
    policy: Policy, label: str, one: float, other: float, types: tuple[ContentType, ...]
) -> None:
    low, high = sorted((one, other))
    before = decide(policy, with_ancestors(finding(label, low)), types, media_id=MEDIA)
    after = decide(policy, with_ancestors(finding(label, high)), types, media_id=MEDIA)
    assert RANK[after.choice] >= RANK[before.choice]


@unhurried
@given(policies(), labels, st.floats(20, 80), st.floats(0, 100), findings, content_types)
def test_a_label_in_its_reject_band_is_never_approved(
    policy: Policy,
    label: str,
    reject_at: float,
    above: float,
    found: tuple[Finding, ...],
    types: tuple[ContentType, ...],
) -> None:
    rule = Rule(label=label, review_from=reject_at - 10, reject_at=reject_at)
    policy = replace(policy, rules=(rule, *(each for each in policy.rules if each.label != label)))
    confidence = min(reject_at + SHIFT / 100 + 0.01 + above, 100)
    beside = [each for each in found if each.label not in descendants(label)]
    decision = decide(policy, [finding(label, confidence), *beside], types, media_id=MEDIA)
    assert decision.choice is Choice.REJECT or (decision.choice is Choice.ESCALATE and decision.audit)


@unhurried
@given(policies(audits=False), evidence, labels, confidences, content_types)
def test_finding_more_is_never_milder_unless_it_explains_something(
    policy: Policy, found: tuple[Finding, ...], label: str, confidence: float, types: tuple[ContentType, ...]
) -> None:
    found = tuple(each for each in found if each.label not in ancestors(label))
    before = decide(policy, found, types, media_id=MEDIA)
    after = decide(policy, [*found, finding(label, confidence)], types, media_id=MEDIA)
    assert RANK[after.choice] >= RANK[before.choice]


@unhurried
@given(policies(), findings, content_types)
def test_ancestors_listed_with_a_label_change_nothing(
    policy: Policy, found: tuple[Finding, ...], types: tuple[ContentType, ...]
) -> None:
    found = tuple({each.label: each for each in found}.values())
    found = tuple(each for each in found if not any(other.label in ancestors(each.label) for other in found))
    alone = decide(policy, found, types, media_id=MEDIA)
    assert decide(policy, with_ancestors(*found), types, media_id=MEDIA) == alone


@unhurried
@given(policies(), st.lists(labels | st.text(max_size=10), max_size=4))
def test_a_confirmed_label_is_approved_only_where_the_policy_never_minds_it(
    policy: Policy, confirmed: list[str]
) -> None:
    action = action_for_labels(policy, confirmed)
    minded = [
        name
        for name in confirmed
        if name not in taxonomy().labels
        or (
            not set(descendants(name)) & set(confirmed)
            and literal_choice(policy, name, 100.0, ()) is not Choice.APPROVE
        )
    ]
    assert (action is Action.APPROVE) == (not minded)


def test_the_random_policies_use_every_part_of_the_format() -> None:
    """A property over policies that never shift or never reject would prove little."""
    seen: set[Any] = set()

    @settings(unhurried, max_examples=120, derandomize=True, database=None)
    @given(policies())
    def look(policy: Policy) -> None:
        seen.update(name for rule in policy.rules for name in Rule.__slots__ if getattr(rule, name))
        seen.update(choice for choice in Choice if policy.unlisted is choice)
        seen.update("up" if each.shift > 0 else "down" for each in policy.content_types)

    look()
    assert seen == {*Rule.__slots__, *Choice, "up", "down"}
