"""What an appeal asks of reviewers, and what comes of it."""

from datetime import datetime

from services.review.domain.outcomes import SOURCE
from shared.contracts.cloudevents import CloudEvent, event_id
from shared.contracts.messages import (
    APPEAL_WITHOUT_RULING,
    OUTCOME_REACHED,
    AppealRequested,
    OutcomeReached,
    Reason,
    Submission,
)
from shared.contracts.words import Action, DecidedBy
from shared.ledger.entries import AppealOpened, DecisionMade, LoopEnded, Record, VerdictGiven
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
    )


def ruled_outcome(
    submission: Submission, decision: DecisionMade, previous: VerdictGiven, end: LoopEnded, action: Action, at: datetime
) -> CloudEvent[OutcomeReached]:
    """The reviewers' ruling as it is: what the policy had settled without them is what was appealed against."""
    return _outcome(
        submission,
        previous,
        end,
        at,
        action=action,
        decided_by=DecidedBy.HUMAN,
        reasons=(Reason(code="appealed", rule=f"round {end.round}"), *decision.reasons),
        category=decision.category,
        alert=decision.alert and action is not Action.APPROVE,
    )


def unruled_outcome(
    submission: Submission, previous: VerdictGiven, end: LoopEnded, at: datetime
) -> CloudEvent[OutcomeReached]:
    """Nobody ruled, so the verdict stays as it was: said again under the next number, with an alert."""
    reason = Reason(code=APPEAL_WITHOUT_RULING, rule=f"round {end.round}: {end.outcome}")
    return _outcome(
        submission,
        previous,
        end,
        at,
        action=previous.action,
        decided_by=previous.decided_by,
        reasons=(reason, *previous.reasons),
        category=previous.category,
        reused_from=previous.reused_from,
        alert=True,
    )


def _outcome(
    submission: Submission,
    previous: VerdictGiven,
    end: LoopEnded,
    at: datetime,
    *,
    action: Action,
    decided_by: DecidedBy,
    reasons: tuple[Reason, ...],
    category: str | None,
    alert: bool,
    reused_from: str | None = None,
) -> CloudEvent[OutcomeReached]:
    return CloudEvent(
        id=event_id(OUTCOME_REACHED, submission.media_id, submission.policy.version, str(end.round)),
        source=SOURCE,
        type=OUTCOME_REACHED,
        subject=submission.media_id,
        time=at,
        data=OutcomeReached(
            submission=submission,
            action=action,
            decided_by=decided_by,
            reasons=reasons,
            category=category,
            round=end.round,
            alert=alert,
            reused_from=reused_from,
            appeal_of=previous.number,
        ),
    )
