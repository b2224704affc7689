"""What is asked of a detector, and what it answers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from shared.contracts.messages import ContentType, Finding, LoopStarted, MediaRef


@dataclass(frozen=True, slots=True, kw_only=True)
class LoopRequest:
    """The human loop that the detector should start by itself when the flow definition's conditions are met."""

    name: str
    flow_definition_arn: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Detection:
    """One answer. `adapter_used` is None when the base model answered; `raw` is the unchanged answer, for evidence."""

    findings: tuple[Finding, ...]
    content_types: tuple[ContentType, ...]
    model_version: str
    adapter_used: str | None
    loop: LoopStarted | None
    raw: Mapping[str, Any]


class ImageDetector(Protocol):
    async def detect_moderation_labels(
        self, image: MediaRef, *, min_confidence: float, adapter: str | None = None, loop: LoopRequest | None = None
    ) -> Detection:
        """Raises Transient when throttled or out of reach, Deferred when no loop can be opened now, and Permanent when
        this image can't be judged at all."""
        ...
