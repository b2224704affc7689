"""Policies on videos: which segments count, what they come to together, and what is told of them."""

from typing import Any

import pytest

from shared.contracts.frames import FrameFinding
from shared.contracts.messages import ContentType, Finding
from shared.contracts.words import Action, Choice
from shared.policy.decide import Decision, ReasonCode
from shared.policy.model import Audit, ContentTypeName, ContentTypeShift, Policy, ReviewOnly, Rule, Video
from shared.policy.video import REASONS_LIMIT, decide_video
from tests.unit.policy.frames import HOUR_MS, every, frame, seen
from tests.unit.policy.strategies import finding

MEDIA = "a" * 26
MINUTE_MS = 60_000
VIOLENCE = Rule(label="Violence", review_from=60, reject_at=90, alert=True)


def policy(*rules: Rule, video: Video = Video(), **changes: Any) -> Policy:  # noqa: B008  frozen
    return Policy(
        name="p", version="0" * 16, rules=rules or (VIOLENCE,), unlisted=Choice.APPROVE, video=video, **changes
    )


def decided(
    by: Policy, *found: tuple[FrameFinding, ...], duration_ms: int | None = MINUTE_MS, media_id: str = MEDIA
) -> Decision:
    return decide_video(by, [each for one in found for each in one], duration_ms=duration_ms, media_id=media_id)


def told(decision: Decision) -> list[tuple[str, str | None, tuple[int, int, int] | None]]:
    """Code, label, and start, end and frames of every reason."""
    return [
        (each.code, each.label, (s.start_ms, s.end_ms, s.frames) if (s := each.segment) else None)
        for each in decision.reasons
    ]


def test_nothing_found_is_approved() -> None:
    decision = decided(policy())
    assert (decision.choice, decision.reasons[0].code) == (Choice.APPROVE, ReasonCode.NOTHING_FOUND)


def test_frames_no_further_apart_than_the_gap_are_one_segment() -> None:
    decision = decided(policy(), seen("Weapons", (0, 95), (2_000, 91), (4_001, 92)))
    assert told(decision) == [
        ("reject-band", "Weapons", (0, 2_000, 2)),
        ("reject-band", "Weapons", (4_001, 4_001, 1)),
    ]
    assert [each.start_ms for each in decision.segments] == [0, 4_001]
    assert decision.gap_ms == 2_000


def test_a_segment_tells_of_its_surest_frame() -> None:
    decision = decided(policy(), seen("Weapons", (0, 70), (500, 80), (1_000, 65)))
    assert (decision.choice, decision.segments[0].confidence) == (Choice.ESCALATE, 80)
    assert (decision.reasons[0].threshold, decision.reasons[0].rule) == (60, "Violence")


@pytest.mark.parametrize(("last_ms", "choice"), [(1_499, Choice.APPROVE), (1_500, Choice.REJECT)])
def test_a_segment_has_to_be_long_enough(last_ms: int, choice: Choice) -> None:
    by = policy(video=Video(min_duration_ms=1_500))
    assert decided(by, seen("Weapons", (0, 95), (last_ms, 95))).choice is choice


def test_one_frame_is_nothing_long() -> None:
    assert decided(policy(video=Video(min_duration_ms=1)), seen("Weapons", (0, 95))).choice is Choice.APPROVE


def test_frames_are_counted_once_each_whatever_was_said_of_them() -> None:
    by = policy(video=Video(min_frames=3))
    twice = (*seen("Weapons", (0, 95), (500, 95)), *seen("Weapons", (0, 92)))
    assert decided(by, twice).choice is Choice.APPROVE
    assert decided(by, twice, seen("Weapons", (1_000, 91))).choice is Choice.REJECT


def test_what_is_too_brief_is_said_to_be_so() -> None:
    decision = decided(policy(video=Video(min_frames=2)), seen("Weapons", (700, 95)), seen("Gambling", (0, 99)))
    assert told(decision) == [("unlisted-label", "Gambling", None), ("too-brief", "Weapons", (700, 700, 1))]
    assert decision.segments == ()


def test_a_rule_has_minimums_of_its_own() -> None:
    by = policy(VIOLENCE, Rule(label="Weapons", reject_at=80, min_frames=1), video=Video(min_frames=5))
    assert decided(by, seen("Weapons", (0, 95))).choice is Choice.REJECT
    assert decided(by, seen("Graphic Violence", (0, 95))).choice is Choice.APPROVE


def test_a_band_counts_when_frames_above_it_help_to_fill_it() -> None:
    by = policy(video=Video(min_frames=3))
    # One frame would be rejected: too few. With two doubtful ones beside it there is a doubt for long enough.
    assert decided(by, seen("Weapons", (0, 95), (500, 70), (1_000, 70))).choice is Choice.ESCALATE
    assert decided(by, seen("Weapons", (0, 95), (500, 95), (1_000, 95), (1_500, 70))).choice is Choice.REJECT


def test_a_sure_restriction_is_no_doubt_but_a_doubtful_frame_beside_it_is() -> None:
    by = policy(Rule(label="Violence", review_from=60, restrict_at=90), video=Video(min_frames=2))
    sure = seen("Weapons", (0, 95), (500, 95))
    assert decided(by, sure).choice is Choice.RESTRICT
    doubtful = decided(by, sure, seen("Weapons", (1_000, 70)))
    assert (doubtful.choice, doubtful.floor) == (Choice.ESCALATE, Action.RESTRICT)
    assert told(doubtful) == [("review-band", "Weapons", (0, 1_000, 3))]


def test_every_segment_has_its_own_outcome_and_the_gravest_decides() -> None:
    decision = decided(policy(), seen("Weapons", (0, 70)), seen("Weapons", (10_000, 95)), seen("Corpses", (0, 99)))
    assert decision.choice is Choice.REJECT
    assert told(decision) == [
        ("reject-band", "Weapons", (10_000, 10_000, 1)),
        ("review-band", "Weapons", (0, 0, 1)),
    ]
    assert (decision.alert, decision.category, decision.severity) == (True, "Violence", 95)


def test_content_types_shift_the_thresholds_of_their_own_frames() -> None:
    shift = ContentTypeShift(name=ContentTypeName.ANIMATED, at=80, shift=10)
    drawn = (ContentType(name="Animated", confidence=90),)
    film = [frame(at, finding("Weapons", 95), types=drawn) for at in (0, 500)]
    assert decided(policy(content_types=(shift,)), *film).choice is Choice.ESCALATE
    decision = decided(policy(content_types=(shift,)), *film, seen("Weapons", (1_000, 95)))
    assert decision.choice is Choice.REJECT
    assert decision.reasons[0].threshold == 90


def test_a_broader_label_says_nothing_where_a_narrower_one_explains_it_in_the_same_frame() -> None:
    by = policy(VIOLENCE, Rule(label="Weapons"))
    assert decided(by, seen("Weapons", (0, 99))).choice is Choice.APPROVE
    alone = decided(by, seen("Weapons", (0, 99)), seen("Violence", (500, 95)))
    assert told(alone) == [("reject-band", "Violence", (500, 500, 1))]


def test_what_cannot_be_judged_goes_to_a_person_however_brief() -> None:
    by = policy(video=Video(min_frames=9, min_duration_ms=9_000, review_only=(ReviewOnly(category="Violence", at=60),)))
    unknown = Finding(label="Deepfake", parent="Synthetic", level=2, confidence=51, timestamp_ms=3_000)
    decision = decided(by, (FrameFinding(finding=unknown),))
    assert (decision.choice, told(decision)) == (Choice.ESCALATE, [("unknown-label", "Deepfake", (3_000, 3_000, 1))])
    impossible = Finding(label="Weapons", parent="Violence", level=2, confidence=130, timestamp_ms=0)
    decision = decided(by, (FrameFinding(finding=impossible),))
    assert told(decision) == [("impossible-confidence", "Weapons", (0, 0, 1))]
    assert decision.segments[0].confidence == 100


@pytest.mark.parametrize(
    ("label", "confidence", "choice"),
    [
        ("Weapons", 79, Choice.APPROVE),
        ("Weapons", 80, Choice.ESCALATE),
        ("Weapons", 92, Choice.REJECT),
        ("Corpses", 80, Choice.APPROVE),
        ("Corpses", 97, Choice.RESTRICT),
        ("Drinking", 70, Choice.RESTRICT),
    ],
)
def test_people_see_only_the_categories_on_the_list(label: str, confidence: float, choice: Choice) -> None:
    by = policy(
        VIOLENCE,
        Rule(label="Visually Disturbing", review_from=60, restrict_at=95),
        Rule(label="Alcohol", restrict_at=50, review_from=65),
        video=Video(review_only=(ReviewOnly(category="Violence", at=80),)),
    )
    assert decided(by, seen(label, (0, confidence))).choice is choice


def test_what_nobody_is_asked_about_is_told() -> None:
    by = policy(video=Video(review_only=(ReviewOnly(category="Corpses", at=80),)))
    decision = decided(by, seen("Weapons", (0, 70), (500, 40)))
    assert told(decision) == [("not-for-review", "Weapons", None)]


@pytest.mark.parametrize(
    ("duration_ms", "choice"), [(900, Choice.REJECT), (60_000, Choice.APPROVE), (None, Choice.REJECT)]
)
def test_a_video_too_short_for_the_minimum_is_judged_all_the_same(duration_ms: int | None, choice: Choice) -> None:
    by = policy(video=Video(min_frames=4, min_duration_ms=5_000))
    frames = seen("Weapons", (0, 95), (450, 95))
    assert decided(by, frames, duration_ms=duration_ms).choice is choice


def test_reasons_beyond_the_limit_are_counted() -> None:
    decision = decided(policy(), *(seen("Weapons", (at * 10_000, 95)) for at in range(60)), duration_ms=HOUR_MS)
    assert len(decision.reasons) == REASONS_LIMIT + 1
    assert (decision.reasons[-1].code, decision.reasons[-1].rule) == ("more", "40 more")
    assert len(decision.segments) == 60


def test_too_many_segments_are_united_over_a_wider_gap_and_none_is_lost() -> None:
    found = [seen("Weapons", (at * 10_000 + at % 7, 70)) for at in range(1_000)]
    decision = decided(policy(), *found, seen("Corpses", (5, 99)), seen("Weapons", (0, 95)), duration_ms=3 * HOUR_MS)
    assert 0 < len(decision.segments) <= 250
    assert sum(each.frames for each in decision.segments) == 1_000
    assert decision.gap_ms is not None
    assert decision.gap_ms > 2_000
    assert decision.reasons[0].code == "reject-band"


def test_an_audit_says_what_it_would_have_been_and_has_the_segments() -> None:
    by = policy(audit=Audit(rejected_percent=100, approved_percent=100))
    decision = decided(by, seen("Weapons", (0, 95)))
    assert (decision.choice, decision.audit, decision.floor) == (Choice.ESCALATE, True, Action.APPROVE)
    assert told(decision) == [("audit", None, None), ("reject-band", "Weapons", (0, 0, 1))]
    assert len(decision.segments) == 1
    assert told(decided(by))[0] == ("audit", None, None)


def test_six_hours_come_to_what_two_minutes_of_the_same_do() -> None:
    short = decided(policy(), every(500, 0, 2 * MINUTE_MS, "Weapons", 95), duration_ms=2 * MINUTE_MS)
    long = decided(policy(), every(500, 0, 6 * HOUR_MS, "Weapons", 95), duration_ms=6 * HOUR_MS)
    assert (long.choice, len(long.segments), long.segments[0].frames) == (short.choice, 1, 43_201)
