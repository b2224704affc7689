"""The outcome of a case: by the model's findings, by people, or by the policy's fallback."""

from datetime import datetime

from services.review.domain.rulings import severest
from shared.contracts.cloudevents import CloudEvent, event_id
from shared.contracts.messages import OUTCOME_REACHED, OutcomeReached, Reason, Segment, Submission
from shared.contracts.words import Action, DecidedBy
from shared.ledger.entries import DecisionMade, LoopEnded
from shared.policy.model import Policy

SOURCE = "gavel/review"


def model_outcome(
    submission: Submission, decision: DecisionMade, action: Action, at: datetime
) -> CloudEvent[OutcomeReached]:
    return _outcome(submission, decision, action, DecidedBy.MODEL, decision.reasons, decision.segments, at)


def human_outcome(
    submission: Submission,
    decision: DecisionMade,
    end: LoopEnded,
    action: Action,
    at: datetime,
    *,
    confirmed: tuple[Segment, ...] = (),
) -> CloudEvent[OutcomeReached]:
    """`action` is the reviewers' ruling; it is never milder than what other findings had already settled."""
    reasons = (Reason(code="reviewed", rule=f"round {end.round}"), *decision.reasons)
    action = severest(action, decision.floor)
    segments = segments_of(decision, action, confirmed)
    return _outcome(submission, decision, action, DecidedBy.HUMAN, reasons, segments, at, round_=end.round)


def segments_of(decision: DecisionMade, action: Action, confirmed: tuple[Segment, ...]) -> tuple[Segment, ...]:
    """What in a video led to a ruling: what reviewers confirmed, and else, against approval, what the policy minded."""
    return confirmed or (() if action is Action.APPROVE else decision.segments)


def fail_closed_outcome(
    submission: Submission, decision: DecisionMade, end: LoopEnded, policy: Policy, at: datetime
) -> CloudEvent[OutcomeReached]:
    """No review came to a ruling: the policy's fallback, which is never approve, and an alert.

    Of an item that was only audited it is never milder than what the policy itself had decided.
    """
    reasons = (Reason(code=f"review-{end.outcome}", rule=f"round {end.round}"), *decision.reasons)
    audited = [Action(decision.reasons[0].choice)] if decision.audit and decision.reasons[0].choice else []
    action = severest(policy.review.fallback, decision.floor, *audited)
    by, segments = DecidedBy.FAIL_CLOSED, decision.segments
    return _outcome(submission, decision, action, by, reasons, segments, at, round_=end.round, alert=True)


def _outcome(
    submission: Submission,
    decision: DecisionMade,
    action: Action,
    decided_by: DecidedBy,
    reasons: tuple[Reason, ...],
    segments: tuple[Segment, ...],
    at: datetime,
    *,
    round_: int = 0,
    alert: bool = False,
) -> CloudEvent[OutcomeReached]:
    data = OutcomeReached(
        submission=submission,
        action=action,
        decided_by=decided_by,
        reasons=reasons,
        category=decision.category,
        round=round_,
        # A rule asks for an alert when something is wrong; people who approve say that nothing is.
        alert=alert or (decision.alert and action is not Action.APPROVE),
        segments=segments,
    )
    return outcome_event(data, at)


def outcome_event(data: OutcomeReached, at: datetime) -> CloudEvent[OutcomeReached]:
    """The same item, policy version and round give the same event."""
    item = data.submission
    return CloudEvent(
        id=event_id(OUTCOME_REACHED, item.media_id, item.policy.version, str(data.round)),
        source=SOURCE,
        type=OUTCOME_REACHED,
        subject=item.media_id,
        time=at,
        data=data,
    )
