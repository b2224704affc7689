"""Takes media in: one delivered event at a time, from envelope to the next service.

    read ─► route ─► head ─► what is known? ─► get ─► open ─► look ─► content ─► reuse or request ─► advance
                                  │                  (write)         (write)         (send)          (write)
                                  └ settled: done

Each step can be the last before a crash. The next delivery finds what was written and goes on behind it; what it
repeats has the same key or the same id.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from services.ingest.domain import envelopes
from services.ingest.domain.envelopes import Reading, Sighting
from services.ingest.domain.formats import PEEK_BYTES, ImageFormat, Recognised, image_format, recognise
from services.ingest.domain.images import derivative_metadata
from services.ingest.domain.items import (
    derivative_key,
    is_settled,
    may_be_reused,
    media_submitted,
    moderation_requested,
    outcome_reused,
)
from services.ingest.handler.ports import Derivative, ImageRead, ObjectHead, Ports
from shared.consumer.ports import Message
from shared.contracts.messages import MediaRef, PolicyRef
from shared.contracts.words import Lane, MediaKind, Status
from shared.errors import ContractError, GavelError, Permanent
from shared.identity import media_id as identify
from shared.ledger.entries import ContentRead, SubmissionOpened, content_key
from shared.ledger.views import accepted, only


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
    tenants = await ports.policies.tenants()
    route = tenants.route(sighting.media.bucket, sighting.media.key, sighting.tenant)
    head = await ports.objects.head(sighting.media)
    media_id = identify(head.source.bucket, head.source.key, head.version)
    record = await ports.ledger.record(media_id)
    if record is not None and is_settled(record, message.queue):
        return
    opened = only(record, SubmissionOpened) if record is not None else None
    content = only(record, ContentRead) if record is not None else None
    if opened is None or content is None:
        async with ports.room.of(min(head.size_bytes, ports.max_image_bytes)):
            original = await _fetch(head, ports)
            recognised = recognise(original)
            if opened is None:
                policy = await ports.policies.current(route.policy)
                opened = await _open(
                    media_id,
                    SubmissionOpened(
                        at=ports.clock(),
                        tenant=route.name,
                        kind=recognised.kind or MediaKind.IMAGE,
                        lane=sighting.lane,
                        source=head.source,
                        policy=PolicyRef(name=policy.name, version=policy.version),
                        size_bytes=head.size_bytes,
                        envelope=sighting.envelope,
                        external_id=sighting.external_id,
                        traceparent=message.attributes.get("traceparent"),
                    ),
                    ports,
                )
            with _about(media_id):
                content = await _look(media_id, head, original, recognised, ports)
    with _about(media_id):
        await _send_on(media_id, opened, content, ports)


async def _fetch(head: ObjectHead, ports: Ports) -> bytes:
    """The whole object; of one that is too large to be taken, what is needed to say what it is."""
    if head.size_bytes == 0:
        return b""
    too_large = head.size_bytes > ports.max_image_bytes
    return await ports.objects.get(head, limit_bytes=PEEK_BYTES if too_large else head.size_bytes)


async def _open(media_id: str, entry: SubmissionOpened, ports: Ports) -> SubmissionOpened:
    """The item's first entry: this one, or that of another delivery which was at it at the same time."""
    if await ports.ledger.open(media_id, entry):
        return entry
    first = await ports.ledger.entry(media_id, entry.key)
    return first if isinstance(first, SubmissionOpened) else entry


async def _look(media_id: str, head: ObjectHead, original: bytes, recognised: Recognised, ports: Ports) -> ContentRead:
    format_ = _taken_format(head, recognised, ports.max_image_bytes)
    image = await ports.images.read(original, format_)
    derivative = image.derivative or _copy_of_unversioned(head, original, format_)
    content = ContentRead(
        at=ports.clock(),
        sha256=image.sha256,
        format=format_,
        readable=await _put(media_id, head, derivative, image, ports) if derivative else head.source,
        width_px=image.width_px,
        height_px=image.height_px,
        perceptual_hash=image.perceptual_hash,
        normalised_because=derivative.because if derivative else None,
    )
    if await ports.ledger.add(media_id, content):
        return content
    first = await ports.ledger.entry(media_id, content.key)
    return first if isinstance(first, ContentRead) else content


def _taken_format(head: ObjectHead, recognised: Recognised, max_image_bytes: int) -> ImageFormat:
    if head.size_bytes == 0:
        raise Permanent("empty-object", "the object has no bytes")
    format_ = image_format(recognised)
    if head.size_bytes > max_image_bytes:
        raise Permanent(
            "image-too-large",
            f"{head.size_bytes:,} bytes; at most {max_image_bytes:,} are read (GAVEL_MAX_IMAGE_BYTES)",
        )
    return format_


def _copy_of_unversioned(head: ObjectHead, original: bytes, format_: ImageFormat) -> Derivative | None:
    """The original itself where its bucket keeps no versions: what is judged must not change before it is looked at."""
    if head.source.version_id is not None:
        return None
    return Derivative(body=original, content_type=f"image/{format_}", because="unversioned")


async def _put(media_id: str, head: ObjectHead, derivative: Derivative, image: ImageRead, ports: Ports) -> MediaRef:
    return await ports.objects.put(
        ports.work_bucket,
        derivative_key(media_id, derivative.content_type),
        derivative.body,
        content_type=derivative.content_type,
        metadata=derivative_metadata(head.metadata, image.sha256),
    )


async def _send_on(media_id: str, opened: SubmissionOpened, content: ContentRead, ports: Ports) -> None:
    item = accepted(media_id, opened, content)
    known = await ports.ledger.verdict_for(content_key(content.sha256, opened.policy))
    now = ports.clock()
    if known is not None and may_be_reused(known[1]):
        await ports.outcomes.send(outcome_reused(item, known[0], known[1], now), group=item.tenant)
        await ports.ledger.advance(media_id, Status.DECIDED, now)
        return
    outbox = ports.backfill if item.lane is Lane.BACKFILL else ports.moderation
    await outbox.send(moderation_requested(item, content.readable, now), group=item.tenant)
    await ports.ledger.advance(media_id, Status.MODERATING, now)


@contextmanager
def _about(media_id: str) -> Iterator[None]:
    """Name the item in errors from here on, so that a quarantine entry is filed with it."""
    try:
        yield
    except GavelError as error:
        error.media_id = error.media_id or media_id
        raise
