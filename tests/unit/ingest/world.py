"""INGEST with everything around it in memory, and the events that producers send it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import msgspec

from services.ingest.adapters.images import PillowImages
from services.ingest.adapters.room import ByteBudget, FewPlaces
from services.ingest.handler.intake import on_media_event
from services.ingest.handler.ports import Ports
from services.ingest.settings import MIB
from shared.consumer.ports import Message
from shared.contracts.messages import MediaRef
from shared.contracts.words import Status
from shared.identity import media_id
from shared.ledger.entries import ContentRead, SubmissionOpened
from shared.ledger.record import Record
from shared.ledger.views import only
from shared.policy.model import BucketPrefix, Policy, Tenant, Tenants
from tests.fakes.ledger import MemoryLedger
from tests.fakes.objects import FakeObjectStore
from tests.fakes.policies import FakePolicyStore
from tests.fakes.queues import FakeOutbox

NOW = datetime(2026, 11, 21, 8, tzinfo=UTC)
MEDIA = "photos"
WORK = "gavel-test-work"
UNVERSIONED = "legacy"
QUEUE = "gavel-test-media-events"
POLICY = Policy(name="standard", version="9f2c1a7be0d4453c", rules=())
TENANTS = Tenants(
    tenants=(
        Tenant(
            name="default",
            policy="standard",
            buckets=(BucketPrefix(bucket=MEDIA), BucketPrefix(bucket=UNVERSIONED)),
        ),
        Tenant(name="shop", policy="standard", buckets=(BucketPrefix(bucket=MEDIA, prefix="shop/"),)),
    )
)


@dataclass
class World:
    """`ports` is what the handler gets; the rest is what tests prepare and look at."""

    objects: FakeObjectStore = field(default_factory=lambda: FakeObjectStore(unversioned=frozenset({UNVERSIONED})))
    ledger: MemoryLedger = field(default_factory=MemoryLedger)
    policies: FakePolicyStore = field(default_factory=lambda: FakePolicyStore(POLICY, tenants=TENANTS))
    moderation: FakeOutbox = field(default_factory=FakeOutbox)
    backfill: FakeOutbox = field(default_factory=FakeOutbox)
    videos: FakeOutbox = field(default_factory=FakeOutbox)
    video_backfill: FakeOutbox = field(default_factory=FakeOutbox)
    outcomes: FakeOutbox = field(default_factory=FakeOutbox)
    split: FakeOutbox = field(default_factory=FakeOutbox)
    now: datetime = NOW
    max_image_bytes: int = 64 * MIB
    max_decode_bytes: int = 640 * MIB
    large_videos: FewPlaces = field(default_factory=lambda: FewPlaces(1, code="large-videos-in-hand", again_s=20))

    @property
    def ports(self) -> Ports:
        return Ports(
            ledger=self.ledger,
            policies=self.policies,
            objects=self.objects,
            images=PillowImages(max_decode_bytes=self.max_decode_bytes, parallel=1),
            room=ByteBudget(self.max_image_bytes),
            large_videos=self.large_videos,
            moderation=self.moderation,
            backfill=self.backfill,
            videos=self.videos,
            video_backfill=self.video_backfill,
            outcomes=self.outcomes,
            split=self.split,
            clock=lambda: self.now,
            work_bucket=WORK,
            max_image_bytes=self.max_image_bytes,
        )

    async def deliver(self, body: str, *, receive_count: int = 1) -> None:
        """Deliver a message; from `receive_count` 2 on it is one that was received and lost before."""
        await on_media_event(message(body, receive_count=receive_count), self.ports)

    def upload(self, body: bytes, key: str = "cat.jpg", metadata: Mapping[str, str] | None = None) -> MediaRef:
        return self.objects.upload(MEDIA, key, body, metadata)

    def record(self, ref: MediaRef) -> Record:
        found = self.ledger.items[id_of(ref)]
        assert found.summary is not None
        return Record(summary=found.summary, entries=tuple(found.entries.values()))

    def opened(self, ref: MediaRef) -> SubmissionOpened:
        entry = only(self.record(ref), SubmissionOpened)
        assert entry is not None
        return entry

    def content(self, ref: MediaRef) -> ContentRead:
        entry = only(self.record(ref), ContentRead)
        assert entry is not None
        return entry

    def status(self, ref: MediaRef) -> Status:
        return self.record(ref).summary.status


def id_of(ref: MediaRef) -> str:
    return media_id(ref.bucket, ref.key, str(ref.version_id))


def message(body: str, *, receive_count: int = 1) -> Message:
    return Message(
        id="m1",
        queue=QUEUE,
        body=body,
        receipt=f"m1/{receive_count}",
        receive_count=receive_count,
        sent_at=NOW,
        first_received_at=NOW,
    )


def json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def cloudevent(ref: MediaRef, **data: Any) -> str:
    return json(
        {
            "specversion": "1.0",
            "id": "producer-1",
            "source": "shop/uploads",
            "type": "gavel.media.submitted.v1",
            "data": {"media": msgspec.to_builtins(ref), **data},
        }
    )


def s3_record(ref: MediaRef, *, encoded_key: str | None = None, size: int = 1024) -> dict[str, Any]:
    told = {"key": encoded_key or ref.key, "size": size, "eTag": "0" * 32, "sequencer": "0055AED6DCD90281E5"}
    if ref.version_id is not None:
        told["versionId"] = ref.version_id
    return {
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "awsRegion": "us-east-1",
        "eventTime": "2026-11-21T08:00:00.000Z",
        "eventName": "ObjectCreated:Put",
        "s3": {
            "s3SchemaVersion": "1.0",
            "configurationId": "media",
            "bucket": {"name": ref.bucket, "arn": f"arn:aws:s3:::{ref.bucket}"},
            "object": told,
        },
    }


def s3_event(*refs: MediaRef) -> str:
    return json({"Records": [s3_record(ref) for ref in refs]})


def eventbridge_event(ref: MediaRef, *, size: int = 1024) -> str:
    told = {"key": ref.key, "size": size, "etag": "0" * 32, "sequencer": "0055AED6DCD90281E5"}
    if ref.version_id is not None:
        told["version-id"] = ref.version_id
    return json(
        {
            "version": "0",
            "id": "17793124-05d4-b198-2fde-7ededc63b103",
            "detail-type": "Object Created",
            "source": "aws.s3",
            "account": "000000000000",
            "time": "2026-11-21T08:00:00Z",
            "region": "us-east-1",
            "resources": [f"arn:aws:s3:::{ref.bucket}"],
            "detail": {"version": "0", "bucket": {"name": ref.bucket}, "object": told, "reason": "PutObject"},
        }
    )


def sns_wrapped(body: str) -> str:
    return json(
        {
            "Type": "Notification",
            "MessageId": "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324",
            "TopicArn": "arn:aws:sns:us-east-1:000000000000:uploads",
            "Message": body,
            "Timestamp": "2026-11-21T08:00:00.000Z",
            "SignatureVersion": "1",
        }
    )
