"""Moderates one image: asks the detector once, keeps what it said, and passes it on to REVIEW."""

from services.moderate.domain.delivered import CHANGED_SINCE, unfit_because
from services.moderate.domain.images import (
    ADAPTER_REFUSED,
    DETECTOR,
    adapter_ignored_alert,
    in_ledger,
    integrated_loop_name,
)
from services.moderate.domain.sending import review_requested
from services.moderate.handler.asking import ask
from services.moderate.handler.canary import look_too
from services.moderate.handler.ports import ImagePorts
from shared.consumer.ports import Message
from shared.contracts.cloudevents import decode
from shared.contracts.messages import MODERATION_REQUESTED, Evidence, ModerationRequested, Submission
from shared.contracts.words import MediaKind, Status
from shared.detection import Detection, LoopRequest
from shared.errors import GavelError, Permanent
from shared.ledger.entries import EvidenceFound
from shared.policy.model import Policy
from shared.telemetry import metrics, spans
from shared.telemetry.logs import event_logger

log = event_logger(__name__)


async def on_moderation_requested(message: Message, ports: ImagePorts) -> None:
    request = decode(message.body, MODERATION_REQUESTED, ModerationRequested).data
    submission = request.submission
    if submission.kind is not MediaKind.IMAGE:
        raise Permanent("not-an-image", "MODERATE takes images", media_id=submission.media_id)
    evidence = await _evidence(request, ports)
    now = ports.clock()
    if not submission.is_judged:
        # A bulk run wanted to know what is seen: nothing follows from it.
        await ports.ledger.advance(submission.media_id, Status.DONE, now, is_listed=False)
        return
    await ports.reviews.send(review_requested(request, evidence, now), group=submission.tenant)
    await look_too(request, evidence, ports)


async def _evidence(request: ModerationRequested, ports: ImagePorts) -> Evidence:
    """What an earlier delivery found, or what the detector says now: a repeat isn't asked and paid for again."""
    media_id = request.submission.media_id
    known = await ports.ledger.entry(media_id, f"evidence#{DETECTOR}")
    if isinstance(known, EvidenceFound):
        return known.evidence
    policy = await ports.policies.at(request.submission.policy)
    evidence = await _detect(request, policy, ports)
    # What is only looked at is asked for its run's adapter; the policy of its tenant has no part in it.
    if evidence.adapter_was_ignored and request.submission.is_judged:
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


async def _detect(request: ModerationRequested, policy: Policy, ports: ImagePorts) -> Evidence:
    submission = request.submission
    media_id, bulk = submission.media_id, submission.bulk
    adapter = policy.adapter if bulk is None or bulk.is_judged else bulk.adapter
    detection = await _delivered(submission, policy, ports) or await _ask(request, policy, adapter, ports)
    return Evidence(
        detector=DETECTOR,
        model_version=detection.model_version,
        findings=detection.findings,
        content_types=detection.content_types,
        raw_uri=await _raw_uri(media_id, detection, ports),
        adapter_requested=adapter,
        adapter_used=detection.adapter_used,
        loop=detection.loop,
    )


async def _delivered(submission: Submission, policy: Policy, ports: ImagePorts) -> Detection | None:
    """What a bulk run was told of exactly this, as the policy would ask; None where nobody was."""
    media_id, bulk = submission.media_id, submission.bulk
    if bulk is None or not bulk.is_judged or bulk.answer_of is None:
        return None
    delivery = await ports.answers.delivery(bulk.run, media_id) if bulk.answer_of == media_id else None
    code = unfit_because(delivery, policy) if delivery is not None else CHANGED_SINCE
    if delivery is None or code is not None:
        # Asking again costs a call, and nobody has to look after it.
        log.info("bulk_answer.unfit", code=code, media_id=media_id)
        return None
    return await ports.answers.read(delivery.answer, submission.source)


async def _ask(request: ModerationRequested, policy: Policy, adapter: str | None, ports: ImagePorts) -> Detection:
    submission = request.submission
    if submission.bulk is not None and not submission.is_judged:
        return await ask(request, submission.bulk.min_confidence, adapter, ports)
    name = integrated_loop_name(policy, submission.media_id, ports.default_backend)
    flow = ports.integrated_flows.get(policy.name)
    loop = LoopRequest(name=name, flow_definition_arn=flow) if name and flow else None
    try:
        return await ask(request, policy.min_confidence, adapter, ports, loop=loop)
    except GavelError as refusal:
        if adapter is None or refusal.code not in ADAPTER_REFUSED:
            raise
        log.warning("adapter.refused", code=refusal.code, media_id=submission.media_id)
        # Whatever else was wrong is wrong without the adapter too, and is told then.
        return await ask(request, policy.min_confidence, None, ports, loop=loop)


async def _raw_uri(media_id: str, detection: Detection, ports: ImagePorts) -> str:
    """Where the unchanged answer is. Nearly all say nothing that the evidence hasn't, and an object of its own costs as
    much as eight writes into the ledger."""
    if detection.is_whole:
        return in_ledger(media_id, DETECTOR)
    return await ports.raw_evidence.put_raw(media_id, DETECTOR, detection.raw)
