"""Which cases are older than their policy wants them to get, and what is told of one."""

from datetime import datetime, timedelta

from services.review.domain.outcomes import SOURCE
from shared.contracts.cloudevents import CloudEvent, event_id
from shared.contracts.messages import ALERT_RAISED, AlertRaised
from shared.contracts.words import Severity
from shared.ledger.entries import LoopOpened, ReviewOverdue
from shared.ledger.record import Record
from shared.ledger.views import escalated_at, first_round
from shared.policy.model import Policy


def overdue(record: Record, newest: LoopOpened, policy: Policy, now: datetime) -> ReviewOverdue | None:
    """What to write down of a case that is late; None while it isn't, and when that was told before."""
    target_s = policy.review.target_s
    if target_s is None or now - escalated_at(record, newest) < timedelta(seconds=target_s):
        return None
    late = ReviewOverdue(at=now, round=first_round(record, newest), target_s=target_s)
    return None if any(entry.key == late.key for entry in record.entries) else late


def overdue_alert(record: Record, late: ReviewOverdue) -> CloudEvent[AlertRaised]:
    """The same case gives the same event, however often it is published."""
    summary = record.summary
    text = f"{summary.media_id} has waited for its reviewers for more than {late.target_s:,} s, its policy's target."
    return CloudEvent(
        id=event_id(ALERT_RAISED, summary.media_id, late.key),
        source=SOURCE,
        type=ALERT_RAISED,
        subject=summary.media_id,
        time=late.at,
        data=AlertRaised(
            code="review-overdue",
            severity=Severity.WARNING,
            text=text,
            media_id=summary.media_id,
            tenant=summary.tenant,
        ),
    )
