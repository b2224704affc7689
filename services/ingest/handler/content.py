"""Opens an item and reads what its bytes are, each written down before the next step."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from services.ingest.domain.envelopes import Sighting
from services.ingest.domain.formats import PEEK_BYTES, ImageFormat, Recognised, image_format, recognise
from services.ingest.domain.images import derivative_metadata
from services.ingest.domain.items import LOOK_AGAIN_S, derivative_key, is_in_other_hands
from services.ingest.handler.ports import Derivative, ObjectHead, Ports
from services.ingest.handler.videos import read_video
from shared.contracts.messages import MediaRef, PolicyRef
from shared.contracts.words import MediaKind
from shared.errors import Deferred, GavelError, Permanent
from shared.ledger.entries import ContentRead, SubmissionOpened
from shared.policy.model import TenantRoute
from shared.telemetry.carrier import TRACEPARENT, inject


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """One delivery of an event about one object, and whose object it is."""

    sighting: Sighting
    route: TenantRoute
    receive_count: int


async def read_in(
    media_id: str,
    head: ObjectHead,
    arrival: Arrival,
    opened: SubmissionOpened | None,
    ports: Ports,
) -> tuple[SubmissionOpened, ContentRead]:
    """The item's first two entries; `opened` is the first where an earlier delivery wrote it. Its policy stays.

    Raises Permanent for what can't be judged, Deferred when another delivery is just ahead.
    """
    if head.size_bytes > ports.max_image_bytes:
        start = await ports.objects.get(head, limit_bytes=PEEK_BYTES)
        return await _read_on(media_id, head, arrival, opened, start, ports)
    async with ports.room.of(head.size_bytes):
        whole = await ports.objects.get(head, limit_bytes=head.size_bytes) if head.size_bytes else b""
        return await _read_on(media_id, head, arrival, opened, whole, ports)


@contextmanager
def naming(media_id: str | None) -> Iterator[None]:
    """Name the item in errors from here on, so that a quarantine entry is filed with it."""
    try:
        yield
    except GavelError as error:
        error.media_id = error.media_id or media_id
        raise


def let_others_finish(opened: SubmissionOpened, receive_count: int, now: datetime) -> None:
    """Raises Deferred while another message about the same item is probably being handled."""
    if is_in_other_hands(opened, receive_count, now):
        raise Deferred("in-other-hands", "another message about this item is being handled", delay_s=LOOK_AGAIN_S)


async def _read_on(
    media_id: str, head: ObjectHead, arrival: Arrival, opened: SubmissionOpened | None, start: bytes, ports: Ports
) -> tuple[SubmissionOpened, ContentRead]:
    """`start` is the whole object; of one that is too large for an image, what is needed to say what it is."""
    recognised = recognise(start)
    opened = opened or await _open(media_id, head, arrival, recognised, ports)
    with naming(media_id):
        return opened, await _look(media_id, head, arrival, start, recognised, ports)


async def _open(
    media_id: str, head: ObjectHead, arrival: Arrival, recognised: Recognised, ports: Ports
) -> SubmissionOpened:
    sighting = arrival.sighting
    policy = await ports.policies.current(arrival.route.policy)
    entry = SubmissionOpened(
        at=ports.clock(),
        tenant=arrival.route.name,
        kind=recognised.kind or MediaKind.IMAGE,
        lane=sighting.lane,
        source=head.source,
        policy=PolicyRef(name=policy.name, version=policy.version),
        size_bytes=head.size_bytes,
        envelope=sighting.envelope,
        external_id=sighting.external_id,
        bulk=sighting.bulk,
        traceparent=inject().get(TRACEPARENT),
    )
    if await ports.ledger.open(media_id, entry):
        return entry
    first = await ports.ledger.entry(media_id, entry.key)
    opened = first if isinstance(first, SubmissionOpened) else entry
    if opened == entry:
        # It was written by this very call, whose answer was lost; the SDK asked again and found its own entry.
        return entry
    # Another message about it came first by a moment; its entry counts.
    let_others_finish(opened, arrival.receive_count, ports.clock())
    return opened


async def _look(
    media_id: str, head: ObjectHead, arrival: Arrival, start: bytes, recognised: Recognised, ports: Ports
) -> ContentRead:
    if arrival.sighting.bulk is not None and recognised.kind is MediaKind.VIDEO:
        raise Permanent("not-an-image", "bulk runs take images; send videos one by one")
    read = read_video if recognised.kind is MediaKind.VIDEO else _read_image
    entry = await read(media_id, head, start, recognised, ports)
    if await ports.ledger.add(media_id, entry):
        return entry
    first = await ports.ledger.entry(media_id, entry.key)
    return first if isinstance(first, ContentRead) else entry


async def _read_image(
    media_id: str, head: ObjectHead, original: bytes, recognised: Recognised, ports: Ports
) -> ContentRead:
    format_ = _taken_format(head, recognised, ports.max_image_bytes)
    image = await ports.images.read(original, format_)
    derivative = image.derivative or _copy_of_unversioned(head, original, format_)
    readable = head.source if derivative is None else await _put(media_id, head, derivative, image.sha256, ports)
    return ContentRead(
        at=ports.clock(),
        sha256=image.sha256,
        format=format_,
        readable=readable,
        width_px=image.width_px,
        height_px=image.height_px,
        perceptual_hash=image.perceptual_hash,
        normalised_because=derivative.because if derivative else None,
    )


def _taken_format(head: ObjectHead, recognised: Recognised, max_image_bytes: int) -> ImageFormat:
    if head.size_bytes == 0:
        raise Permanent("object-empty", "the object has no bytes")
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


async def _put(media_id: str, head: ObjectHead, derivative: Derivative, sha256: str, ports: Ports) -> MediaRef:
    return await ports.objects.put(
        ports.work_bucket,
        derivative_key(media_id, derivative.content_type),
        derivative.body,
        content_type=derivative.content_type,
        metadata=derivative_metadata(head.metadata, sha256),
    )
