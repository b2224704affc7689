"""Has another model look at the images that a policy's canary draws, once they are on their way."""

from services.moderate.domain.canary import DETECTOR, Comparison, compared, comparison
from services.moderate.handler.asking import ask
from services.moderate.handler.ports import ImagePorts
from shared.contracts.messages import Evidence, ModerationRequested
from shared.errors import GavelError
from shared.ledger.entries import CanaryLooked
from shared.policy.adapters import is_drawn
from shared.policy.model import Policy
from shared.telemetry import metrics
from shared.telemetry.logs import event_logger

log = event_logger(__name__)


async def look_too(request: ModerationRequested, decisive: Evidence, ports: ImagePorts) -> None:
    """Nothing of the item hangs on it: an answer that doesn't come is counted, and the message is done all the same."""
    media_id = request.submission.media_id
    policy = await ports.policies.at(request.submission.policy)
    canary = policy.canary
    # What the other model has judged itself, in the place of an adapter that was ignored, it needn't see again.
    if canary is None or not is_drawn(policy, media_id) or canary.adapter == decisive.adapter_used:
        return
    if await ports.ledger.entry(media_id, "canary") is not None:
        return
    looked = await _looked(request, policy, canary.adapter, decisive, ports)
    came_to = Comparison.UNANSWERED if looked is None else comparison(looked)
    if looked is None or await ports.ledger.add(media_id, looked):
        told = {metrics.POLICY: f"{policy.name}@{policy.version}", metrics.OUTCOME: came_to}
        metrics.record(metrics.CANARY_LOOKS, 1, told)


async def _looked(
    request: ModerationRequested, policy: Policy, adapter: str | None, decisive: Evidence, ports: ImagePorts
) -> CanaryLooked | None:
    """None when the model that was meant gave no answer."""
    media_id = request.submission.media_id
    try:
        detection = await ask(request, policy.min_confidence, adapter, ports)
        if detection.adapter_used != adapter:
            log.warning("canary.unanswered", code="adapter-ignored", media_id=media_id)
            return None
        other = Evidence(
            detector=DETECTOR,
            model_version=detection.model_version,
            findings=detection.findings,
            content_types=detection.content_types,
            raw_uri=await ports.raw_evidence.put_raw(media_id, DETECTOR, detection.raw),
            adapter_requested=adapter,
            adapter_used=detection.adapter_used,
        )
    except GavelError as refusal:
        log.warning("canary.unanswered", code=refusal.code, media_id=media_id)
        return None
    return compared(policy, media_id, decisive, other, ports.clock())
