"""What INGEST needs of the world; `services.ingest.adapters` implements it, `tests.fakes.objects` plays it."""

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from dataclasses import dataclass, field
from typing import Protocol

from services.ingest.domain.formats import ImageFormat
from shared.clock import Clock
from shared.consumer.ports import Outbox
from shared.contracts.messages import MediaRef
from shared.ledger.port import Ledger
from shared.policy.port import PolicyStore


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectHead:
    """One version of one object. `source.version_id` is None where the bucket doesn't keep versions.

    `metadata` is the user metadata, names in lower case and without `x-amz-meta-`.
    """

    source: MediaRef
    etag: str
    size_bytes: int
    metadata: Mapping[str, str] = field(default_factory=dict)

    @property
    def version(self) -> str:
        """What the media id is made of besides bucket and key."""
        return self.source.version_id or f"etag:{self.etag}"


class ObjectStore(Protocol):
    """Every method raises Transient when the store can't be reached or refuses this service's role."""

    async def head(self, media: MediaRef) -> ObjectHead:
        """The version asked for, or the current one. Raises Permanent, saying which, when there is none."""
        ...

    async def get(self, head: ObjectHead, *, limit_bytes: int, offset: int = 0) -> bytes:
        """Up to `limit_bytes` from `offset` on, fewer where the object ends, of exactly the version of `head`.

        Raises Permanent when that version is gone, Transient when an unversioned object has changed since.
        """
        ...

    async def sha256(self, head: ObjectHead) -> str | None:
        """In hexadecimal, where the store knows it of the whole object without reading it."""
        ...

    async def copy(
        self, head: ObjectHead, bucket: str, key: str, *, content_type: str, metadata: Mapping[str, str]
    ) -> MediaRef:
        """Have the store itself copy the object, of any size. Raises as `get` does."""
        ...

    async def put(
        self, bucket: str, key: str, body: bytes, *, content_type: str, metadata: Mapping[str, str]
    ) -> MediaRef: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Derivative:
    """What Rekognition gets in place of the original; `because` is told in the ledger."""

    body: bytes
    content_type: str
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageRead:
    """What an image is. Width and height are those of the stored picture, before its EXIF orientation is applied;
    `perceptual_hash` is that of the picture as people see it."""

    sha256: str
    width_px: int
    height_px: int
    perceptual_hash: str
    derivative: Derivative | None = None


class ImageReader(Protocol):
    async def read(self, original: bytes, format_: ImageFormat) -> ImageRead:
        """Decode the whole image. Raises Permanent when it can't be decoded, or has a size that nobody takes."""
        ...


class Room(Protocol):
    """Memory for the bytes of the originals that are being worked on."""

    def of(self, size_bytes: int) -> AbstractAsyncContextManager[None]:
        """Entered when that much is free, in order of asking; what is larger than all of it gets it alone."""
        ...


class Places(Protocol):
    def one(self) -> AbstractContextManager[None]:
        """Entered when one is free. Raises Deferred when none is."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """`moderation` and `backfill` are the outboxes of the two lanes for images, `videos` and `video_backfill` those for
    videos; `split` leads back to INGEST's own queue. `large_videos` are places for those that must be read in pieces,
    so that some always remain for everything else."""

    ledger: Ledger
    policies: PolicyStore
    objects: ObjectStore
    images: ImageReader
    room: Room
    large_videos: Places
    moderation: Outbox
    backfill: Outbox
    videos: Outbox
    video_backfill: Outbox
    outcomes: Outbox
    split: Outbox
    clock: Clock
    work_bucket: str
    max_image_bytes: int
