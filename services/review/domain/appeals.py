"""What an appeal asks of reviewers, and what comes of it."""

from datetime import datetime

from services.review.domain.outcomes import outcome_event, segments_of
from shared.contracts.cloudevents import CloudEvent
from shared.contracts.messages import (
    APPEAL_WITHOUT_RULING,
    AppealRequested,
    OutcomeReached,
    Reason,
    Segment,
    Submission,
)
from shared.contracts.words import Action, DecidedBy
from shared.ledger.entries import AppealOpened, DecisionMade, LoopEnded, VerdictGiven
from shared.ledger.record import Record
from shared.ledger.views import newest_loop


def appeal_opened(event: CloudEvent[AppealRequested], record: Record, at: datetime) -> AppealOpened:
    """The appeal against the item's current verdict; its rounds go on counting where the last one ended."""
    newest = newest_loop(record)
    return AppealOpened(
        at=at,
        verdict=record.summary.verdict_number,
        round=newest.round + 1 if newest else 1,
        cause=event.id,
        reason=event.data.reason,
        by=event.data.by,
    )


def ruled_outcome(
    submission: Submission,
    decision: DecisionMade,
    previous: VerdictGiven,
    end: LoopEnded,
    action: Action,
    at: datetime,
    *,
    confirmed: tuple[Segment, ...] = (),
) -> CloudEvent[OutcomeReached]:
    """The reviewers' ruling as it is: what the policy had settled without them is what was appealed against."""
    data = OutcomeReached(
        submission=submission,
        action=action,
        decided_by=DecidedBy.HUMAN,
        reasons=(Reason(code="appealed", rule=f"round {end.round}"), *decision.reasons),
        category=decision.category,
        round=end.round,
        alert=decision.alert and action is not Action.APPROVE,
        appeal_of=previous.number,
        segments=segments_of(decision, action, confirmed),
    )
    return outcome_event(data, at)


def unruled_outcome(
    submission: Submission, previous: VerdictGiven, end: LoopEnded, at: datetime
) -> CloudEvent[OutcomeReached]:
    """Nobody ruled, so the verdict stays as it was: said again under the next number, with an alert."""
    reason = Reason(code=APPEAL_WITHOUT_RULING, rule=f"round {end.round}: {end.outcome}")
    data = OutcomeReached(
        submission=submission,
        action=previous.action,
        decided_by=previous.decided_by,
        reasons=(reason, *previous.reasons),
        category=previous.category,
        round=end.round,
        alert=True,
        reused_from=previous.reused_from,
        appeal_of=previous.number,
        segments=previous.segments,
    )
    return outcome_event(data, at)
