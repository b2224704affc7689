"""Decides what a policy makes of evidence: pure, and the same for findings in any order.

Each finding comes to an outcome by the nearest rule; the item's choice is the gravest of them: reject, escalate,
restrict, approve. What can't be judged (a label that the taxonomy lacks, an impossible confidence) goes to a person.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from shared.contracts.messages import ContentType, Finding, Reason, Segment
from shared.contracts.words import Action, Choice
from shared.policy.bands import Cover, active_shifts, covers
from shared.policy.model import Policy

RANK: Final = {Choice.APPROVE: 0, Choice.RESTRICT: 1, Choice.ESCALATE: 2, Choice.REJECT: 3}
"""How grave a choice is: a sure rejection needs no person, a doubt isn't settled by a sure restriction."""


class ReasonCode(StrEnum):
    """The codes of a decision's reasons. A band's `threshold` is where it starts, content-type shifts included;
    that of `approve-band` is where approval ends."""

    APPROVE_BAND = "approve-band"
    RESTRICT_BAND = "restrict-band"
    REVIEW_BAND = "review-band"
    REJECT_BAND = "reject-band"
    UNLISTED_LABEL = "unlisted-label"
    UNKNOWN_LABEL = "unknown-label"
    IMPOSSIBLE_CONFIDENCE = "impossible-confidence"
    NOTHING_FOUND = "nothing-found"
    AUDIT = "audit"
    TOO_BRIEF = "too-brief"
    NOT_FOR_REVIEW = "not-for-review"
    MORE = "more"
    ADAPTER_IGNORED = "adapter-ignored"


BAND_CODES: Final = {
    Choice.APPROVE: ReasonCode.APPROVE_BAND,
    Choice.RESTRICT: ReasonCode.RESTRICT_BAND,
    Choice.ESCALATE: ReasonCode.REVIEW_BAND,
    Choice.REJECT: ReasonCode.REJECT_BAND,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What a policy makes of one item.

    `reasons` begin with those that decided. `category` is the top-level label that weighed most, None when nothing
    did. `floor` is the worst action that was reached without a person: a reviewer can't rule below it. `severity`
    (0-100) orders people's work and is never 0 where a person is asked. With `audit` the item would have been
    approved or rejected, as its first reason says, and was drawn for a person to see all the same.

    Of a video, `segments` are the stretches that its policy minds, in order of time: united over gaps of `gap_ms`,
    which is more than the policy's own where there were too many of them.
    """

    choice: Choice
    reasons: tuple[Reason, ...]
    floor: Action
    severity: int
    category: str | None = None
    alert: bool = False
    audit: bool = False
    segments: tuple[Segment, ...] = ()
    gap_ms: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """The outcome of one finding, or of one segment of a video."""

    choice: Choice
    severity: int
    reason: Reason
    category: str | None
    alert: bool = False


def decide(
    policy: Policy, findings: Sequence[Finding], content_types: Sequence[ContentType], *, media_id: str
) -> Decision:
    """What the policy makes of what a detector found. Raises nothing: what it can't judge it escalates."""
    table = covers(policy, active_shifts(policy, content_types))
    explained = explanations(findings, table)
    weighed = sorted(
        (
            _weigh(finding, table.get(finding.label), table)
            for finding in findings
            if finding.confidence > explained.get(finding.label, -1.0) or not is_possible(finding)
        ),
        key=by_gravity,
    )
    return conclude(policy, weighed, media_id=media_id)


def conclude(policy: Policy, weighed: Sequence[Weighed], *, media_id: str) -> Decision:
    """What the outcomes come to together; `weighed` has the gravest first."""
    choice = weighed[0].choice if weighed else Choice.APPROVE
    if _is_audited(policy, choice, media_id):
        return _audit(choice, weighed)
    telling = [each for each in weighed if each.choice is not Choice.APPROVE] or weighed
    return Decision(
        choice=choice,
        reasons=tuple(each.reason for each in telling) or (Reason(code=ReasonCode.NOTHING_FOUND, choice=choice),),
        floor=_floor(weighed),
        severity=weighed[0].severity if weighed else 0,
        category=weighed[0].category if weighed and choice is not Choice.APPROVE else None,
        alert=any(each.alert for each in weighed),
    )


def action_for_labels(policy: Policy, labels: Iterable[str]) -> Action:
    """What it means that a person confirmed these labels, and no others, on Rekognition's own review page.

    A confirmed label has confidence 100. Where the policy would ask a person again, or doesn't know the label, it
    means `review.confirmed`, which is never approval. No label confirmed is approval.
    """
    confirmed = tuple(Finding(label=label, parent="", level=0, confidence=100.0) for label in labels)
    table = covers(policy)
    explained = explanations(confirmed, table)
    worst = Choice.APPROVE
    for finding in confirmed:
        if finding.label in explained:
            continue
        cover = table.get(finding.label)
        choice = cover.outcome(100.0)[0] if cover else Choice.ESCALATE
        if choice is Choice.ESCALATE:
            choice = Choice(policy.review.confirmed.value)
        worst = max(worst, choice, key=RANK.__getitem__)
    return Action(worst.value)


def explanations(findings: Iterable[Finding], table: dict[str, Cover]) -> dict[str, float]:
    """For each ancestor of what was found, the highest confidence found below it.

    Rekognition lists every ancestor of a label as an entry of its own with the same confidence. Such an entry says
    nothing that the narrower one doesn't, so it must not bring a broader rule past a narrower one.
    """
    explained: dict[str, float] = {}
    for finding in findings:
        cover = table.get(finding.label)
        if cover is None or not is_possible(finding):
            continue
        for ancestor in cover.label.ancestors:
            if finding.confidence > explained.get(ancestor, -1.0):
                explained[ancestor] = finding.confidence
    return explained


def is_possible(finding: Finding) -> bool:
    """False for what isn't within 0-100, NaN among it, which is below every threshold and so would be approved."""
    return 0.0 <= finding.confidence <= 100.0


def _weigh(finding: Finding, cover: Cover | None, table: dict[str, Cover]) -> Weighed:
    if cover is None:
        parent = table.get(finding.parent)
        return doubt(ReasonCode.UNKNOWN_LABEL, finding, parent.label.top if parent else None)
    if not is_possible(finding):
        return doubt(ReasonCode.IMPOSSIBLE_CONFIDENCE, finding, cover.label.top)
    choice, threshold = cover.outcome(finding.confidence)
    rule = cover.rule
    return Weighed(
        choice=choice,
        severity=severity_of(choice, finding.confidence, cover),
        reason=Reason(
            code=BAND_CODES[choice] if rule else ReasonCode.UNLISTED_LABEL,
            label=finding.label,
            confidence=finding.confidence,
            threshold=threshold,
            rule=rule.label if rule else None,
            choice=choice,
        ),
        category=cover.label.top,
        alert=rule is not None and rule.alert and choice is not Choice.APPROVE,
    )


def doubt(code: ReasonCode, finding: Finding, category: str | None) -> Weighed:
    reason = Reason(code=code, label=finding.label, confidence=finding.confidence, choice=Choice.ESCALATE)
    return Weighed(choice=Choice.ESCALATE, severity=50, reason=reason, category=category)


def severity_of(choice: Choice, confidence: float, cover: Cover) -> int:
    """Confidence, weighed by what is at stake: whole where the rule rejects or alerts, less where it can't."""
    rule = cover.rule
    is_grave = rule is not None and (rule.reject_at is not None or rule.alert)
    match choice:
        case Choice.APPROVE:
            return 0
        case Choice.RESTRICT:
            return round(confidence * 0.5)
        case Choice.REJECT:
            return round(confidence)
        case Choice.ESCALATE:
            return max(1, round(confidence * (1.0 if is_grave else 0.75)))


def by_gravity(each: Weighed) -> tuple[int, int, str, float, str]:
    """Gravest first; the rest makes the order complete, so that the findings' own order is nothing."""
    reason = each.reason
    return -RANK[each.choice], -each.severity, reason.label or "", -(reason.confidence or 0.0), each.category or ""


def _floor(weighed: Iterable[Weighed]) -> Action:
    reached = (each.choice for each in weighed if each.choice is not Choice.ESCALATE)
    return Action(max(reached, key=RANK.__getitem__, default=Choice.APPROVE).value)


def _is_audited(policy: Policy, choice: Choice, media_id: str) -> bool:
    """Drawn by media id and policy version alone, so that a repeat of the same item is drawn alike."""
    match choice:
        case Choice.APPROVE:
            percent = policy.audit.approved_percent
        case Choice.REJECT:
            percent = policy.audit.rejected_percent
        case _:
            return False
    if percent <= 0:
        return False
    digest = hashlib.sha256(f"audit\x1f{media_id}\x1f{policy.version}".encode()).digest()
    return int.from_bytes(digest[:4], "big") / 2**32 * 100 < percent


def _audit(choice: Choice, weighed: Sequence[Weighed]) -> Decision:
    """A person looks and may rule anything; nobody waits for that as for a doubt, so it is the least severe."""
    return Decision(
        choice=Choice.ESCALATE,
        reasons=(Reason(code=ReasonCode.AUDIT, choice=choice), *(each.reason for each in weighed)),
        floor=Action.APPROVE,
        severity=1,
        category=weighed[0].category if choice is not Choice.APPROVE else None,
        alert=any(each.alert for each in weighed),
        audit=True,
    )
