"""MODERATE asks the detector once for an item, keeps what it said, and passes it on."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import pytest

from services.moderate.handler.images import on_moderation_requested
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
from shared.contracts.words import BackendName, Lane, MediaKind, Status
from shared.detection import Detection, LoopRequest
from shared.errors import GavelError, Permanent, Transient
from shared.identity import loop_name, media_id
from shared.ledger.entries import EvidenceFound, SubmissionOpened
from shared.ledger.views import only
from shared.policy.model import Integration, Policy, Review, Rule
from shared.telemetry import metrics
from tests.fakes.ledger import MemoryLedger
from tests.fakes.policies import FakePolicyStore
from tests.fakes.queues import FakeOutbox, FakeTopic
from tests.fakes.telemetry import metrics_in_memory, total

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


async def test_what_the_detector_says_is_kept_and_passed_on() -> None:
    moderate = Moderate()
    await on_moderation_requested(await moderate.request(), moderate.ports)
    assert moderate.detector.asked == [(DERIVATIVE, 55.0, None, None)]
    record = await moderate.ledger.record(MEDIA_ID)
    assert record is not None
    found = only(record, EvidenceFound)
    assert found is not None
    assert moderate.evidence.kept[found.evidence.raw_uri] == {"ModerationLabels": []}
    ((event, group),) = moderate.reviews.sent
    assert (event.data.evidence, event.data.readable, group) == (found.evidence, DERIVATIVE, "default")
    # Of an image's way the summary tells where it waits for somebody, and its end.
    assert record.summary.status is Status.RECEIVED


async def test_an_answer_that_the_evidence_holds_whole_is_not_kept_a_second_time() -> None:
    moderate = Moderate()
    moderate.detector.is_whole = True
    await on_moderation_requested(await moderate.request(), moderate.ports)
    record = await moderate.ledger.record(MEDIA_ID)
    found = only(record, EvidenceFound) if record else None
    assert found is not None
    assert found.evidence.raw_uri == f"ledger:{MEDIA_ID}/{found.key}"
    assert moderate.evidence.kept == {}


async def test_a_repeat_is_not_asked_and_paid_for_again_but_passed_on_again() -> None:
    moderate = Moderate()
    request = await moderate.request()
    for _ in range(3):
        await on_moderation_requested(request, moderate.ports)
    assert len(moderate.detector.asked) == 1
    assert len({event.id for event, _ in moderate.reviews.sent}) == 1


@pytest.mark.parametrize(
    ("method", "written"),
    [("entry", False), ("add", False), ("add", True)],
)
async def test_a_crash_at_any_write_is_made_good_by_the_next_delivery(method: str, written: bool) -> None:
    moderate = Moderate()
    request = await moderate.request()
    moderate.ledger.fail_next(method, Transient("dynamodb-failed"), written=written)
    with pytest.raises(Transient):
        await on_moderation_requested(request, moderate.ports)
    await on_moderation_requested(request, moderate.ports)
    assert len({event.id for event, _ in moderate.reviews.sent}) == 1


async def test_two_deliveries_at_once_pass_on_the_same_evidence() -> None:
    moderate = Moderate()
    request = await moderate.request()
    known = await moderate.ledger.entry(MEDIA_ID, "evidence#rekognition-image")
    assert known is None
    await on_moderation_requested(request, moderate.ports)
    (first, _), *_ = moderate.reviews.sent
    # The other delivery read the ledger before the first one wrote to it.
    racing = replace(moderate.ports, ledger=_BlindOnce(moderate.ledger))
    await on_moderation_requested(request, racing)
    assert len(moderate.detector.asked) == 2
    assert moderate.reviews.sent[1][0].data.evidence == first.data.evidence


class _BlindOnce:
    """The ledger as a delivery sees it that looked a moment too early."""

    def __init__(self, ledger: MemoryLedger) -> None:
        self._ledger = ledger
        self._looked = False

    async def entry(self, media_id: str, key: str) -> Any:
        if not self._looked:
            self._looked = True
            return None
        return await self._ledger.entry(media_id, key)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._ledger, name)


@pytest.mark.parametrize("error", [Transient("rekognition-throttled"), Permanent("image-unreadable")])
async def test_a_detector_that_fails_passes_nothing_on(error: GavelError) -> None:
    moderate = Moderate(detector=FakeDetector(failures=[error]))
    with pytest.raises(type(error)):
        await on_moderation_requested(await moderate.request(), moderate.ports)
    assert moderate.reviews.sent == []


async def test_a_video_is_refused_with_its_item() -> None:
    moderate = Moderate()
    with pytest.raises(Permanent) as caught:
        await on_moderation_requested(await moderate.request(kind=MediaKind.VIDEO), moderate.ports)
    assert caught.value.media_id == MEDIA_ID


@pytest.mark.parametrize("lane", Lane)
async def test_each_lane_asks_for_its_own_turn(lane: Lane) -> None:
    moderate = Moderate()
    await on_moderation_requested(await moderate.request(lane=lane), moderate.ports)
    assert moderate.quota.lanes == [lane]


def _integrated(backend: BackendName | None = None) -> Policy:
    return replace(POLICY, review=Review(integration=Integration.INTEGRATED, backend=backend))


async def test_the_integrated_path_names_the_loop_that_rekognition_may_start() -> None:
    moderate = Moderate(policy=_integrated())
    await on_moderation_requested(await moderate.request(), moderate.ports)
    name = loop_name(MEDIA_ID, POLICY.version, 1)
    assert moderate.detector.asked[0][3] == LoopRequest(name=name, flow_definition_arn=FLOW)
    (event, _), *_ = moderate.reviews.sent
    assert event.data.evidence.loop is not None
    assert event.data.evidence.loop.name == name


@pytest.mark.parametrize(
    ("policy", "backend"),
    [
        (POLICY, BackendName.A2I),
        (_integrated(), BackendName.DESK),
        (_integrated(BackendName.DESK), BackendName.A2I),
    ],
)
async def test_no_loop_is_asked_of_rekognition_otherwise(policy: Policy, backend: BackendName) -> None:
    moderate = Moderate(policy=policy, backend=backend)
    await on_moderation_requested(await moderate.request(), moderate.ports)
    assert moderate.detector.asked[0][3] is None


async def test_an_adapter_that_was_silently_ignored_raises_an_alert() -> None:
    moderate = Moderate(policy=replace(POLICY, adapter=ADAPTER))
    await on_moderation_requested(await moderate.request(), moderate.ports)
    ((event, attributes, _),) = moderate.alerts.published
    assert event.data.code == "adapter-ignored"
    assert attributes["severity"] == "critical"


async def test_an_adapter_that_answered_raises_none() -> None:
    moderate = Moderate(policy=replace(POLICY, adapter=ADAPTER), detector=FakeDetector(adapter_used=ADAPTER))
    await on_moderation_requested(await moderate.request(), moderate.ports)
    assert moderate.alerts.published == []


async def test_an_image_costs_what_its_answer_does_and_a_refusal_or_a_repeat_nothing() -> None:
    moderate, reader = Moderate(), metrics_in_memory()
    told = {metrics.OPERATION: "DetectModerationLabels"}
    before = total(reader, metrics.COST.name, told)
    request = await moderate.request()
    moderate.detector.failures.append(Transient("rekognition-throttled"))
    with pytest.raises(Transient):
        await on_moderation_requested(request, moderate.ports)
    for _ in range(2):
        await on_moderation_requested(request, moderate.ports)
    assert total(reader, metrics.COST.name, told) - before == pytest.approx(0.001)
