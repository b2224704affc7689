"""Has another model look at the images that a policy's canary draws, once they are on their way."""

import asyncio
from typing import Final

from services.moderate.domain.canary import DETECTOR, Comparison, compared, comparison
from services.moderate.handler.asking import ask
from services.moderate.handler.ports import ImagePorts
from shared.contracts.messages import Evidence, ModerationRequested
from shared.contracts.words import Lane
from shared.errors import GavelError, Transient
from shared.policy.adapters import is_drawn
from shared.policy.model import Policy
from shared.telemetry import metrics
from shared.telemetry.logs import event_logger

LIMIT_S: Final = 10.0
"""A canary waits until no item wants the quota, and keeps one of the handlers while it does."""

log = event_logger(__name__)


async def look_too(request: ModerationRequested, decisive: Evidence, ports: ImagePorts) -> None:
    """Nothing of the item hangs on it, which is on its way: whatever goes wrong here is counted, and the message is
    done all the same. Of a service that stops, it comes again."""
    media_id, pinned = request.submission.media_id, request.submission.policy
    came_to: Comparison | None = None
    try:
        async with asyncio.timeout(LIMIT_S):
            policy = await ports.policies.at(request.submission.policy)
            canary = policy.canary
            # What the other model has judged itself, in the place of an adapter that was ignored, it needn't see again.
            if canary is None or not is_drawn(policy, media_id) or canary.adapter == decisive.adapter_used:
                return
            came_to = Comparison.UNANSWERED
            came_to = await _look(request, policy, canary.adapter, decisive, ports)
    except GavelError as refusal:
        log.warning("canary.unanswered", code=refusal.code, media_id=media_id)
    except TimeoutError:
        log.warning("canary.unanswered", code="canary-timeout", media_id=media_id)
    except Exception as error:  # noqa: BLE001  as in a sweep: there is nothing here to be settled or decided
        log.defect("canary.defect", error, media_id=media_id)
    if came_to is not None:
        told = {metrics.POLICY: f"{pinned.name}@{pinned.version}", metrics.OUTCOME: came_to}
        metrics.record(metrics.CANARY_LOOKS, 1, told)


async def _look(
    request: ModerationRequested, policy: Policy, adapter: str | None, decisive: Evidence, ports: ImagePorts
) -> Comparison | None:
    """None when an earlier delivery has looked, or another one at the same time: that one was counted."""
    media_id = request.submission.media_id
    if await ports.ledger.entry(media_id, "canary") is not None:
        return None
    detection = await ask(request, policy.min_confidence, adapter, ports, lane=Lane.BACKFILL)
    if detection.adapter_used != adapter:
        raise Transient("adapter-ignored")
    other = Evidence(
        detector=DETECTOR,
        model_version=detection.model_version,
        findings=detection.findings,
        content_types=detection.content_types,
        raw_uri=await ports.raw_evidence.put_raw(media_id, DETECTOR, detection.raw),
        adapter_requested=adapter,
        adapter_used=detection.adapter_used,
    )
    looked = compared(policy, media_id, decisive, other, ports.clock())
    return comparison(looked) if await ports.ledger.add(media_id, looked) else None
