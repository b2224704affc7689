import math

import pytest

from shared.contracts.messages import ContentType, Finding, Reason
from shared.contracts.words import Action, Choice
from shared.policy.decide import Decision, action_for_labels, decide
from shared.policy.model import Audit, ContentTypeName, ContentTypeShift, Policy, Review, Rule
from tests.unit.policy.strategies import finding, with_ancestors

MEDIA = "a" * 26


def policy(*rules: Rule, unlisted: Choice = Choice.APPROVE, audit: Audit | None = None) -> Policy:
    return Policy(name="p", version="0" * 16, rules=rules, unlisted=unlisted, audit=audit or Audit())


def judged(policy: Policy, *found: Finding, types: tuple[ContentType, ...] = (), media_id: str = MEDIA) -> Decision:
    return decide(policy, found, types, media_id=media_id)


FULL = Rule(label="Violence", review_from=60, restrict_at=80, reject_at=95)


@pytest.mark.parametrize(
    ("confidence", "choice"),
    [
        (59.99, Choice.APPROVE),
        (60, Choice.ESCALATE),
        (79.99, Choice.ESCALATE),
        (80, Choice.RESTRICT),
        (94.99, Choice.RESTRICT),
        (95, Choice.REJECT),
        (100, Choice.REJECT),
    ],
)
def test_each_threshold_begins_a_band_up_to_the_next(confidence: float, choice: Choice) -> None:
    assert judged(policy(FULL), finding("Violence", confidence)).choice is choice


def test_bands_may_come_in_any_order() -> None:
    rules = policy(Rule(label="Violence", restrict_at=60, review_from=80))
    assert judged(rules, finding("Violence", 70)).choice is Choice.RESTRICT
    assert judged(rules, finding("Violence", 90)).choice is Choice.ESCALATE


def test_approve_below_alone_asks_a_person_from_there_on() -> None:
    rules = policy(Rule(label="Violence", approve_below=70))
    assert judged(rules, finding("Violence", 69.9)).choice is Choice.APPROVE
    assert judged(rules, finding("Violence", 70)).choice is Choice.ESCALATE


def test_nothing_found_is_approved_and_says_so() -> None:
    assert judged(policy(FULL)) == Decision(
        choice=Choice.APPROVE,
        reasons=(Reason(code="nothing-found", choice=Choice.APPROVE),),
        floor=Action.APPROVE,
        severity=0,
    )


def test_a_reason_names_label_confidence_threshold_and_rule() -> None:
    decision = judged(policy(FULL), finding("Weapons", 88.5))
    assert decision == Decision(
        choice=Choice.RESTRICT,
        reasons=(
            Reason(
                code="restrict-band",
                label="Weapons",
                confidence=88.5,
                threshold=80,
                rule="Violence",
                choice=Choice.RESTRICT,
            ),
        ),
        floor=Action.RESTRICT,
        severity=44,
        category="Violence",
    )


def test_an_approval_tells_what_was_found_and_where_approval_ends() -> None:
    decision = judged(policy(FULL), finding("Weapons", 55))
    assert [(each.code, each.threshold) for each in decision.reasons] == [("approve-band", 60)]
    assert decision.category is None


def test_a_rule_covers_descendants_until_a_narrower_one_says_otherwise() -> None:
    rules = policy(FULL, Rule(label="Weapons"), Rule(label="Self-Harm", review_from=50))
    assert judged(rules, finding("Blood & Gore", 96)).choice is Choice.REJECT
    assert judged(rules, finding("Weapons", 96)).choice is Choice.APPROVE
    assert judged(rules, finding("Self-Harm", 96)).choice is Choice.ESCALATE


def test_an_ancestor_that_its_descendant_explains_does_not_bring_in_the_broader_rule() -> None:
    rules = policy(FULL, Rule(label="Weapons", review_from=60))
    assert judged(rules, *with_ancestors(finding("Weapons", 99))).choice is Choice.ESCALATE


def test_an_ancestor_surer_than_what_is_below_it_counts_by_its_own_rule() -> None:
    rules = policy(FULL, Rule(label="Weapons", review_from=60))
    assert judged(rules, finding("Weapons", 70), finding("Violence", 96)).choice is Choice.REJECT


def test_one_descendant_explains_its_ancestor_for_all_rules_and_the_others_count_by_their_own() -> None:
    rules = policy(Rule(label="Violence", reject_at=90), Rule(label="Weapons"), Rule(label="Self-Harm", review_from=50))
    found = with_ancestors(finding("Weapons", 99), finding("Self-Harm", 60))
    assert judged(rules, *found).choice is Choice.ESCALATE


@pytest.mark.parametrize("choice", Choice)
def test_labels_without_a_rule_have_the_policys_unlisted_outcome(choice: Choice) -> None:
    decision = judged(policy(FULL, unlisted=choice), finding("Gambling", 60))
    assert decision.choice is choice
    assert decision.reasons[0].code == "unlisted-label"


def test_a_label_that_the_taxonomy_lacks_goes_to_a_person() -> None:
    new = Finding(label="Vaping", parent="Drugs & Tobacco Paraphernalia & Use", level=3, confidence=51)
    decision = judged(policy(FULL), new)
    assert decision.choice is Choice.ESCALATE
    assert decision.reasons[0].code == "unknown-label"
    assert decision.category == "Drugs & Tobacco"


@pytest.mark.parametrize("confidence", [math.nan, -1, 100.1, math.inf])
def test_an_impossible_confidence_goes_to_a_person(confidence: float) -> None:
    decision = judged(policy(FULL), finding("Violence", confidence), finding("Weapons", 60))
    assert decision.choice is Choice.ESCALATE
    assert "impossible-confidence" in {each.code for each in decision.reasons}


def test_an_impossible_confidence_explains_no_ancestor() -> None:
    rules = policy(FULL, Rule(label="Weapons"))
    assert judged(rules, finding("Weapons", math.inf), finding("Violence", 96)).choice is Choice.REJECT


def test_rejection_needs_no_person_even_when_something_else_is_in_doubt() -> None:
    rules = policy(FULL, Rule(label="Alcohol", review_from=50))
    decision = judged(rules, finding("Alcohol", 70), finding("Violence", 99))
    assert decision.choice is Choice.REJECT
    assert [each.choice for each in decision.reasons] == [Choice.REJECT, Choice.ESCALATE]
    assert decision.category == "Violence"


def test_a_doubt_beside_a_restriction_asks_a_person_who_cannot_rule_below_the_restriction() -> None:
    rules = policy(FULL, Rule(label="Alcohol", restrict_at=50))
    decision = judged(rules, finding("Alcohol", 99), finding("Violence", 70))
    assert (decision.choice, decision.floor) == (Choice.ESCALATE, Action.RESTRICT)
    assert [each.label for each in decision.reasons] == ["Violence", "Alcohol"]


def test_what_stays_below_every_band_is_left_out_of_the_reasons_of_a_graver_choice() -> None:
    decision = judged(
        policy(FULL, Rule(label="Alcohol", restrict_at=50)), finding("Alcohol", 60), finding("Weapons", 51)
    )
    assert [each.label for each in decision.reasons] == ["Alcohol"]


def test_an_alert_rule_alerts_for_everything_but_approval() -> None:
    rules = policy(Rule(label="Hate Symbols", review_from=50, reject_at=90, alert=True), FULL)
    assert not judged(rules, finding("Nazi Party", 49)).alert
    assert judged(rules, finding("Nazi Party", 60)).alert
    assert judged(rules, finding("Nazi Party", 95)).alert
    assert not judged(rules, finding("Violence", 95)).alert


def test_severity_is_higher_where_more_is_at_stake() -> None:
    def severity(rule: Rule) -> int:
        return judged(policy(rule), finding("Violence", 80)).severity

    assert severity(Rule(label="Violence", review_from=60)) == 60
    assert severity(Rule(label="Violence", review_from=60, alert=True)) == 80
    assert severity(Rule(label="Violence", review_from=60, reject_at=90)) == 80
    assert severity(Rule(label="Violence", restrict_at=60)) == 40


def test_a_case_for_a_person_never_has_severity_0() -> None:
    rules = Policy(name="p", version="0" * 16, min_confidence=0, rules=(Rule(label="Violence", review_from=0),))
    assert judged(rules, finding("Violence", 0)).severity == 1


class TestContentTypes:
    drawn = ContentType(name="Illustrated", confidence=90)

    def shifted(self, *shifts: ContentTypeShift) -> Policy:
        rule = Rule(label="Alcohol", restrict_at=60)
        return Policy(name="p", version="0" * 16, rules=(FULL, rule), content_types=shifts)

    def test_a_content_type_moves_every_threshold(self) -> None:
        rules = self.shifted(ContentTypeShift(name=ContentTypeName.ILLUSTRATED, at=80, shift=10))
        assert judged(rules, finding("Violence", 69.9), types=(self.drawn,)).choice is Choice.APPROVE
        assert judged(rules, finding("Violence", 75), types=(self.drawn,)).choice is Choice.ESCALATE
        assert judged(rules, finding("Violence", 100), types=(self.drawn,)).choice is Choice.RESTRICT
        assert judged(rules, finding("Violence", 75), types=(self.drawn,)).reasons[0].threshold == 70

    def test_it_counts_from_its_own_confidence_on(self) -> None:
        rules = self.shifted(ContentTypeShift(name=ContentTypeName.ILLUSTRATED, at=90.01, shift=10))
        assert judged(rules, finding("Violence", 65), types=(self.drawn,)).choice is Choice.ESCALATE
        other = self.shifted(ContentTypeShift(name=ContentTypeName.ANIMATED, at=50, shift=10))
        assert judged(other, finding("Violence", 65), types=(self.drawn,)).choice is Choice.ESCALATE

    def test_it_moves_only_its_labels_and_their_descendants(self) -> None:
        rules = self.shifted(ContentTypeShift(name=ContentTypeName.ILLUSTRATED, at=80, shift=10, labels=("Violence",)))
        assert judged(rules, finding("Weapon Violence", 65), types=(self.drawn,)).choice is Choice.APPROVE
        assert judged(rules, finding("Drinking", 65), types=(self.drawn,)).choice is Choice.RESTRICT

    def test_of_several_the_lowest_counts(self) -> None:
        rules = self.shifted(
            ContentTypeShift(name=ContentTypeName.ILLUSTRATED, at=80, shift=10),
            ContentTypeShift(name=ContentTypeName.ANIMATED, at=80, shift=-5),
        )
        both = (self.drawn, ContentType(name="Animated", confidence=81))
        assert judged(rules, finding("Violence", 55), types=both).choice is Choice.ESCALATE


class TestAudits:
    def test_all_or_nothing_is_exact(self) -> None:
        rules = policy(FULL, audit=Audit(approved_percent=100, rejected_percent=0))
        for number in range(200):
            assert judged(rules, media_id=str(number)).audit
            assert not judged(rules, finding("Violence", 99), media_id=str(number)).audit

    def test_an_audited_item_goes_to_a_person_who_may_rule_anything(self) -> None:
        rules = policy(FULL, audit=Audit(rejected_percent=100))
        decision = judged(rules, finding("Violence", 99))
        assert (decision.choice, decision.floor, decision.audit) == (Choice.ESCALATE, Action.APPROVE, True)
        assert decision.reasons[0] == Reason(code="audit", choice=Choice.REJECT)
        assert decision.reasons[1].code == "reject-band"
        assert decision.category == "Violence"

    def test_an_audit_is_the_least_urgent_case(self) -> None:
        assert judged(policy(FULL, audit=Audit(approved_percent=100))).severity == 1

    def test_restrictions_and_doubts_are_not_audited(self) -> None:
        rules = policy(FULL, audit=Audit(approved_percent=100, rejected_percent=100))
        assert judged(rules, finding("Violence", 85)).choice is Choice.RESTRICT
        assert not judged(rules, finding("Violence", 70)).audit

    def test_the_draw_is_near_the_percentage_and_repeats_for_the_same_item_and_version(self) -> None:
        rules = policy(FULL, audit=Audit(approved_percent=25))
        drawn = [judged(rules, media_id=str(number)).audit for number in range(4_000)]
        assert 900 < sum(drawn) < 1_100
        assert drawn == [judged(rules, media_id=str(number)).audit for number in range(4_000)]

    def test_another_version_draws_others(self) -> None:
        one = policy(FULL, audit=Audit(approved_percent=50))
        other = Policy(name="p", version="1" * 16, rules=(FULL,), audit=one.audit)
        assert [judged(one, media_id=str(n)).audit for n in range(64)] != [
            judged(other, media_id=str(n)).audit for n in range(64)
        ]


class TestConfirmedLabels:
    rules = Policy(
        name="p",
        version="0" * 16,
        rules=(
            Rule(label="Violence", review_from=60, reject_at=95),
            Rule(label="Weapons", review_from=60),
            Rule(label="Alcohol", restrict_at=70),
            Rule(label="Swimwear or Underwear"),
            Rule(label="Gambling", restrict_at=50, review_from=70),
        ),
        unlisted=Choice.ESCALATE,
        review=Review(confirmed=Action.RESTRICT),
    )

    @pytest.mark.parametrize(
        ("labels", "action"),
        [
            ((), Action.APPROVE),
            (("Swimwear or Underwear",), Action.APPROVE),
            (("Drinking",), Action.RESTRICT),
            (("Physical Violence",), Action.REJECT),
            (("Weapons",), Action.RESTRICT),
            (("Weapons", "Violence"), Action.RESTRICT),
            (("Violence",), Action.REJECT),
            (("Gambling",), Action.RESTRICT),
            (("Hate Symbols",), Action.RESTRICT),
            (("Vaping",), Action.RESTRICT),
            (("Drinking", "Physical Violence"), Action.REJECT),
        ],
    )
    def test_confirmed_labels_mean_what_their_rules_say_at_full_confidence(
        self, labels: tuple[str, ...], action: Action
    ) -> None:
        assert action_for_labels(self.rules, labels) is action

    def test_where_rules_only_ask_for_a_person_the_policy_says_what_a_confirmation_means(self) -> None:
        rules = Policy(name="p", version="0" * 16, rules=(Rule(label="Weapons", review_from=60),))
        assert action_for_labels(rules, ("Weapons",)) is Action.REJECT


def test_policies_of_equal_name_and_version_hash_alike_and_compare_by_content() -> None:
    assert hash(policy(FULL)) == hash(policy())
    assert policy(FULL) != policy()
    assert judged(policy(FULL), finding("Violence", 99)).choice is not judged(policy(), finding("Violence", 99)).choice
