"""Moderates one image: asks the detector once, keeps what it said, and passes it on to REVIEW."""

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any, Protocol

from services.moderate.domain import (
    DETECTOR,
    adapter_ignored_alert,
    adapter_was_ignored,
    integrated_loop_name,
    review_requested,
)
from shared.clock import Clock
from shared.consumer.ports import Message, Outbox, Topic
from shared.contracts.cloudevents import decode
from shared.contracts.messages import (
    MODERATION_REQUESTED,
    Evidence,
    ModerationRequested,
)
from shared.contracts.words import BackendName, Lane, MediaKind, Status
from shared.detection import ImageDetector, LoopRequest
from shared.errors import Permanent
from shared.ledger.entries import EvidenceFound
from shared.ledger.port import Ledger
from shared.policy.model import Policy
from shared.policy.port import PolicyStore
from shared.telemetry import metrics, spans


class RawEvidence(Protocol):
    async def put_raw(self, media_id: str, detector: str, answer: Mapping[str, Any]) -> str:
        """Keep a detector's answer; returns its s3:// URI, the same for a repeat."""
        ...


class Quota(Protocol):
    def turn(self, lane: Lane) -> AbstractAsyncContextManager[None]:
        """Entered when the account's quota has room for one request; `live` goes before `backfill`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    ledger: Ledger
    policies: PolicyStore
    detector: ImageDetector
    raw_evidence: RawEvidence
    reviews: Outbox
    alerts: Topic
    quota: Quota
    clock: Clock
    default_backend: BackendName
    integrated_flows: Mapping[str, str] = field(default_factory=dict)


async def on_moderation_requested(message: Message, ports: Ports) -> None:
    request = decode(message.body, MODERATION_REQUESTED, ModerationRequested).data
    submission = request.submission
    if submission.kind is not MediaKind.IMAGE:
        raise Permanent("not-an-image", "MODERATE takes images", media_id=submission.media_id)
    evidence = await _evidence(request, ports)
    now = ports.clock()
    await ports.ledger.advance(submission.media_id, Status.MODERATED, now)
    await ports.reviews.send(review_requested(request, evidence, now), group=submission.tenant)


async def _evidence(request: ModerationRequested, ports: Ports) -> Evidence:
    """What an earlier delivery found, or what the detector says now: a repeat isn't asked and paid for again."""
    media_id = request.submission.media_id
    known = await ports.ledger.entry(media_id, f"evidence#{DETECTOR}")
    if isinstance(known, EvidenceFound):
        return known.evidence
    policy = await ports.policies.at(request.submission.policy)
    evidence = await _detect(request, policy, ports)
    if adapter_was_ignored(evidence):
        spans.keep("alert")
        metrics.record(metrics.ADAPTER_IGNORED, 1, {metrics.POLICY: f"{policy.name}@{policy.version}"})
        await ports.alerts.publish(
            adapter_ignored_alert(policy, ports.clock()),
            attributes={"code": "adapter-ignored", "severity": "critical"},
            group=request.submission.tenant,
        )
    if await ports.ledger.add(media_id, EvidenceFound(at=ports.clock(), evidence=evidence)):
        return evidence
    # Two deliveries at the same time: the one that was written first counts, so that REVIEW sees one truth.
    first = await ports.ledger.entry(media_id, f"evidence#{DETECTOR}")
    return first.evidence if isinstance(first, EvidenceFound) else evidence


async def _detect(request: ModerationRequested, policy: Policy, ports: Ports) -> Evidence:
    media_id = request.submission.media_id
    name = integrated_loop_name(policy, media_id, ports.default_backend)
    flow = ports.integrated_flows.get(policy.name)
    async with ports.quota.turn(request.submission.lane):
        detection = await ports.detector.detect_moderation_labels(
            request.readable,
            min_confidence=policy.min_confidence,
            adapter=policy.adapter,
            loop=LoopRequest(name=name, flow_definition_arn=flow) if name and flow else None,
        )
    return Evidence(
        detector=DETECTOR,
        model_version=detection.model_version,
        findings=detection.findings,
        content_types=detection.content_types,
        raw_uri=await ports.raw_evidence.put_raw(media_id, DETECTOR, detection.raw),
        adapter_requested=policy.adapter,
        adapter_used=detection.adapter_used,
        loop=detection.loop,
    )
