"""A policy, items and messages that the tests of REVIEW share."""

import asyncio
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from services.review.handler.ports import Ports
from shared.consumer.ports import Message
from shared.contracts.cloudevents import CloudEvent, encode
from shared.contracts.messages import (
    REVIEW_REQUESTED,
    Evidence,
    Finding,
    LoopStarted,
    MediaRef,
    OutcomeReached,
    PolicyRef,
    ReviewRequested,
    Submission,
)
from shared.contracts.words import Action, BackendName, Choice, Lane, MediaKind
from shared.identity import loop_name
from shared.ledger.entries import ContentRead, EvidenceFound, SubmissionOpened
from shared.policy.model import Policy, Review, Rule
from tests.fakes.backends import FakeBackend
from tests.fakes.frames import MemoryFrames
from tests.fakes.golden import MemoryGolden
from tests.fakes.ledger import MemoryLedger
from tests.fakes.policies import FakePolicyStore
from tests.fakes.queues import FakeOutbox, FakeTopic
from tests.fakes.verified import MemoryVerified

AT = datetime(2026, 11, 21, 8, tzinfo=UTC)
MEDIA_ID = "k3v7yq2mnb5x4c6tdhw2pzr7ae"
POLICY = Policy(
    name="standard",
    version="9f2c1a7be0d4453c",
    rules=(
        Rule(label="Explicit", review_from=50, reject_at=90),
        Rule(label="Violence", review_from=60, reject_at=95, alert=True),
        Rule(label="Alcohol", restrict_at=80),
    ),
    unlisted=Choice.APPROVE,
    review=Review(max_rounds=2, fallback=Action.RESTRICT, instructions="Look twice."),
)
REF = PolicyRef(name=POLICY.name, version=POLICY.version)
SOURCE = MediaRef(bucket="media", key="uploads/a.jpg", version_id="v1")
SUBMISSION = Submission(
    media_id=MEDIA_ID,
    tenant="default",
    kind=MediaKind.IMAGE,
    lane=Lane.LIVE,
    source=SOURCE,
    policy=REF,
    received_at=AT,
    sha256="ab" * 32,
)
ROUND_1 = loop_name(MEDIA_ID, POLICY.version, 1)
ROUND_2 = loop_name(MEDIA_ID, POLICY.version, 2)


@dataclass
class Review_:  # noqa: N801  `Review` is the policy's
    """REVIEW on fakes; `now` is the clock."""

    policy: Policy = POLICY
    ledger: MemoryLedger = field(default_factory=MemoryLedger)
    golden: MemoryGolden = field(default_factory=MemoryGolden)
    verified: MemoryVerified = field(default_factory=MemoryVerified)
    frames: MemoryFrames = field(default_factory=MemoryFrames)
    reading: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(2))
    backend: FakeBackend = field(default_factory=FakeBackend)
    outcomes: FakeOutbox = field(default_factory=FakeOutbox)
    alerts: FakeTopic = field(default_factory=FakeTopic)
    now: datetime = AT

    @property
    def ports(self) -> Ports:
        return Ports(
            ledger=self.ledger,
            golden=self.golden,
            verified=self.verified,
            policies=FakePolicyStore(self.policy),
            frames=self.frames,
            reading=self.reading,
            backends={BackendName.A2I: self.backend},
            default_backend=BackendName.A2I,
            outcomes=self.outcomes,
            alerts=self.alerts,
            clock=lambda: self.now,
        )

    async def accept(self, *findings: Finding, loop: str | None = None, adapter: str | None = None) -> Message:
        """Write what INGEST and MODERATE would have written, and return MODERATE's message. `adapter` was ignored."""
        found = msgspec.structs.replace(evidence(*findings, loop=loop), adapter_requested=adapter)
        policy = PolicyRef(name=self.policy.name, version=self.policy.version)
        opened = SubmissionOpened(
            at=AT, tenant="default", kind=MediaKind.IMAGE, lane=Lane.LIVE, source=SOURCE, policy=policy,
            size_bytes=1, envelope="cloudevent",
        )  # fmt: skip
        await self.ledger.open(MEDIA_ID, opened)
        await self.ledger.add(MEDIA_ID, ContentRead(at=AT, sha256=SUBMISSION.sha256, format="JPEG", readable=SOURCE))
        await self.ledger.add(MEDIA_ID, EvidenceFound(at=AT, evidence=found))
        submission = msgspec.structs.replace(SUBMISSION, policy=policy)
        data = ReviewRequested(submission=submission, readable=SOURCE, evidence=found)
        return message(
            encode(CloudEvent(id="1", source="t", type=REVIEW_REQUESTED, subject=MEDIA_ID, time=AT, data=data))
        )

    @property
    def sent(self) -> list[CloudEvent[OutcomeReached]]:
        """Every outcome that was sent, repeats included."""
        return [event for event, _ in self.outcomes.sent]

    def later(self, **delta: float) -> None:
        self.now += timedelta(**delta)


def finding(label: str, parent: str, level: int, confidence: float) -> Finding:
    return Finding(label=label, parent=parent, level=level, confidence=confidence)


def weapons(confidence: float) -> tuple[Finding, ...]:
    return finding("Weapons", "Violence", 2, confidence), finding("Violence", "", 1, confidence)


def drinks(confidence: float) -> tuple[Finding, ...]:
    return finding("Alcoholic Beverages", "Alcohol", 2, confidence), finding("Alcohol", "", 1, confidence)


def evidence(*findings: Finding, loop: str | None = None) -> Evidence:
    return Evidence(
        detector="rekognition-image",
        model_version="7.0",
        findings=findings,
        raw_uri="s3://evidence/raw.json",
        loop=LoopStarted(name=loop, arn=f"arn:aws:sagemaker:us-east-1:000000000000:human-loop/{loop}")
        if loop
        else None,
    )


def message(body: str) -> Message:
    return Message(
        id="m1", queue="review-requests", body=body, receipt="r1", receive_count=1, sent_at=AT, first_received_at=AT
    )


def policy_with(**review: Any) -> Policy:
    return replace(POLICY, review=replace(POLICY.review, **review))
