"""An image in MODERATE, with a detector that says what a test wants."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from services.moderate.handler.ports import ImagePorts
from shared.consumer.ports import Message
from shared.contracts.cloudevents import CloudEvent, encode
from shared.contracts.delivered import DeliveredAnswer, Delivery
from shared.contracts.messages import (
    MODERATION_REQUESTED,
    BulkItem,
    Finding,
    LoopStarted,
    MediaRef,
    ModerationRequested,
    PolicyRef,
    Submission,
)
from shared.contracts.words import BackendName, Lane, MediaKind
from shared.detection import Detection, LoopRequest
from shared.errors import GavelError, Permanent
from shared.identity import media_id
from shared.ledger.entries import SubmissionOpened
from shared.policy.model import Policy, Rule
from tests.fakes.ledger import MemoryLedger
from tests.fakes.policies import FakePolicyStore
from tests.fakes.queues import FakeOutbox, FakeTopic

AT = datetime(2026, 11, 21, 8, tzinfo=UTC)
FLOW = "arn:aws:sagemaker:us-east-1:000000000000:flow-definition/standard-integrated"
ADAPTER = "arn:aws:rekognition:us-east-1:000000000000:project/a/version/1/1700000000000"
POLICY = Policy(
    name="standard",
    version="9f2c1a7be0d4453c",
    min_confidence=55.0,
    rules=(Rule(label="Violence", review_from=60, reject_at=95),),
)
SOURCE = MediaRef(bucket="media", key="a.jpg", version_id="v1")
MEDIA_ID = media_id("media", "a.jpg", "v1")
DERIVATIVE = MediaRef(bucket="work", key=f"derivatives/{MEDIA_ID}.jpg")


@dataclass
class FakeDetector:
    """Answers with one finding; `failures` are raised first, one a call."""

    asked: list[tuple[MediaRef, float, str | None, LoopRequest | None]] = field(default_factory=list)
    failures: list[GavelError] = field(default_factory=list)
    adapter_used: str | None = None
    is_whole: bool = False

    async def detect_moderation_labels(
        self, image: MediaRef, *, min_confidence: float, adapter: str | None = None, loop: LoopRequest | None = None
    ) -> Detection:
        self.asked.append((image, min_confidence, adapter, loop))
        if self.failures:
            raise self.failures.pop(0)
        return Detection(
            findings=(Finding(label="Violence", parent="", level=1, confidence=72.5),),
            content_types=(),
            model_version="7.0",
            adapter_used=self.adapter_used,
            loop=LoopStarted(name=loop.name, arn="arn:aws:sagemaker:loop") if loop else None,
            raw={"ModerationLabels": []},
            is_whole=self.is_whole,
        )


class FakeEvidence:
    def __init__(self) -> None:
        self.kept: dict[str, Mapping[str, Any]] = {}

    async def put_raw(self, media_id: str, detector: str, answer: Mapping[str, Any]) -> str:
        uri = f"s3://evidence/{media_id}/{detector}.json"
        self.kept[uri] = answer
        return uri


class FakeAnswers:
    """What was delivered by item, and answers by URI."""

    def __init__(self) -> None:
        self.deliveries: dict[tuple[str, str], Delivery] = {}
        self.kept: dict[str, Detection] = {}

    async def delivery(self, run: str, media_id: str) -> Delivery:
        if (run, media_id) not in self.deliveries:
            raise Permanent("bulk-answer-missing")
        return self.deliveries[run, media_id]

    async def read(self, answer: DeliveredAnswer, about: MediaRef) -> Detection:
        if answer.uri not in self.kept:
            raise Permanent("bulk-answer-missing")
        return self.kept[answer.uri]


class FakeQuota:
    def __init__(self) -> None:
        self.lanes: list[Lane] = []

    @asynccontextmanager
    async def turn(self, lane: Lane) -> AsyncIterator[None]:
        self.lanes.append(lane)
        yield


@dataclass
class Moderate:
    policy: Policy = POLICY
    backend: BackendName = BackendName.A2I
    ledger: MemoryLedger = field(default_factory=MemoryLedger)
    detector: FakeDetector = field(default_factory=FakeDetector)
    evidence: FakeEvidence = field(default_factory=FakeEvidence)
    answers: FakeAnswers = field(default_factory=FakeAnswers)
    reviews: FakeOutbox = field(default_factory=FakeOutbox)
    alerts: FakeTopic = field(default_factory=FakeTopic)
    quota: FakeQuota = field(default_factory=FakeQuota)

    @property
    def ports(self) -> ImagePorts:
        return ImagePorts(
            ledger=self.ledger,
            policies=FakePolicyStore(self.policy),
            detector=self.detector,
            raw_evidence=self.evidence,
            answers=self.answers,
            reviews=self.reviews,
            alerts=self.alerts,
            quota=self.quota,
            clock=lambda: AT,
            default_backend=self.backend,
            integrated_flows={"standard": FLOW},
        )

    async def request(
        self, *, kind: MediaKind = MediaKind.IMAGE, lane: Lane = Lane.LIVE, bulk: BulkItem | None = None
    ) -> Message:
        ref = PolicyRef(name=self.policy.name, version=self.policy.version)
        await self.ledger.open(
            MEDIA_ID,
            SubmissionOpened(
                at=AT, tenant="default", kind=kind, lane=lane, source=SOURCE, policy=ref, size_bytes=1, envelope="s3"
            ),
        )
        submission = Submission(
            media_id=MEDIA_ID, tenant="default", kind=kind, lane=lane, source=SOURCE, policy=ref,
            received_at=AT, sha256="ab" * 32, bulk=bulk,
        )  # fmt: skip
        data = ModerationRequested(submission=submission, readable=DERIVATIVE)
        event = CloudEvent(id="1", source="t", type=MODERATION_REQUESTED, subject=MEDIA_ID, time=AT, data=data)
        return Message(
            id="m", queue="q", body=encode(event), receipt="r", receive_count=1, sent_at=AT, first_received_at=AT
        )
