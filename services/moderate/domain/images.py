"""What MODERATE decides by itself about an image: which call to make, and what an answer amounts to."""

from datetime import datetime
from typing import Final

from services.moderate.domain.sending import SOURCE
from shared.contracts.cloudevents import CloudEvent, event_id
from shared.contracts.messages import (
    ALERT_RAISED,
    AlertRaised,
)
from shared.contracts.words import BackendName, Severity
from shared.identity import loop_name
from shared.policy.model import Integration, Policy

DETECTOR = "rekognition-image"

ADAPTER_REFUSED: Final = frozenset(
    {"rekognition-resource-missing", "rekognition-adapter-not-ready", "detection-refused"}
)
"""The codes of errors that an adapter may be the cause of: one that is deleted, isn't trained, or can't be one."""


def integrated_loop_name(policy: Policy, media_id: str, default_backend: BackendName) -> str | None:
    """The loop that Rekognition is to start by itself, or None where REVIEW starts loops."""
    backend = policy.review.backend or default_backend
    if backend is BackendName.A2I and policy.review.integration is Integration.INTEGRATED:
        return loop_name(media_id, policy.version, 1)
    return None


def in_ledger(media_id: str, detector: str) -> str:
    """The place of an evidence entry that says all that the detector has answered."""
    return f"ledger:{media_id}/evidence#{detector}"


def adapter_ignored_alert(policy: Policy, at: datetime) -> CloudEvent[AlertRaised]:
    """One alert an hour for each policy: the id repeats, so receivers drop the others."""
    hour = at.strftime("%Y-%m-%dT%H")
    return CloudEvent(
        id=event_id(ALERT_RAISED, "adapter-ignored", policy.name, hour),
        source=SOURCE,
        type=ALERT_RAISED,
        subject=policy.name,
        time=at,
        data=AlertRaised(
            code="adapter-ignored",
            severity=Severity.CRITICAL,
            text=f"Policy {policy.name} names an adapter that Rekognition ignored, as it does with expired ones, or "
            "refused: the base model answered. Retrain the adapter or take it out of the policy.",
        ),
    )
