"""What holds for every policy and all videos."""

import random
from dataclasses import replace
from itertools import pairwise

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from shared.contracts.frames import FrameFinding
from shared.contracts.messages import ContentType, Finding, Segment
from shared.contracts.words import Choice
from shared.policy.decide import RANK, Decision, decide
from shared.policy.model import Policy
from shared.policy.video import decide_video
from shared.taxonomy.labels import ancestors, taxonomy
from tests.unit.policy.frames import footage, frame
from tests.unit.policy.strategies import confidences, content_types, finding, findings, labels, policies

unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
MEDIA = "a" * 26
LENGTH_MS = 20_500
strange = st.builds(
    Finding,
    label=labels | st.text(max_size=20),
    parent=labels | st.just(""),
    level=st.integers(1, 3),
    confidence=st.floats() | confidences,
    timestamp_ms=st.none() | st.integers(0, LENGTH_MS),
)


def decided(policy: Policy, found: tuple[FrameFinding, ...], duration_ms: int | None = LENGTH_MS) -> Decision:
    return decide_video(policy, found, duration_ms=duration_ms, media_id=MEDIA)


def without_segments(decision: Decision) -> object:
    reasons = tuple((r.code, r.label, r.confidence, r.threshold, r.rule, r.choice) for r in decision.reasons)
    return replace(decision, reasons=(), segments=(), gap_ms=None), reasons


@unhurried
@given(policies(audits=False), findings, content_types)
def test_a_video_of_one_frame_is_decided_like_that_frame(
    policy: Policy, found: tuple[Finding, ...], types: tuple[ContentType, ...]
) -> None:
    """Save for what only videos have: minimums, which one frame of unknown length needn't meet, and `review_only`."""
    policy = replace(policy, video=replace(policy.video, review_only=()))
    found = tuple({each.label: each for each in found}.values())
    frames = frame(0, *found, types=types)
    image = decide(policy, [each.finding for each in frames], types, media_id=MEDIA)
    video = decided(policy, frames, duration_ms=None)
    assert without_segments(video) == without_segments(image)


@unhurried
@given(policies(), footage, st.randoms(use_true_random=False))
def test_the_order_of_findings_is_nothing(
    policy: Policy, found: tuple[FrameFinding, ...], shuffled: random.Random
) -> None:
    other = list(found)
    shuffled.shuffle(other)
    assert decided(policy, tuple(other)) == decided(policy, found)


@unhurried
@given(policies(audits=False), footage, labels, confidences, st.integers(0, 41), content_types)
def test_finding_more_is_never_milder_unless_it_explains_something(
    policy: Policy,
    found: tuple[FrameFinding, ...],
    label: str,
    confidence: float,
    at: int,
    types: tuple[ContentType, ...],
) -> None:
    assume(not any(e.finding.timestamp_ms == at * 500 and e.finding.label in ancestors(label) for e in found))
    more = frame(at * 500, finding(label, confidence), types=types)[:1]
    assert RANK[decided(policy, (*found, *more)).choice] >= RANK[decided(policy, found).choice]


@unhurried
@given(policies(), footage)
def test_segments_are_apart_per_label_and_reasons_name_them(policy: Policy, found: tuple[FrameFinding, ...]) -> None:
    decision = decided(policy, found)
    by_label: dict[str, list[Segment]] = {}
    for each in decision.segments:
        by_label.setdefault(each.label, []).append(each)
        frames = {
            e.finding.timestamp_ms
            for e in found
            if e.finding.label == each.label and each.start_ms <= (e.finding.timestamp_ms or 0) <= each.end_ms
        }
        assert {each.start_ms, each.end_ms} <= frames
        assert 1 <= each.frames <= len(frames)
    for same in by_label.values():
        assert all(b.start_ms - a.end_ms > policy.video.gap_ms for a, b in pairwise(same))
    named = [each.segment for each in decision.reasons if each.segment and each.choice is not Choice.APPROVE]
    assert set(named) <= set(decision.segments)
    if decision.choice is not Choice.APPROVE and not decision.audit:
        assert named


@unhurried
@given(policies(audits=False), st.lists(strange, max_size=6))
def test_what_cannot_be_judged_is_never_approved_or_merely_restricted(policy: Policy, found: list[Finding]) -> None:
    decision = decided(policy, tuple(FrameFinding(finding=each) for each in found))
    if any(each.label not in taxonomy().labels or not 0 <= each.confidence <= 100 for each in found):
        assert decision.choice in {Choice.ESCALATE, Choice.REJECT}
    assert 0 <= decision.severity <= 100
    assert decision.reasons


@unhurried
@given(policies(audits=False), footage, st.integers(1, 20), st.integers(0, 10_000))
def test_asking_for_longer_segments_is_never_graver(
    policy: Policy, found: tuple[FrameFinding, ...], frames: int, duration_ms: int
) -> None:
    rules = tuple(replace(rule, min_frames=None, min_duration_ms=None) for rule in policy.rules)
    loose = replace(policy, rules=rules, video=replace(policy.video, min_frames=1, min_duration_ms=0))
    strict = replace(
        loose, version="f" * 16, video=replace(loose.video, min_frames=frames, min_duration_ms=duration_ms)
    )
    assert RANK[decided(strict, found).choice] <= RANK[decided(loose, found).choice]
