"""Gives verdicts: writes them into the ledger, tells subscribers, and files what no service could settle."""

from dataclasses import dataclass
from typing import Final

from services.results.domain import (
    alert_event,
    reusable_under,
    telling_labels,
    verdict_attributes,
    verdict_event,
    verdict_given,
)
from shared.clock import Clock
from shared.consumer.ports import Message, Topic
from shared.contracts.cloudevents import CloudEvent, decode, decode_header
from shared.contracts.messages import APPEAL_REQUESTED, MEDIA_SUBMITTED, OUTCOME_REACHED, OutcomeReached
from shared.contracts.video_ends import ended
from shared.contracts.words import Action, DecidedBy, Status
from shared.errors import ContractError, Permanent
from shared.identity import MEDIA_ID
from shared.ledger.entries import VerdictGiven
from shared.ledger.port import Ledger
from shared.ledger.record import Judged
from shared.ledger.views import reviewers
from shared.telemetry import spans
from shared.telemetry.logs import event_logger
from shared.telemetry.metrics import (
    DECIDED_BY,
    LANE,
    MEDIA_KIND,
    POLICY,
    TENANT,
    VERDICT,
    VERDICT_LATENCY,
    VERDICTS,
    record,
)

PEOPLE: Final = frozenset({DecidedBy.HUMAN, DecidedBy.FAIL_CLOSED})
"""Had a part in these, or should have had."""
VIDEO_COMPLETIONS: Final = "video-completions"
"""What the queue is called in every stack, behind the stack's prefix."""

log = event_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    ledger: Ledger
    verdicts: Topic
    alerts: Topic
    clock: Clock


async def on_outcome(message: Message, ports: Ports) -> None:
    """Write the verdict, then publish it; a repeat publishes the same event again and writes nothing."""
    outcome = decode(message.body, OUTCOME_REACHED, OutcomeReached)
    item = outcome.data.submission
    verdict = await _verdict(outcome, ports)
    if verdict is None:
        log.warning("outcome.superfluous", media_id=item.media_id)
        return
    await ports.ledger.advance(
        item.media_id,
        Status.DONE,
        verdict.at,
        verdict=verdict.action,
        verdict_number=verdict.number,
        content_key=reusable_under(outcome.data),
        judged=await _judged(outcome.data, ports),
        is_listed=_had_people(outcome.data),
    )
    alert = alert_event(outcome.data, verdict)
    if alert is not None or verdict.action is Action.REJECT:
        spans.keep("alert" if alert is not None else "reject")
    event = verdict_event(outcome.data, verdict)
    await ports.verdicts.publish(event, attributes=verdict_attributes(event), group=item.tenant)
    if alert is not None:
        attributes = {"code": alert.data.code, "severity": str(alert.data.severity), "tenant": item.tenant}
        await ports.alerts.publish(alert, attributes=attributes, group=item.tenant)


async def on_dead_letter(message: Message) -> None:
    """What lands in a dead-letter queue was received time and again and never settled, as when a task dies of it."""
    raise Permanent(
        "dead-letter",
        f"received again and again from {message.queue} and never settled: whoever took it crashed or hung",
        media_id=_media_id(message),
    )


async def _verdict(outcome: CloudEvent[OutcomeReached], ports: Ports) -> VerdictGiven | None:
    """This outcome's verdict, new or from an earlier delivery; None when another cause has settled the item."""
    media_id = outcome.data.submission.media_id
    verdict = verdict_given(outcome, ports.clock())
    if await ports.ledger.add(media_id, verdict):
        _count(outcome.data, verdict)
        return verdict
    first = await ports.ledger.entry(media_id, verdict.key)
    return first if isinstance(first, VerdictGiven) and first.cause == outcome.id else None


async def _judged(outcome: OutcomeReached, ports: Ports) -> Judged:
    """What the item is found by from now on; the record is only read where people may have answered."""
    record = None
    if _had_people(outcome):
        record = await ports.ledger.record(outcome.submission.media_id)
    return Judged(
        decided_by=outcome.decided_by,
        labels=telling_labels(outcome),
        reviewers=reviewers(record) if record is not None else (),
    )


def _had_people(outcome: OutcomeReached) -> bool:
    """An appeal is brought before people, whoever decided what stays in force when they come to no ruling."""
    return outcome.decided_by in PEOPLE or outcome.appeal_of is not None


def _count(outcome: OutcomeReached, verdict: VerdictGiven) -> None:
    item, policy = outcome.submission, verdict.policy
    record(
        VERDICTS,
        1,
        {
            VERDICT: verdict.action,
            DECIDED_BY: verdict.decided_by,
            TENANT: item.tenant,
            MEDIA_KIND: item.kind,
            POLICY: f"{policy.name}@{policy.version}",
        },
    )
    if outcome.appeal_of is None:
        latency_s = (verdict.at - item.received_at).total_seconds()
        told = {DECIDED_BY: verdict.decided_by, MEDIA_KIND: item.kind, LANE: item.lane}
        record(VERDICT_LATENCY, max(0.0, latency_s), told)


def _media_id(message: Message) -> str | None:
    """The item that a message between services is about; a producer's own subject isn't one."""
    try:
        if message.queue.endswith(VIDEO_COMPLETIONS):
            # Rekognition's own words, not ours.
            return ended(message.body).media_id
        header = decode_header(message.body)
    except ContractError:
        return None
    if header.type in {MEDIA_SUBMITTED, APPEAL_REQUESTED}:
        return None
    return header.subject if header.subject and MEDIA_ID.fullmatch(header.subject) else None
