"""What MODERATE sends on."""

from datetime import datetime
from typing import Final

from shared.contracts.cloudevents import CloudEvent, event_id
from shared.contracts.messages import REVIEW_REQUESTED, Evidence, ModerationRequested, ReviewRequested

SOURCE: Final = "gavel/moderate"


def review_requested(request: ModerationRequested, evidence: Evidence, at: datetime) -> CloudEvent[ReviewRequested]:
    media_id = request.submission.media_id
    return CloudEvent(
        id=event_id(REVIEW_REQUESTED, media_id, evidence.detector),
        source=SOURCE,
        type=REVIEW_REQUESTED,
        subject=media_id,
        time=at,
        data=ReviewRequested(submission=request.submission, readable=request.readable, evidence=evidence),
    )
