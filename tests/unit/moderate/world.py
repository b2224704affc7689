"""MODERATE's part for videos with everything around it in memory."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import msgspec

from services.moderate.handler.lost_videos import look_after_slots
from services.moderate.handler.ports import VideoPorts
from services.moderate.handler.video_requests import on_video_requested
from services.moderate.handler.video_results import on_video_ended
from services.moderate.handler.waiting_videos import Round, look_after_waiting
from shared.consumer.ports import REDRIVEN, Message
from shared.contracts.cloudevents import CloudEvent, encode
from shared.contracts.messages import (
    MODERATION_REQUESTED,
    Evidence,
    MediaRef,
    ModerationRequested,
    PolicyRef,
    Submission,
)
from shared.contracts.words import Lane, MediaKind, Status
from shared.ledger.entries import ContentRead, Entry, EvidenceFound, Quarantined, SubmissionOpened
from shared.ledger.record import Record
from shared.policy.model import Policy
from tests.fakes.ledger import MemoryLedger
from tests.fakes.policies import FakePolicyStore
from tests.fakes.queues import FakeOutbox
from tests.fakes.slots import MemorySlotAccount
from tests.fakes.video_jobs import FakeVideoJobs

AT = datetime(2026, 11, 21, 8, tzinfo=UTC)
MEDIA_ID = "k3v7yq2mnb5x4c6tdhw2pzr7ae"
OTHER_ID = "a" * 26
FIRST, OF_OTHER = f"{MEDIA_ID}-1", f"{OTHER_ID}-1"
"""What holds the slot of an item's first attempt."""
DAY = timedelta(days=1)
POLICY = Policy(name="standard", version="9f2c1a7be0d4453c", rules=(), min_confidence=55.0, adapter="arn:aws:adapter")
REF = PolicyRef(name=POLICY.name, version=POLICY.version)
SOURCE = MediaRef(bucket="media", key="a.mp4", version_id="v1")
READABLE = MediaRef(bucket="work", key="derivatives/a.mp4", version_id="v9")
QUEUE = "gavel-test-video-completions"


@dataclass
class FakeSlots:
    """The account as if one task were alone with it and it were never full, unless told."""

    account: MemorySlotAccount = field(default_factory=MemorySlotAccount)
    now: datetime = AT
    closed: int = 0

    async def take(self, holder: str, lane: Lane) -> None:
        await self.account.take(holder, limit=20, now=self.now)

    async def keep(self, holder: str) -> None:
        await self.account.take(holder, limit=1_000, now=self.now)

    async def release(self, holder: str) -> None:
        await self.account.release(holder)

    async def close(self) -> None:
        self.closed += 1

    async def held(self) -> Mapping[str, datetime]:
        return dict(self.account.holders)


@dataclass
class FakeQuota:
    lanes: list[Lane] = field(default_factory=list)

    @asynccontextmanager
    async def turn(self, lane: Lane) -> AsyncIterator[None]:
        self.lanes.append(lane)
        yield


@dataclass
class FakeEvidence:
    kept: dict[str, bytes] = field(default_factory=dict)

    async def put_packed(self, media_id: str, name: str, body: bytes) -> str:
        uri = f"s3://evidence/evidence/{media_id}/{name}"
        self.kept[uri] = body
        return uri


@dataclass
class Videos:
    """`ports` is what handlers get; the rest is what tests prepare and look at."""

    jobs: FakeVideoJobs = field(default_factory=FakeVideoJobs)
    ledger: MemoryLedger = field(default_factory=MemoryLedger)
    slots: FakeSlots = field(default_factory=FakeSlots)
    evidence: FakeEvidence = field(default_factory=FakeEvidence)
    starts: FakeQuota = field(default_factory=FakeQuota)
    pages: FakeQuota = field(default_factory=FakeQuota)
    reviews: FakeOutbox = field(default_factory=FakeOutbox)
    requests: FakeOutbox = field(default_factory=FakeOutbox)
    backfill: FakeOutbox = field(default_factory=FakeOutbox)
    completions: FakeOutbox = field(default_factory=FakeOutbox)
    now: datetime = AT

    @property
    def ports(self) -> VideoPorts:
        return VideoPorts(
            ledger=self.ledger,
            policies=FakePolicyStore(POLICY),
            detector=self.jobs,
            evidence=self.evidence,
            slots=self.slots,
            start_quota=self.starts,
            results_quota=self.pages,
            reading=asyncio.Semaphore(4),
            reviews=self.reviews,
            requests=self.requests,
            backfill=self.backfill,
            completions=self.completions,
            clock=lambda: self.now,
        )

    async def item(
        self, media_id: str = MEDIA_ID, *, kind: MediaKind = MediaKind.VIDEO, lane: Lane = Lane.LIVE
    ) -> ModerationRequested:
        """An item as INGEST leaves it, and what it asks for."""
        opened = SubmissionOpened(
            at=AT, tenant="default", kind=kind, lane=lane, source=SOURCE, policy=REF, size_bytes=1, envelope="s3"
        )
        await self.ledger.open(media_id, opened)
        await self.ledger.add(media_id, ContentRead(at=AT, sha256="ab" * 32, format="mp4", readable=READABLE))
        await self.ledger.advance(media_id, Status.MODERATING, AT)
        item = Submission(
            media_id=media_id, tenant="default", kind=kind, lane=lane, source=SOURCE, policy=REF,
            received_at=AT, sha256="ab" * 32,
        )  # fmt: skip
        return ModerationRequested(submission=item, readable=READABLE)

    async def request(self, item: ModerationRequested, *, redriven_at: datetime | None = None) -> None:
        """One delivery of what INGEST sends, or an operator again."""
        media_id = item.submission.media_id
        event = CloudEvent(id="1", source="t", type=MODERATION_REQUESTED, subject=media_id, time=AT, data=item)
        told = message(encode(event))
        if redriven_at is not None:
            told = replace(told, sent_at=redriven_at, attributes={REDRIVEN: "true"})
        await on_video_requested(told, self.ports)

    async def start(self, media_id: str = MEDIA_ID, *, lane: Lane = Lane.LIVE) -> str:
        """The id of the job that an item gets."""
        await self.request(await self.item(media_id, lane=lane))
        return self.jobs.started[-1]

    async def tell(
        self, job_id: str, media_id: str = MEDIA_ID, *, sent_at: datetime = AT, redriven: bool = False
    ) -> None:
        """One delivery of Rekognition's notification, sent again by an operator perhaps."""
        body = msgspec.json.encode({"JobId": job_id, "Status": "SUCCEEDED", "JobTag": media_id}).decode()
        attributes = {REDRIVEN: "true"} if redriven else {}
        await on_video_ended(replace(message(body), sent_at=sent_at, attributes=attributes), self.ports)

    async def sweep(self, *, after: timedelta = timedelta(minutes=10)) -> int:
        self.now = AT + after
        minute = timedelta(minutes=1)
        return await look_after_slots(self.ports, sweeper="sweeper", grace=minute, interval=minute)

    async def look_at_waiting(self, *, after: timedelta = DAY, round_: Round | None = None, sweeper: str = "s") -> int:
        """One look of the other sweep, whose grace is a day."""
        self.now = AT + after + timedelta(seconds=1)
        minute = timedelta(minutes=1)
        return await look_after_waiting(self.ports, round_ or Round(), sweeper=sweeper, grace=DAY, interval=minute)

    async def deliver(self, outbox: FakeOutbox) -> None:
        """Deliver everything that was sent back to one of MODERATE's own queues."""
        handle = on_video_ended if outbox is self.completions else on_video_requested
        for event, _ in list(outbox.sent):
            await handle(message(encode(event)), self.ports)

    def record(self, media_id: str = MEDIA_ID) -> Record:
        item = self.ledger.items[media_id]
        assert item.summary is not None
        return Record(summary=item.summary, entries=tuple(item.entries.values()))

    def keys(self, media_id: str = MEDIA_ID) -> list[str]:
        """What was written down behind what INGEST wrote."""
        return [entry.key for entry in self.record(media_id).entries if entry.key not in {"submission", "content"}]

    def found(self, media_id: str = MEDIA_ID) -> Evidence:
        (entry,) = (each for each in self.record(media_id).entries if isinstance(each, EvidenceFound))
        return entry.evidence

    async def quarantine(self, code: str, media_id: str = MEDIA_ID, *, at: datetime = AT) -> Entry:
        entry = Quarantined(
            at=at, id="q1", queue=QUEUE, code=code, detail="", receive_count=1, body_uri="s3://e/q", media_id=media_id
        )
        await self.ledger.quarantine(entry)
        return entry


def message(body: str) -> Message:
    return Message(id="m", queue=QUEUE, body=body, receipt="r", receive_count=1, sent_at=AT, first_received_at=AT)
