import json
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings

from shared.contracts.messages import ContentType, Finding
from shared.contracts.words import Choice
from shared.policy.activation import LIMIT, ConditionsTooLong, activation_conditions
from shared.policy.decide import decide
from shared.policy.model import Audit, ContentTypeName, ContentTypeShift, Policy, Rule
from tests.unit.policy.conditions import activates
from tests.unit.policy.strategies import LABELS, content_types, evidence, finding, policies, with_ancestors

unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
MEDIA = "a" * 26


def policy(*rules: Rule, unlisted: Choice = Choice.APPROVE, shifts: tuple[ContentTypeShift, ...] = ()) -> Policy:
    return Policy(name="p", version="0" * 16, rules=rules, unlisted=unlisted, content_types=shifts)


def checks(policy: Policy) -> list[dict[str, Any]]:
    return [each["ConditionParameters"] for each in json.loads(activation_conditions(policy))["Conditions"]]


UP = ContentTypeShift(name=ContentTypeName.ANIMATED, at=50, shift=25)
DOWN = ContentTypeShift(name=ContentTypeName.ILLUSTRATED, at=50, shift=-5, labels=("Violence",))


@unhurried
@example(
    policy=policy(Rule(label="Violence", review_from=60, reject_at=70), shifts=(UP, DOWN)),
    found=with_ancestors(finding("Weapons", 86)),
    types=(ContentType(name="Animated", confidence=90),),
)
@given(policies(audits=False), evidence, content_types)
def test_whatever_the_policy_escalates_starts_a_loop(
    policy: Policy, found: tuple[Finding, ...], types: tuple[ContentType, ...]
) -> None:
    conditions = activation_conditions(policy)
    assert len(conditions) <= LIMIT
    if decide(policy, found, types, media_id=MEDIA).choice is Choice.ESCALATE:
        assert activates(conditions, found)


@unhurried
@given(policies(audits=False), evidence)
def test_no_loop_starts_unless_some_label_by_itself_would_go_to_a_person(
    policy: Policy, found: tuple[Finding, ...]
) -> None:
    types = ((), *((ContentType(name=each.name, confidence=100),) for each in policy.content_types))
    if activates(activation_conditions(policy), found):
        assert Choice.ESCALATE in {
            decide(policy, (each,), type_, media_id=MEDIA).choice for each in found for type_ in types
        }


def test_a_review_band_becomes_a_check_on_each_label_that_its_rule_covers() -> None:
    rules = policy(Rule(label="Alcohol", review_from=60, reject_at=90), Rule(label="Drinking", review_from=70.5))
    assert checks(rules) == [
        {"ModerationLabelName": "Alcohol", "ConfidenceGreaterThanEquals": 60, "ConfidenceLessThan": 90},
        {"ModerationLabelName": "Alcohol Use", "ConfidenceGreaterThanEquals": 60, "ConfidenceLessThan": 90},
        {"ModerationLabelName": "Drinking", "ConfidenceGreaterThanEquals": 70.5},
        {"ModerationLabelName": "Alcoholic Beverages", "ConfidenceGreaterThanEquals": 60, "ConfidenceLessThan": 90},
    ]


def test_a_shift_widens_what_starts_a_loop() -> None:
    rules = policy(Rule(label="Gambling", review_from=60, reject_at=90), shifts=(UP,))
    assert checks(rules) == [{"ModerationLabelName": "Gambling", "ConfidenceGreaterThanEquals": 60}]


def test_spans_that_shifts_leave_apart_stay_apart_where_there_is_room() -> None:
    rules = policy(Rule(label="Gambling", review_from=60, reject_at=70), shifts=(UP,))
    assert checks(rules) == [
        {"ModerationLabelName": "Gambling", "ConfidenceGreaterThanEquals": 60, "ConfidenceLessThan": 70},
        {"ModerationLabelName": "Gambling", "ConfidenceGreaterThanEquals": 85, "ConfidenceLessThan": 95},
    ]


def test_spans_are_bridged_where_they_do_not_fit() -> None:
    each = tuple(Rule(label=label, review_from=60.25, reject_at=70.75) for label in LABELS)
    rules = policy(*each[1:], Rule(label=LABELS[0], review_from=61.25, reject_at=70.75), shifts=(UP,))
    assert {(check["ConfidenceGreaterThanEquals"], check["ConfidenceLessThan"]) for check in checks(rules)} == {
        (60.25, 95.75),
        (61.25, 95.75),
    }


def test_the_longest_policy_fits() -> None:
    each = tuple(
        Rule(label=label, review_from=60 + number / 100, reject_at=90.99) for number, label in enumerate(LABELS)
    )
    assert len(activation_conditions(policy(*each, shifts=(UP, DOWN)))) <= LIMIT


def test_unlisted_labels_that_go_to_a_person_are_named_at_any_confidence() -> None:
    found = {
        check["ModerationLabelName"]: check
        for check in checks(policy(Rule(label="Violence"), unlisted=Choice.ESCALATE))
    }
    assert found["Gambling"] == {"ModerationLabelName": "Gambling", "ConfidenceGreaterThanEquals": 0}
    assert "Weapons" not in found


def test_what_holds_for_every_label_is_said_once() -> None:
    assert checks(policy(unlisted=Choice.ESCALATE)) == [{"ModerationLabelName": "*", "ConfidenceGreaterThanEquals": 0}]


def test_a_policy_that_needs_no_people_starts_no_loops() -> None:
    conditions = activation_conditions(policy(Rule(label="Violence", reject_at=60)))
    assert not activates(conditions, with_ancestors(finding("Weapons", 100)))


def test_audits_are_left_to_review() -> None:
    audited = Policy(
        name="p", version="0" * 16, rules=(Rule(label="Violence", reject_at=60),), audit=Audit(rejected_percent=100)
    )
    assert not activates(activation_conditions(audited), with_ancestors(finding("Weapons", 100)))


def test_conditions_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ConditionsTooLong) as caught:
        activation_conditions(policy(Rule(label="Violence", review_from=60)), limit=500)
    assert caught.value.limit == 500
    assert caught.value.characters > 500
