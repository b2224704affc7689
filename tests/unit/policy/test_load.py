from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.contracts.words import Action, BackendName, Choice
from shared.policy.load import PolicyError, Problem, load
from shared.policy.model import (
    Audit,
    Canary,
    Consensus,
    ContentTypeName,
    ContentTypeShift,
    Integration,
    Policy,
    Review,
    ReviewOnly,
    Rule,
    Video,
    WhenIgnored,
)
from tests.unit.policy.strategies import policies

unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
ADAPTER = "arn:aws:rekognition:us-east-1:111122223333:project/ours/version/ours.2026-01-01/1767225600000"
CANDIDATE = f"{ADAPTER}0"

WHOLE = f"""\
name: whole
min_confidence: 40.5
unlisted: restrict
rules:
  Violence: {{approve_below: 60, review_from: 60, restrict_at: 80, reject_at: 95.25, alert: true}}
  Weapons: approve
  Drugs & Tobacco:
    approve_below: 70
    min_duration_ms: 0
    min_frames: 4
content_types:
  - {{name: Animated, at: 80, shift: +4, labels: [Violence]}}
  - {{name: Illustrated, at: 75, shift: -2.5}}
video:
  gap_ms: 1500
  min_duration_ms: 900
  min_frames: 2
  review_only: [{{category: Violence, at: 70}}, {{category: Drugs & Tobacco, at: 70.5}}]
audit: {{approved_percent: 0.5, rejected_percent: 5}}
review:
  backend: desk
  integration: custom
  team: night-shift
  answers: 3
  consensus: any-reject
  time_limit_s: 600
  expires_after_s: 7200
  max_rounds: 3
  fallback: restrict
  confirmed: restrict
  instructions: |
    Look twice.
adapter: {ADAPTER}
adapter_ignored: escalate
canary: {{percent: 2.5, adapter: {CANDIDATE}}}
"""


def problems(text: str) -> tuple[Problem, ...]:
    with pytest.raises(PolicyError) as caught:
        load(text, origin="here.yaml")
    return caught.value.problems


def test_every_key_is_read() -> None:
    policy = load(WHOLE, origin="here.yaml")
    assert policy == Policy(
        name="whole",
        version=policy.version,
        min_confidence=40.5,
        unlisted=Choice.RESTRICT,
        rules=(
            Rule(label="Violence", approve_below=60, review_from=60, restrict_at=80, reject_at=95.25, alert=True),
            Rule(label="Weapons"),
            Rule(label="Drugs & Tobacco", approve_below=70, min_duration_ms=0, min_frames=4),
        ),
        content_types=(
            ContentTypeShift(name=ContentTypeName.ANIMATED, at=80, shift=4, labels=("Violence",)),
            ContentTypeShift(name=ContentTypeName.ILLUSTRATED, at=75, shift=-2.5),
        ),
        video=Video(
            gap_ms=1_500,
            min_duration_ms=900,
            min_frames=2,
            review_only=(ReviewOnly(category="Violence", at=70), ReviewOnly(category="Drugs & Tobacco", at=70.5)),
        ),
        audit=Audit(approved_percent=0.5, rejected_percent=5),
        review=Review(
            backend=BackendName.DESK,
            integration=Integration.CUSTOM,
            team="night-shift",
            answers=3,
            consensus=Consensus.ANY_REJECT,
            time_limit_s=600,
            expires_after_s=7200,
            max_rounds=3,
            fallback=Action.RESTRICT,
            confirmed=Action.RESTRICT,
            instructions="Look twice.\n",
        ),
        adapter=ADAPTER,
        adapter_ignored=WhenIgnored.ESCALATE,
        canary=Canary(percent=2.5, adapter=CANDIDATE),
    )


def test_two_keys_are_enough() -> None:
    policy = load("name: small\nrules:\n  Violence: {review_from: 60}\n", origin="here.yaml")
    assert policy == Policy(name="small", version=policy.version, rules=(Rule(label="Violence", review_from=60),))
    assert policy.unlisted is Choice.ESCALATE
    assert policy.review.fallback is Action.REJECT


WRONG = """\
name: Our Policy
min_confidence: "50"
unlisted: maybe
rulez: {}
answers: 3
rules:
  Weapon: {review_form: 60}
  Suggestive: {reject_at: 90}
  Weapons: {reject_at: 40, review_from: 60}
  Weapons: approve
  Gambling: reject
  Gamblng: {}
content_types:
  - {name: Animated, at: 101, shift: 5}
review:
  fallback: approve
adapter: [1]
"""


def test_every_problem_is_told_at_once_in_order_of_its_line() -> None:
    found = problems(WRONG)
    assert [(each.line, each.path) for each in found] == [
        (1, "name"),
        (2, "min_confidence"),
        (3, "unlisted"),
        (4, "rulez"),
        (5, "answers"),
        (7, "rules.Weapon"),
        (7, "rules.Weapon.review_form"),
        (8, "rules.Suggestive"),
        (9, "rules.Weapons.review_from"),
        (10, "rules"),
        (11, "rules.Gambling"),
        (12, "rules.Gamblng"),
        (12, "rules.Gamblng"),
        (14, "content_types[0].at"),
        (16, "review.fallback"),
        (17, "adapter"),
    ]


def test_the_error_reads_as_a_list_that_names_the_file() -> None:
    with pytest.raises(PolicyError) as caught:
        load("name: x\nrules: {Weapon: approve}\n", origin="here.yaml")
    assert str(caught.value) == (
        "here.yaml can't be used:\n"
        "  line 2: rules.Weapon: `Weapon` isn't a label of the moderation taxonomy 7.0; "
        "did you mean `Weapons` or `Weapon Violence`?"
    )


def as_yaml(policy: Policy) -> str:
    """The policy written out, by whatever way leaves nothing out."""

    def stated(value: Any) -> Any:
        return {name: getattr(value, name) for name in type(value).__slots__ if getattr(value, name) not in (None, ())}

    review = {key: str(value) if isinstance(value, str) else value for key, value in stated(policy.review).items()}
    rules = {rule.label: {k: v for k, v in stated(rule).items() if k != "label"} for rule in policy.rules}
    shifts = [
        stated(each) | {"name": str(each.name)} | ({"labels": list(each.labels)} if each.labels else {})
        for each in policy.content_types
    ]
    listed = [stated(each) for each in policy.video.review_only]
    return yaml.safe_dump(
        {
            "name": policy.name,
            "min_confidence": policy.min_confidence,
            "unlisted": str(policy.unlisted),
            "rules": {label: "approve" if rule == {"alert": False} else rule for label, rule in rules.items()},
            **({"content_types": shifts} if shifts else {}),
            "video": stated(policy.video) | ({"review_only": listed} if listed else {}),
            "audit": stated(policy.audit),
            "review": {key: value for key, value in review.items() if value != ""},
        }
    )


@unhurried
@given(policies())
def test_a_policy_written_out_is_read_as_it_was(policy: Policy) -> None:
    again = load(as_yaml(policy), origin="random")
    rules = tuple(sorted(policy.rules, key=lambda rule: rule.label))
    expected = {name: getattr(policy, name) for name in Policy.__slots__} | {"rules": rules, "version": again.version}
    assert again == Policy(**expected)


@unhurried
@given(st.text() | st.lists(st.sampled_from(WHOLE.splitlines(keepends=True)), max_size=25).map("".join))
def test_any_text_is_a_policy_or_told_why_not(text: str) -> None:
    told: tuple[Problem, ...] = (Problem(1, "", "it is sound"),)
    try:
        load(text, origin="random")
    except PolicyError as error:
        told = error.problems
    assert told
    assert all(1 <= each.line <= text.count("\n") + text.count("\r") + 2 for each in told)
