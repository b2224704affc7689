"""What differs between two policies, told field by field."""

from shared.contracts.words import Choice
from shared.policy.differences import differences
from shared.policy.model import Policy, Review, Rule

BEFORE = Policy(
    name="p",
    version="1",
    rules=(Rule(label="Violence", review_from=60), Rule(label="Smoking", restrict_at=80)),
    unlisted=Choice.APPROVE,
)


def test_a_policy_does_not_differ_from_itself_deployed_again() -> None:
    assert differences(BEFORE, Policy(name="p", version="2", rules=BEFORE.rules, unlisted=Choice.APPROVE)) == []


def test_rules_are_compared_by_their_labels_wherever_they_stand() -> None:
    after = Policy(
        name="p",
        version="2",
        rules=(
            Rule(label="Weapons", reject_at=90),
            Rule(label="Smoking", restrict_at=80),
            Rule(label="Violence", review_from=55, alert=True),
        ),
        unlisted=Choice.APPROVE,
        review=Review(answers=3),
    )
    told = {each.path: (each.before, each.after) for each in differences(BEFORE, after)}
    assert told == {
        "review.answers": (1, 3),
        "rules.Violence.alert": (False, True),
        "rules.Violence.review_from": (60, 55),
        "rules.Weapons": (None, "there"),
        "rules.Weapons.alert": (None, False),
        "rules.Weapons.reject_at": (None, 90),
    }


def test_what_is_gone_is_told_too() -> None:
    after = Policy(name="p", version="2", rules=BEFORE.rules[:1], unlisted=Choice.ESCALATE)
    paths = [each.path for each in differences(BEFORE, after)]
    assert paths == ["rules.Smoking", "rules.Smoking.alert", "rules.Smoking.restrict_at", "unlisted"]
