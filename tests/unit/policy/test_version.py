import dataclasses
from typing import Any

import pytest

from shared.contracts.words import Action, Choice
from shared.policy.load import load
from shared.policy.model import Audit, Canary, Policy, Review, Rule, Video, WhenIgnored
from shared.policy.version import version_of

TEXT = """\
name: x
rules:
  Violence: {review_from: 60, reject_at: 90}
  Weapons: approve
review:
  instructions: Look twice.
"""


def version(text: str) -> str:
    return load(text, origin="here").version


def test_a_version_is_16_hexadecimal_characters() -> None:
    assert len(version(TEXT)) == 16
    assert int(version(TEXT), 16)


def test_a_released_version_stays_what_it_was() -> None:
    """Verdicts and stored files carry it: a change of the canonical form would orphan them all."""
    assert version(TEXT) == "e263a342b6ad7beb"


@pytest.mark.parametrize(
    "same",
    [
        "# a comment\n" + TEXT,
        TEXT.replace("60", "60.0"),
        TEXT.replace("60", "60.00"),
        TEXT.replace("{review_from: 60, reject_at: 90}", "\n    reject_at: 90\n    review_from: 60"),
        TEXT.replace("Look twice.", "'Look twice.'"),
        TEXT + "min_confidence: 50\n",
        "review: {instructions: Look twice.}\n"
        "rules: {Weapons: approve, Violence: {review_from: 60, reject_at: 90}}\nname: x\n",
    ],
)
def test_comments_order_and_formatting_change_nothing(same: str) -> None:
    assert version(same) == version(TEXT)


@pytest.mark.parametrize(
    "other",
    [
        TEXT.replace("name: x", "name: y"),
        TEXT.replace("60", "60.01"),
        TEXT.replace("Weapons", "Weapon Violence"),
        TEXT.replace("Look twice.", "Look once."),
        TEXT + "min_confidence: 51\n",
        TEXT + "unlisted: approve\n",
    ],
)
def test_whatever_changes_decisions_or_reviews_changes_the_version(other: str) -> None:
    assert version(other) != version(TEXT)


def test_every_field_but_the_version_counts() -> None:
    policy = Policy(name="x", version="", rules=())
    others: dict[str, Any] = {
        "name": "y",
        "version": "0" * 16,
        "min_confidence": 60.0,
        "rules": (Rule(label="Violence", review_from=60),),
        "unlisted": Choice.REJECT,
        "content_types": load(TEXT + "content_types: [{name: Animated, at: 9, shift: 9}]\n", origin="x").content_types,
        "video": Video(gap_ms=1_000),
        "audit": Audit(approved_percent=1),
        "review": Review(fallback=Action.RESTRICT),
        "adapter": "arn",
        "adapter_ignored": WhenIgnored.ESCALATE,
        "canary": Canary(percent=5),
    }
    assert set(others) == {field.name for field in dataclasses.fields(Policy)}
    changed = {
        name
        for name, value in others.items()
        if version_of(dataclasses.replace(policy, **{name: value})) != version_of(policy)
    }
    assert changed == set(others) - {"version"}
