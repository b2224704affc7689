"""A simulation says what deciding the same evidence anew would say, and what that changes."""

from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from shared.contracts.words import Action, Choice
from shared.policy.adapters import without_adapter
from shared.policy.decide import decide
from shared.policy.model import Policy, Review, Rule, WhenIgnored
from shared.policy.simulate import CHANGES_LISTED, Seen, Simulation, decided
from shared.policy.video import decide_video
from tests.unit.policy.frames import seen as frames
from tests.unit.policy.strategies import evidence, finding, policies, with_ancestors

MEDIA = "a" * 26


def policy(*rules: Rule, answers: int = 1) -> Policy:
    review = Review(answers=answers)
    return Policy(name="p", version="0" * 16, rules=rules, unlisted=Choice.APPROVE, review=review)


def seen(label: str, confidence: float, choice: Choice, **more: Any) -> Seen:
    verdict = more.pop("verdict", None if choice is Choice.ESCALATE else Action(choice.value))
    found = with_ancestors(finding(label, confidence))
    return Seen(media_id=MEDIA, choice=choice, verdict=verdict, findings=tuple(found), **more)


def told(by: Policy, *items: Seen) -> dict[str, Any]:
    simulation = Simulation(by)
    for item in items:
        simulation.take(item)
    return simulation.told(days=2.0)


STRICT = policy(Rule(label="Violence", review_from=50, reject_at=80), answers=3)


@given(by=policies(), items=st.lists(st.tuples(st.text("abc", min_size=1), evidence), max_size=10))
def test_it_equals_deciding_the_same_evidence_anew(by: Policy, items: list[tuple[str, Any]]) -> None:
    simulation = Simulation(by)
    for media_id, found in items:
        simulation.take(Seen(media_id=media_id, choice=Choice.APPROVE, verdict=Action.APPROVE, findings=tuple(found)))
    again = [decide(by, found, (), media_id=media_id).choice for media_id, found in items]
    assert {after: count for (_, after), count in simulation.confusion.items()} == {
        choice: again.count(choice) for choice in set(again)
    }


@given(by=policies(), found=evidence, when=st.sampled_from(WhenIgnored))
def test_what_an_ignored_adapter_was_asked_about_is_decided_as_review_does(
    by: Policy, found: Any, when: WhenIgnored
) -> None:
    item = Seen(media_id=MEDIA, choice=Choice.APPROVE, verdict=None, findings=tuple(found), adapter_was_ignored=True)
    asking = replace(by, adapter="arn:of-one", adapter_ignored=when)
    anew = decide(asking, found, (), media_id=MEDIA)
    assert decided(asking, item) == without_adapter(asking, anew)


def test_videos_are_decided_by_their_frames() -> None:
    found = frames("Violence", (0, 95.0), (500, 91.0))
    video = Seen(media_id=MEDIA, choice=Choice.APPROVE, verdict=Action.APPROVE, frames=found, duration_ms=60_000)
    choice = decide_video(STRICT, found, duration_ms=60_000, media_id=MEDIA).choice
    assert choice is Choice.REJECT
    assert told(STRICT, video)["choices"]["approve"][choice] == 1


def test_the_table_has_what_was_in_rows_and_what_would_be_in_columns() -> None:
    found = told(
        STRICT, seen("Violence", 90, Choice.ESCALATE, verdict=Action.APPROVE), seen("Violence", 10, Choice.APPROVE)
    )
    assert found["choices"]["escalate"] == {"approve": 0, "restrict": 0, "reject": 1, "escalate": 0}
    assert found["choices"]["approve"]["approve"] == 1
    assert (found["items"], found["choices_changed"], found["verdicts_changed"]) == (2, 1, 1)
    assert found["verdicts"]["approve"]["reject"] == 1


def test_what_people_said_holds_where_the_policy_would_still_ask_them() -> None:
    found = told(STRICT, seen("Violence", 60, Choice.ESCALATE, verdict=Action.APPROVE, ruling=Action.APPROVE))
    assert (found["verdicts_changed"], found["verdicts_open"], found["choices_changed"]) == (0, 0, 0)


def test_a_ruling_below_the_floor_of_the_policy_counts_as_the_floor() -> None:
    floored = policy(Rule(label="Violence", review_from=50), Rule(label="Smoking", restrict_at=50))
    both = (*with_ancestors(finding("Violence", 60)), *with_ancestors(finding("Smoking", 60)))
    item = Seen(
        media_id=MEDIA, choice=Choice.ESCALATE, verdict=Action.APPROVE, ruling=Action.APPROVE, findings=tuple(both)
    )
    assert told(floored, item)["verdicts"]["approve"]["restrict"] == 1


def test_what_nobody_has_seen_yet_is_open_and_makes_work() -> None:
    found = told(
        STRICT, seen("Violence", 60, Choice.APPROVE), seen("Violence", 10, Choice.ESCALATE, ruling=Action.REJECT)
    )
    assert (found["verdicts_open"], found["verdicts_changed"]) == (1, 0)
    assert found["reviews"] == {
        "before": 1,
        "after": 1,
        "rate_before": 0.5,
        "rate_after": 0.5,
        "answers_a_day_after": 1.5,
    }


def test_only_so_many_changes_are_listed_and_all_are_counted() -> None:
    found = told(STRICT, *(seen("Violence", 90, Choice.APPROVE) for _ in range(CHANGES_LISTED + 5)))
    assert (len(found["changes"]), found["verdicts_changed"]) == (CHANGES_LISTED, CHANGES_LISTED + 5)


def test_nothing_is_no_division_by_zero() -> None:
    assert told(STRICT)["reviews"]["rate_after"] is None
