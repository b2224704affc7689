"""Asks the detector about an image, when the account's quota has room, and counts what that costs."""

from services.moderate.handler.ports import ImagePorts
from shared.contracts.messages import ModerationRequested
from shared.contracts.words import Lane
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
    lane: Lane | None = None,
) -> Detection:
    """In the item's own lane unless another is given. Raises what the detector raises."""
    async with ports.quota.turn(lane or request.submission.lane):
        detection = await ports.detector.detect_moderation_labels(
            request.readable, min_confidence=min_confidence, adapter=adapter, loop=loop
        )
    metrics.record(metrics.COST, PRICES["rekognition_image"].usd, {metrics.OPERATION: "DetectModerationLabels"})
    return detection
