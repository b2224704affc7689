"""What INGEST writes down and sends on about an item. The same item gives the same ids, however often it is told."""

from datetime import datetime, timedelta
from typing import Final

from services.ingest.domain.envelopes import Sighting
from services.ingest.domain.formats import VideoFormat
from shared.contracts.cloudevents import CloudEvent, event_id
from shared.contracts.messages import (
    MEDIA_SUBMITTED,
    MODERATION_REQUESTED,
    OUTCOME_REACHED,
    MediaRef,
    MediaSubmitted,
    ModerationRequested,
    OutcomeReached,
    Reason,
    Submission,
)
from shared.contracts.words import DecidedBy, Status
from shared.identity import analysis_id, media_id
from shared.ledger.entries import Quarantined, SubmissionOpened, VerdictGiven
from shared.ledger.record import Record

SOURCE: Final = "gavel/ingest"
IN_HAND_S: Final = 60
"""A queue's visibility time: who has not settled an item by then has lost it, or holds it for a reason."""
LOOK_AGAIN_S: Final = 5


def is_settled(record: Record, queue: str) -> bool:
    """Whether INGEST has nothing left to do: the item went on, or waits in another service's quarantine.

    An item still RECEIVED was left by a crash. One that was quarantined from this very queue comes back when an
    operator redrives it, so it is looked at again.
    """
    if record.summary.status is Status.QUARANTINED:
        filed = [entry for entry in record.entries if isinstance(entry, Quarantined)]
        return not filed or filed[-1].queue != queue
    return record.summary.status is not Status.RECEIVED


def is_in_other_hands(opened: SubmissionOpened, receive_count: int, now: datetime) -> bool:
    """Whether another message about this item is probably being handled: it opened the item a moment ago, and this
    message has not been received before, so it isn't the one that did. An upload that a producer also tells of gives
    two such messages at once; without this both would be decoded, moderated and paid for."""
    return receive_count == 1 and now - opened.at < timedelta(seconds=IN_HAND_S)


def item_id(sighting: Sighting, version: str) -> str:
    """The id of the item that is told of, at this version of its object."""
    media, bulk = sighting.media, sighting.bulk
    if bulk is None or bulk.is_judged:
        return media_id(media.bucket, media.key, version)
    return analysis_id(media.bucket, media.key, version, bulk.run)


def derivative_key(media_id: str, content_type: str) -> str:
    return f"derivatives/{media_id}.{'png' if content_type == 'image/png' else 'jpg'}"


def video_copy_key(media_id: str, format_: VideoFormat) -> str:
    return f"derivatives/{media_id}.{format_}"


def may_be_reused(verdict: VerdictGiven) -> bool:
    """A fallback judged a failure and no content; the same bytes get another chance of a real judgement."""
    return verdict.decided_by is not DecidedBy.FAIL_CLOSED


def moderation_requested(item: Submission, readable: MediaRef, at: datetime) -> CloudEvent[ModerationRequested]:
    return CloudEvent(
        id=event_id(MODERATION_REQUESTED, item.media_id, item.policy.version),
        source=SOURCE,
        type=MODERATION_REQUESTED,
        subject=item.media_id,
        time=at,
        data=ModerationRequested(submission=item, readable=readable),
    )


def outcome_reused(item: Submission, of: str, verdict: VerdictGiven, at: datetime) -> CloudEvent[OutcomeReached]:
    """The verdict of the item `of`, for another item of the same content under the same policy version, which is found
    by the same labels."""
    return CloudEvent(
        id=event_id(OUTCOME_REACHED, item.media_id, item.policy.version, DecidedBy.REUSE),
        source=SOURCE,
        type=OUTCOME_REACHED,
        subject=item.media_id,
        time=at,
        data=OutcomeReached(
            submission=item,
            action=verdict.action,
            decided_by=DecidedBy.REUSE,
            reasons=(Reason(code="same-content"), *(reason for reason in verdict.reasons if reason.label)),
            category=verdict.category,
            reused_from=verdict.reused_from or of,
            segments=verdict.segments,
        ),
    )


def media_submitted(sighting: Sighting, at: datetime) -> CloudEvent[MediaSubmitted]:
    """One record of a many-record notification as an event of its own."""
    media = sighting.media
    return CloudEvent(
        id=event_id(MEDIA_SUBMITTED, media.bucket, media.key, media.version_id or "", *_run(sighting)),
        source=SOURCE,
        type=MEDIA_SUBMITTED,
        subject=media.key,
        time=at,
        data=MediaSubmitted(
            media=media,
            tenant=sighting.tenant,
            external_id=sighting.external_id,
            lane=sighting.lane,
            bulk=sighting.bulk,
        ),
    )


def _run(sighting: Sighting) -> tuple[str, ...]:
    return (sighting.bulk.run,) if sighting.bulk else ()
