"""What RESULTS decides: the number of a verdict, what subscribers are told, and what deserves an alert."""

from datetime import datetime
from typing import Final

import msgspec

from shared.contracts.cloudevents import CloudEvent, event_id
from shared.contracts.messages import (
    ALERT_RAISED,
    APPEAL_WITHOUT_RULING,
    VERDICT_REACHED,
    AlertRaised,
    OutcomeReached,
    Segment,
    VerdictReached,
)
from shared.contracts.words import Action, DecidedBy, Severity
from shared.ledger.entries import VerdictGiven
from shared.ledger.record import content_key
from shared.policy.decide import ReasonCode

SOURCE = "gavel/results"
SEGMENTS_BYTES: Final = 128 * 1024
"""Of a message on SNS, at most 256 KiB; reasons and attributes want some of it."""


def verdict_given(outcome: CloudEvent[OutcomeReached], at: datetime) -> VerdictGiven:
    """An item's first verdict, or, of an appeal's outcome, the one after the verdict that was appealed against."""
    return VerdictGiven(
        at=at,
        number=(outcome.data.appeal_of or 0) + 1,
        action=outcome.data.action,
        decided_by=outcome.data.decided_by,
        policy=outcome.data.submission.policy,
        cause=outcome.id,
        reasons=outcome.data.reasons,
        category=outcome.data.category,
        reused_from=outcome.data.reused_from,
        segments=outcome.data.segments,
    )


def reusable_under(outcome: OutcomeReached) -> str | None:
    """The content key under which this verdict may serve again; None for what nobody really judged.

    A fallback is no judgement of the content, a reused verdict would outlive a change of the one it came from, and what
    was judged without the policy's adapter isn't what the policy at this version comes to.
    """
    if any(reason.code == ReasonCode.ADAPTER_IGNORED for reason in outcome.reasons):
        return None
    if outcome.decided_by in {DecidedBy.MODEL, DecidedBy.HUMAN}:
        item = outcome.submission
        return content_key(item.tenant, item.sha256, item.policy)
    return None


def telling_labels(outcome: OutcomeReached) -> tuple[str, ...]:
    """The labels that an item is found by: those of its reasons and segments, and the category."""
    labels = {reason.label for reason in outcome.reasons} | {each.label for each in outcome.segments}
    return tuple(sorted(label for label in labels | {outcome.category} if label))


def verdict_event(outcome: OutcomeReached, verdict: VerdictGiven) -> CloudEvent[VerdictReached]:
    """The same verdict gives the same event, however often it is published."""
    item = outcome.submission
    return CloudEvent(
        id=event_id(VERDICT_REACHED, item.media_id, str(verdict.number)),
        source=SOURCE,
        type=VERDICT_REACHED,
        subject=item.media_id,
        time=verdict.at,
        data=VerdictReached(
            media_id=item.media_id,
            tenant=item.tenant,
            kind=item.kind,
            source=item.source,
            number=verdict.number,
            verdict=verdict.action,
            decided_by=verdict.decided_by,
            reasons=verdict.reasons,
            policy=verdict.policy,
            sha256=item.sha256,
            received_at=item.received_at,
            decided_at=verdict.at,
            category=verdict.category,
            external_id=item.external_id,
            reused_from=verdict.reused_from,
            segments=told_segments(verdict.segments),
            segments_total=len(verdict.segments),
        ),
    )


def told_segments(segments: tuple[Segment, ...]) -> tuple[Segment, ...]:
    """As many as a message has room for, from the first on."""
    room = SEGMENTS_BYTES
    for number, segment in enumerate(segments):
        room -= len(msgspec.json.encode(segment)) + 1
        if room < 0:
            return segments[:number]
    return segments


def verdict_attributes(event: CloudEvent[VerdictReached]) -> dict[str, str]:
    """What subscribers filter on. SNS drops raw deliveries with more than ten attributes; tracing adds one."""
    verdict = event.data
    return {
        "verdict": verdict.verdict,
        "tenant": verdict.tenant,
        "kind": verdict.kind,
        "category": verdict.category or "none",
        "decided_by": verdict.decided_by,
    }


def alert_event(outcome: OutcomeReached, verdict: VerdictGiven) -> CloudEvent[AlertRaised] | None:
    """An alert where the policy asks for one or no review came to a ruling; the text holds no user data."""
    if not outcome.alert:
        return None
    item = outcome.submission
    if any(reason.code == APPEAL_WITHOUT_RULING for reason in outcome.reasons[:1]):
        code, severity = APPEAL_WITHOUT_RULING, Severity.CRITICAL
        text = f"No review of the appeal about {item.media_id} came to a ruling; its verdict stays: {verdict.action}."
    elif outcome.decided_by is DecidedBy.FAIL_CLOSED:
        code, severity = "review-without-ruling", Severity.CRITICAL
        text = f"No review of {item.media_id} came to a ruling; the policy's fallback is in force: {verdict.action}."
    else:
        code, severity = "policy-alert", Severity.CRITICAL if verdict.action is Action.REJECT else Severity.WARNING
        category = verdict.category or "unlisted labels"
        text = f"{item.media_id} got {verdict.action} for {category}; its rule asks for an alert."
    return CloudEvent(
        id=event_id(ALERT_RAISED, item.media_id, str(verdict.number)),
        source=SOURCE,
        type=ALERT_RAISED,
        subject=item.media_id,
        time=verdict.at,
        data=AlertRaised(code=code, severity=severity, text=text, media_id=item.media_id, tenant=item.tenant),
    )
