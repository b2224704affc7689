"""What a policy makes of images that its adapter didn't judge, and which images its canary draws."""

from dataclasses import replace

import pytest

from shared.contracts.messages import Finding
from shared.contracts.words import Action, Choice
from shared.policy.adapters import is_drawn, without_adapter
from shared.policy.decide import ReasonCode, decide
from shared.policy.model import Audit, Canary, Policy, Rule, WhenIgnored

ADAPTER = "arn:aws:rekognition:us-east-1:111122223333:project/ours/version/one/1767225600000"
POLICY = Policy(name="x", version="1", rules=(Rule(label="Violence", review_from=60, reject_at=90),), adapter=ADAPTER)
ESCALATING = replace(POLICY, adapter_ignored=WhenIgnored.ESCALATE)


def found(confidence: float) -> tuple[Finding, ...]:
    return (Finding(label="Violence", parent="", level=1, confidence=confidence),) if confidence else ()


@pytest.mark.parametrize("confidence", [0, 50, 70, 95])
def test_the_base_models_answer_holds_and_the_reasons_say_whose_it_is(confidence: float) -> None:
    made = decide(POLICY, found(confidence), (), media_id="m")
    decision = without_adapter(POLICY, made)
    assert decision.reasons[-1].code == ReasonCode.ADAPTER_IGNORED
    assert replace(decision, reasons=made.reasons) == made


@pytest.mark.parametrize("confidence", [0, 50, 95])
def test_people_decide_where_the_policy_says_so_and_may_rule_anything(confidence: float) -> None:
    made = decide(ESCALATING, found(confidence), (), media_id="m")
    decision = without_adapter(ESCALATING, made)
    assert (decision.choice, decision.floor) == (Choice.ESCALATE, Action.APPROVE)
    assert (decision.reasons[0].code, decision.reasons[0].choice) == (ReasonCode.ADAPTER_IGNORED, made.choice)
    assert decision.reasons[1:] == made.reasons
    assert decision.severity >= 1


def test_what_goes_to_people_anyway_keeps_its_reasons_in_front() -> None:
    audited = replace(ESCALATING, audit=Audit(approved_percent=100))
    decision = without_adapter(audited, decide(audited, (), (), media_id="m"))
    assert decision.audit
    assert [reason.code for reason in decision.reasons] == [ReasonCode.AUDIT, ReasonCode.ADAPTER_IGNORED]


def test_the_canary_draws_its_share_the_same_every_time_and_for_every_candidate() -> None:
    items = [f"item-{number}" for number in range(4000)]
    few = replace(POLICY, canary=Canary(percent=5))
    many = replace(POLICY, version="2", canary=Canary(percent=10, adapter=f"{ADAPTER}0"))
    drawn = {item for item in items if is_drawn(few, item)}
    assert 120 <= len(drawn) <= 280
    assert drawn < {item for item in items if is_drawn(many, item)}
    assert not any(is_drawn(POLICY, item) for item in items)


def test_a_candidate_that_was_promoted_is_compared_with_nothing() -> None:
    assert not is_drawn(replace(POLICY, canary=Canary(percent=100, adapter=ADAPTER)), "m")
