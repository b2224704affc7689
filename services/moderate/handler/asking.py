"""Asks the detector about an image, when the account's quota has room, and counts what that costs."""

from services.moderate.handler.ports import ImagePorts
from shared.contracts.messages import ModerationRequested
from shared.detection import Detection, LoopRequest
from shared.prices import PRICES
from shared.telemetry import metrics


async def ask(
    request: ModerationRequested,
    min_confidence: float,
    adapter: str | None,
    ports: ImagePorts,
    *,
    loop: LoopRequest | None = None,
) -> Detection:
    """Raises what the detector raises."""
    async with ports.quota.turn(request.submission.lane):
        detection = await ports.detector.detect_moderation_labels(
            request.readable, min_confidence=min_confidence, adapter=adapter, loop=loop
        )
    metrics.record(metrics.COST, PRICES["rekognition_image"].usd, {metrics.OPERATION: "DetectModerationLabels"})
    return detection
