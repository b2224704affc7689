from pathlib import Path

import pytest

import infra
from shared.contracts.messages import ContentType
from shared.contracts.words import Action, Choice
from shared.policy.activation import LIMIT, activation_conditions
from shared.policy.decide import action_for_labels, decide
from shared.policy.load import load
from shared.policy.model import Integration, Policy
from tests.unit.policy.conditions import activates
from tests.unit.policy.strategies import finding, with_ancestors

FOLDER = Path(infra.__file__).parent / "policies"
FILES = sorted(FOLDER.glob("*.yaml"))


def shipped(name: str) -> Policy:
    file = FOLDER / f"{name}.yaml"
    return load(file.read_text(encoding="utf-8"), origin=file.name)


def outcome(policy: Policy, label: str, confidence: float, *types: ContentType) -> Choice:
    return decide(policy, with_ancestors(finding(label, confidence)), types, media_id="a" * 26).choice


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_shipped_policy_is_sound_and_named_after_its_file(file: Path) -> None:
    policy = load(file.read_text(encoding="utf-8"), origin=file.name)
    assert policy.name == file.stem
    assert len(activation_conditions(policy)) <= LIMIT


@pytest.mark.parametrize(
    ("label", "confidence", "choice"),
    [
        ("Drinking", 96.1, Choice.RESTRICT),
        ("Alcoholic Beverages", 97.2, Choice.RESTRICT),
        ("Weapon Violence", 98.4, Choice.REJECT),
        ("Weapons", 71.3, Choice.ESCALATE),
        ("Physical Violence", 78.9, Choice.ESCALATE),
        ("Self-Harm", 99.9, Choice.ESCALATE),
        ("Kissing on the Lips", 99.0, Choice.APPROVE),
        ("Female Swimwear or Underwear", 99.0, Choice.APPROVE),
        ("Exposed Female Nipple", 99.0, Choice.REJECT),
    ],
)
def test_the_standard_policy_does_what_the_demo_shows(label: str, confidence: float, choice: Choice) -> None:
    assert outcome(shipped("standard"), label, confidence) is choice


def test_the_standard_policy_is_milder_with_drawn_violence() -> None:
    drawn = ContentType(name="Illustrated", confidence=93.9)
    assert outcome(shipped("standard"), "Weapon Violence", 98.4, drawn) is Choice.ESCALATE
    assert outcome(shipped("standard"), "Weapons", 65, drawn) is Choice.APPROVE


def test_the_standard_policy_draws_no_audits_since_the_demo_must_come_out_the_same_every_time() -> None:
    audit = shipped("standard").audit
    assert (audit.approved_percent, audit.rejected_percent) == (0, 0)


def test_the_marketplace_policy_takes_the_integrated_path() -> None:
    policy = shipped("marketplace")
    conditions = activation_conditions(policy)
    assert policy.review.integration is Integration.INTEGRATED
    assert activates(conditions, with_ancestors(finding("Weapons", 80)))
    assert not activates(conditions, with_ancestors(finding("Weapons", 99)))
    assert action_for_labels(policy, ("Weapons",)) is Action.REJECT
    assert action_for_labels(policy, ("Female Swimwear or Underwear",)) is Action.APPROVE
