"""Takes media in: one delivered event at a time, from envelope to the next service.

    envelope ─► route ─► what is known? ─► head ─► get ─► open ─► look ─► content ─► reuse or request ─► advance
                              │                          (write)         (write)         (send)          (write)
                              ├ settled: done
                              └ in other hands: later

Each step can be the last before a crash. The next delivery finds what was written and goes on behind it; what it
repeats has the same key or the same id.
"""

from typing import assert_never

from services.ingest.domain import envelopes
from services.ingest.domain.envelopes import Reading, Sighting
from services.ingest.domain.items import (
    is_settled,
    item_id,
    may_be_reused,
    media_submitted,
    moderation_requested,
    outcome_reused,
)
from services.ingest.handler.content import Arrival, let_others_finish, naming, read_in
from services.ingest.handler.ports import Ports
from shared.consumer.ports import Message, Outbox
from shared.contracts.messages import Submission
from shared.contracts.words import Lane, MediaKind, Status
from shared.errors import ContractError
from shared.ledger.entries import ContentRead, SubmissionOpened
from shared.ledger.record import content_key
from shared.ledger.views import accepted, only
from shared.telemetry import metrics
from shared.telemetry.context import about


async def on_media_event(message: Message, ports: Ports) -> None:
    """Returns when the item is on its way to MODERATE or RESULTS, or needs nothing from here.

    Raises ContractError and Permanent for what can't be moderated, with the media id once the item is in the ledger.
    """
    reading = envelopes.read(message.body)
    if reading.problems or len(reading.sightings) > 1:
        await _split(reading, ports)
        return
    for sighting in reading.sightings:
        await _take_in(sighting, message, ports)


async def _split(reading: Reading, ports: Ports) -> None:
    """Send each record on as an event of its own, so that one that fails or waits holds up no other."""
    now = ports.clock()
    for sighting in reading.sightings:
        await ports.split.send(media_submitted(sighting, now), group=sighting.media.bucket)
    if reading.problems:
        told = "; ".join(f"{problem.code}: {problem.detail}" for problem in reading.problems[:10])
        raise ContractError(
            "bad-s3-records",
            f"{len(reading.problems)} records of this notification can't be used, "
            f"the other {len(reading.sightings)} are taken: {told}",
        )


async def _take_in(sighting: Sighting, message: Message, ports: Ports) -> None:
    media = sighting.media
    tenants = await ports.policies.tenants()
    route = tenants.route(media.bucket, media.key, sighting.tenant)
    # An event that names its version needs no look at S3 to be known for a repeat, and not to find an item again
    # whose object has gone since.
    head = await ports.objects.head(media) if media.version_id is None else None
    media_id = item_id(sighting, head.version if head else str(media.version_id))
    about(media_id)
    record = await ports.ledger.record(media_id)
    if record is not None and is_settled(record, message.queue):
        return
    opened = only(record, SubmissionOpened) if record is not None else None
    content = only(record, ContentRead) if record is not None else None
    with naming(media_id if opened else None):
        if record is not None and record.summary.status is Status.RECEIVED and opened is not None:
            let_others_finish(opened, message.receive_count, ports.clock())
        if opened is None or content is None:
            head = head or await ports.objects.head(media)
            arrival = Arrival(sighting=sighting, route=route, receive_count=message.receive_count)
            opened, content = await read_in(media_id, head, arrival, opened, ports)
        await _send_on(media_id, opened, content, ports)


async def _send_on(media_id: str, opened: SubmissionOpened, content: ContentRead, ports: Ports) -> None:
    item = accepted(media_id, opened, content)
    same = content_key(item.tenant, content.sha256, opened.policy)
    known = await ports.ledger.verdict_for(same) if item.is_judged else None
    now = ports.clock()
    if known is not None and may_be_reused(known[1]):
        await ports.outcomes.send(outcome_reused(item, known[0], known[1], now), group=item.tenant)
        await ports.ledger.advance(media_id, Status.DECIDED, now, is_listed=False, is_sent_on=True)
        metrics.record(metrics.REUSED, 1, {metrics.TENANT: item.tenant, metrics.MEDIA_KIND: item.kind})
        return
    outbox = _next_queue(item, ports)
    await outbox.send(moderation_requested(item, content.readable, now), group=item.tenant)
    # Videos wait for days, and are looked after while they do; an image has a message and needs nobody.
    is_listed = item.kind is MediaKind.VIDEO
    await ports.ledger.advance(media_id, Status.MODERATING, now, is_listed=is_listed, is_sent_on=True)


def _next_queue(item: Submission, ports: Ports) -> Outbox:
    """Videos wait for a place among Rekognition's few jobs, and no image waits behind them."""
    is_backfill = item.lane is Lane.BACKFILL
    match item.kind:
        case MediaKind.IMAGE:
            return ports.backfill if is_backfill else ports.moderation
        case MediaKind.VIDEO:
            return ports.video_backfill if is_backfill else ports.videos
        case _:
            assert_never(item.kind)
